//go:build unix || windows

package chat_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/terminator"
)

// serve runs s on a listener of its own, for the length of the test.
func serve(
	t *testing.T, s *chat.Server, network, address string,
) (addr net.Addr, ended <-chan error) {
	t.Helper()
	l, err := net.Listen(network, address)
	require.NoError(t, err)
	if s.Logger == nil {
		s.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	if l := withoutClocks(s.Limits); l != s.Limits { // it may serve another listener already
		s.Limits = l
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	t.Cleanup(func() { s.Close() })
	return l.Addr(), done
}

func dial(t *testing.T, addr net.Addr) net.Conn {
	t.Helper()
	c, err := net.Dial(addr.Network(), addr.String())
	require.NoError(t, err)
	c.SetDeadline(time.Now().Add(patience))
	t.Cleanup(func() { c.Close() })
	return c
}

func expectLine(t *testing.T, r *bufio.Reader, want string) {
	t.Helper()
	if got, err := r.ReadString('\n'); err != nil || got != want+"\r\n" {
		t.Errorf("read %q, %v; want %q", got, err, want)
	}
}

func expectEnded(t *testing.T, ended <-chan error) {
	t.Helper()
	select {
	case err := <-ended:
		if err != chat.ErrServerClosed {
			t.Errorf("Serve = %v, want ErrServerClosed", err)
		}
	case <-time.After(patience):
		t.Fatal("Serve does not return")
	}
}

// networks returns those of the operating system.
func networks() []string {
	if runtime.GOOS == "windows" {
		return []string{"tcp"}
	}
	return []string{"tcp", "unix"}
}

func TestServeOnSeveralLoops(t *testing.T) {
	for _, network := range networks() {
		address := "127.0.0.1:0"
		if network == "unix" {
			address = filepath.Join(t.TempDir(), "socket")
		}
		var loops sync.Map
		s := &chat.Server{Loops: 3, Handler: func(c *chat.Channel) chat.Handler {
			loops.Store(c.Loop(), true)
			return newEcho(c)
		}}
		addr, ended := serve(t, s, network, address)
		var wg sync.WaitGroup
		for i := range 30 {
			conn := dial(t, addr)
			wg.Go(func() {
				r := bufio.NewReader(conn)
				for j := range 50 {
					line := fmt.Sprintf("client %d line %d", i, j)
					fmt.Fprintf(conn, "%s\r\n", line)
					expectLine(t, r, line)
				}
			})
		}
		wg.Wait()
		n := 0
		loops.Range(func(any, any) bool { n++; return true })
		if n != 3 {
			t.Errorf("%s: channels on %d loops, want 3", network, n)
		}
		s.Close()
		expectEnded(t, ended)
	}
}

func TestShutdownFinishesWhatIsInProgress(t *testing.T) { // B55
	closed := make(chan error, 10)
	// On one loop, the idle connection is closed in the turn in which the busy one learns of the
	// shutdown.
	s := &chat.Server{Handler: func(c *chat.Channel) chat.Handler {
		return closeFunc{newEcho(c), func(err error) { closed <- err }}
	}}
	addr, ended := serve(t, s, "tcp", "127.0.0.1:0")
	idle, busy := dial(t, addr), dial(t, addr)
	fmt.Fprint(idle, "x\r\n")
	expectLine(t, bufio.NewReader(idle), "x")
	r := bufio.NewReader(busy)
	fmt.Fprint(busy, "first\r\nsec")
	expectLine(t, r, "first")

	down := make(chan error, 1)
	go func() { down <- s.Shutdown(context.Background()) }()
	if _, err := idle.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("idle connection: %v, want EOF", err)
	}
	idle.Close()
	select {
	case err := <-down:
		t.Errorf("Shutdown = %v before the element in progress ended", err)
	default:
	}
	fmt.Fprint(busy, "ond\r\nthird\r\n")
	expectLine(t, r, "second")
	if rest, err := io.ReadAll(r); len(rest) > 0 || err != nil {
		t.Errorf("after the last element: %q, %v; want EOF", rest, err)
	}
	busy.Close()
	if err := <-down; err != nil {
		t.Errorf("Shutdown = %v", err)
	}
	expectEnded(t, ended)
	for range 2 {
		if err := <-closed; err != chat.ErrShutdown {
			t.Errorf("HandleClose(%v), want ErrShutdown", err)
		}
	}
	if _, err := net.Dial(addr.Network(), addr.String()); err == nil {
		t.Error("still accepts")
	}
	if err := s.Serve(nopListener{}); err != chat.ErrServerClosed {
		t.Errorf("Serve after Shutdown = %v, want ErrServerClosed", err)
	}
}

type nopListener struct{ net.Listener }

func (nopListener) Close() error   { return nil }
func (nopListener) Addr() net.Addr { return &net.UnixAddr{} }

// A parting is a handler that answers one line, also when the server is being shut down.
type parting struct {
	*chat.Channel
	chat.Collector
}

func (p *parting) HandleShutdown() {}
func (p *parting) FoundTerminator() {
	p.Push(append(p.Take(), "\r\n"...))
	p.CloseWhenDone()
}

// Who is let in while the shutdown begins is not hung up on before the first word: elsewhere
// somebody may accept from the same listener, and a restart must not lose him.
func TestShutdownKeepsWhomItHasAccepted(t *testing.T) {
	for _, loops := range []int{1, 2, 3} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		var conns []net.Conn
		for range 10 {
			conns = append(conns, dial(t, l.Addr())) // all are waiting when the first is accepted
		}
		s := &chat.Server{Loops: loops, Limits: withoutClocks(chat.Limits{})}
		var met atomic.Int64
		s.Handler = func(c *chat.Channel) chat.Handler {
			if met.Add(1) == 1 {
				s.BeginShutdown()
			}
			c.SetTerminator(crlf)
			return &parting{Channel: c}
		}
		served := make(chan error, 1)
		go func() { served <- s.Serve(l) }()
		for i, c := range conns {
			fmt.Fprintf(c, "hello %d\r\n", i)
			expectLine(t, bufio.NewReader(c), fmt.Sprintf("hello %d", i))
			c.Close()
		}
		require.NoError(t, s.Shutdown(t.Context()))
		expectEnded(t, served)
	}
}

func TestShutdownDeadline(t *testing.T) {
	s := &chat.Server{Handler: newEcho}
	addr, ended := serve(t, s, "tcp", "127.0.0.1:0")
	conn := dial(t, addr)
	fmt.Fprint(conn, "x\r\nunfinished")
	expectLine(t, bufio.NewReader(conn), "x")
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if err := s.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Shutdown = %v, want the deadline", err)
	}
	expectEnded(t, ended)
	if _, err := conn.Read(make([]byte, 1)); err == nil {
		t.Error("the connection is still open")
	}
}

func TestListenAndServe(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no Unix sockets")
	}
	s := &chat.Server{
		Addr: "unix:" + filepath.Join(t.TempDir(), "socket"), Handler: newEcho,
		Limits: withoutClocks(chat.Limits{}),
	}
	ended := make(chan error, 1)
	go func() { ended <- s.ListenAndServe() }()
	loop, err := core.New()
	require.NoError(t, err)
	defer loop.Close()
	var line string
	for deadline := time.Now().Add(patience); line == "" && time.Now().Before(deadline); {
		var lost bool // the server may not listen yet
		_, err := chat.Dial(loop, "unix", strings.TrimPrefix(s.Addr, "unix:"),
			func(c *chat.Channel) chat.Handler {
				c.PushString("over a socket file\r\n") // waits for the connection
				lines := chat.Lines(func(c *chat.Channel, got []byte) { line = string(got); c.Close() })
				return closeFunc{lines(c), func(error) { lost = true }}
			})
		if err == nil {
			run(t, loop, func() bool { return lost })
		}
	}
	if line != "over a socket file" {
		t.Errorf("got %q", line)
	}
	s.Close()
	expectEnded(t, ended)
	for _, bad := range []*chat.Server{{Addr: "no port", Handler: newEcho}, {Addr: "127.0.0.1:0"}} {
		if err := bad.ListenAndServe(); err == nil || err == chat.ErrServerClosed {
			t.Errorf("ListenAndServe of %q = %v, want an error", bad.Addr, err)
		}
	}
}

// B7, B17, S42: reset at once, half-closed, never reading, panicking.
func TestBadPeersDoNotDisturb(t *testing.T) {
	var served atomic.Int64
	s := &chat.Server{Handler: chat.Messages(terminator.String("\r\n"),
		func(c *chat.Channel, line []byte) {
			served.Add(1)
			switch string(line) {
			case "panic":
				panic("boom")
			case "flood":
				for c.PushString(strings.Repeat("x", 60_000)) == nil {
				}
			}
			c.Push(line)
			c.PushString("\r\n")
		})}
	addr, _ := serve(t, s, "tcp", "127.0.0.1:0")
	for i := range 200 {
		conn := dial(t, addr)
		switch i % 5 {
		case 0:
			conn.(*net.TCPConn).SetLinger(0)
			conn.Close()
		case 1:
			fmt.Fprint(conn, "panic\r\n")
		case 2:
			fmt.Fprint(conn, "flood\r\nflood\r\n")
		case 3:
			fmt.Fprint(conn, "half")
			conn.(*net.TCPConn).CloseWrite()
		case 4:
			fmt.Fprint(conn, "x\r\ny\r\n")
			conn.(*net.TCPConn).SetLinger(0)
			conn.Close()
		}
	}
	conn := dial(t, addr)
	r := bufio.NewReader(conn)
	for i := range 100 {
		fmt.Fprintf(conn, "honest %d\r\n", i)
		expectLine(t, r, fmt.Sprintf("honest %d", i))
	}
}

func TestDial(t *testing.T) {
	s := &chat.Server{Handler: newEcho}
	addr, _ := serve(t, s, "tcp", "127.0.0.1:0")
	_, port, _ := net.SplitHostPort(addr.String())
	loop, err := core.New()
	require.NoError(t, err)
	defer loop.Close()
	for _, host := range []string{"127.0.0.1", "localhost"} {
		r, h := record(crlf, onFound(func(r *recorder, _ string) { r.CloseWhenDone() }))
		_, err := chat.Dial(loop, "tcp", net.JoinHostPort(host, port), h)
		require.NoError(t, err)
		r.PushString("early\r\n") // S67, S151
		run(t, loop, func() bool { return r.count("close <nil>") == 1 })
		r.expect(t, `connect, "early", found, close <nil>`)
	}
}

func TestDialFails(t *testing.T) { // B19, B20, S64, S70
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	l.Close()
	loop, err := core.New()
	require.NoError(t, err)
	defer loop.Close()
	r, h := record(crlf)
	_, err = chat.Dial(loop, "tcp", l.Addr().String(), h)
	require.NoError(t, err)
	run(t, loop, func() bool { return len(r.log) > 0 })
	r.expect(t, "close dial tcp "+l.Addr().String()+": connect: connection refused")
	if loop.Len() != 0 {
		t.Errorf("%d dispatchers are left", loop.Len())
	}
	if _, err := chat.Dial(loop, "tcp", "no port", h); err == nil {
		t.Error("Dial of a bad address succeeds")
	}
	if _, err := chat.Dial(loop, "ipx", "a:1", h); !errors.As(err, new(net.UnknownNetworkError)) {
		t.Errorf("Dial = %v, want an UnknownNetworkError", err)
	}
}

// run turns the loop until done.
func run(t *testing.T, loop *core.Loop, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !done(); {
		if _, err := loop.Poll(time.Second); err != nil || time.Now().After(deadline) {
			t.Fatalf("not done in time: %v", err)
		}
	}
}

// The options reach the loops that Serve makes, behind Logger.
func TestLoopOptions(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	err = (&chat.Server{LoopOptions: []core.Option{core.WithPoller("none")}}).Serve(l)
	if !errors.Is(err, core.ErrUnsupported) {
		t.Errorf("Serve with a poller that there is not = %v, want ErrUnsupported", err)
	}
	var own strings.Builder
	logger := slog.New(slog.NewTextHandler(&own, nil))
	loops := make(chan *core.Loop, 1)
	s := &chat.Server{LoopOptions: []core.Option{core.WithLogger(logger)},
		Handler: func(c *chat.Channel) chat.Handler {
			loops <- c.Loop()
			return nil
		}}
	addr, _ := serve(t, s, "tcp", "127.0.0.1:0")
	conn, err := net.Dial("tcp", addr.String())
	require.NoError(t, err)
	defer conn.Close()
	if got := (<-loops).Logger(); got != logger {
		t.Errorf("the loop logs to %v, want the logger of its options", got)
	}
}
