package chat_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/simkernel"
	"github.com/go-asynchat/asynchat/fifo"
	"github.com/go-asynchat/asynchat/terminator"
)

// simLoop returns a loop in memory, and a function that turns it until it is quiet.
func simLoop(t *testing.T) (k *simkernel.Kernel, loop *core.Loop, settle func()) {
	t.Helper()
	k = simkernel.New()
	loop, err := core.New(core.WithKernel(k))
	require.NoError(t, err)
	t.Cleanup(func() { loop.Close() })
	return k, loop, func() {
		for calls := 1; calls > 0; {
			calls, err = loop.Poll(0)
			require.NoError(t, err)
		}
	}
}

// B11, B32: one channel that floods the loop with elements has a bounded number of them each turn,
// and no more is read meanwhile.
func TestElementsPerTurn(t *testing.T) {
	k, loop, settle := simLoop(t)
	near, far, err := k.Pair()
	require.NoError(t, err)
	elements := 0
	c := chat.NewChannel(core.NewConn(loop, near),
		chat.Messages(terminator.String("\n"), func(c *chat.Channel, _ []byte) {
			if elements++; elements%10 == 0 {
				c.PushString("x")
			}
		}))
	settle()
	flood := []byte(strings.Repeat("\n", simkernel.Window))
	k.Write(far, flood)
	loop.Poll(0)
	// There is room again, for as much as was read, and it stays there until that has been consumed.
	more, _ := k.Write(far, flood)
	before := elements
	for turns := 1; turns < more/chat.DefaultLimits().ElementsPerTurn; turns++ {
		loop.Poll(0)
		if n := elements - before; n > chat.DefaultLimits().ElementsPerTurn || n == 0 {
			t.Fatalf("%d elements in turn %d, want at most %d", n, turns,
				chat.DefaultLimits().ElementsPerTurn)
		}
		before = elements
	}
	if n := k.Buffered(near); n != simkernel.Window {
		t.Errorf("%d bytes are unread while elements wait, want all %d", n, simkernel.Window)
	}
	settle()
	if want := simkernel.Window + more; elements != want {
		t.Errorf("%d elements, want %d", elements, want)
	}
	c.Close()
}

func TestMaxBuffered(t *testing.T) {
	r, h := record(crlf)
	c := chattest.NewConn(t, h)
	c.Do(func() {
		setLimits(r.Channel, func(l *chat.Limits) { l.MaxBuffered = 1000 })
		r.PauseReading()
		r.Unread([]byte(strings.Repeat("x", 1000)))
		r.Unread([]byte("y"))
	})
	r.expect(t, "connect, close "+chat.ErrBuffered.Error())
}

// A serving is a server in memory, with the reasons for which its channels were closed.
type serving struct {
	*testing.T
	k       *simkernel.Kernel
	server  *chat.Server
	addrs   [2]net.Addr // IPv4, IPv6
	settle  func()
	reasons []error
	open    []*chat.Channel
	part    bool // elements are parts of requests
}

func serveInMemory(t *testing.T, server *chat.Server) *serving {
	t.Helper()
	k, loop, settle := simLoop(t)
	s := &serving{T: t, k: k, server: server, settle: settle}
	server.Handler = func(c *chat.Channel) chat.Handler {
		c.SetTerminator(crlf)
		s.open = append(s.open, c)
		return &ending{c: c, s: s}
	}
	for i, address := range []string{"192.0.2.1:25", "[2001:db8:2::1]:25"} {
		ln, err := k.NewListener("tcp", address)
		require.NoError(t, err)
		s.addrs[i] = ln.Addr()
		require.NoError(t, server.Start(ln, loop))
	}
	return s
}

type ending struct {
	chat.Collector
	c *chat.Channel
	s *serving
}

func (e *ending) FoundTerminator() {
	if e.s.part {
		e.c.ExpectMore()
	}
}

func (e *ending) HandleClose(err error) { e.s.reasons = append(e.s.reasons, err) }

// dial connects from an address, and returns the descriptor.
func (s *serving) dial(from string) int {
	s.Helper()
	ip, to := netip.MustParseAddr(from), s.addrs[0]
	if ip.Is6() && !ip.Is4In6() {
		to = s.addrs[1]
	}
	fd, err := s.k.Connect("tcp", net.TCPAddrFromAddrPort(netip.AddrPortFrom(ip, 0)), to)
	require.NoError(s, err)
	s.settle()
	return fd
}

// isAdmitted fails unless the server has taken the connection or refused it.
func (s *serving) isAdmitted(fd int, want bool) {
	s.Helper()
	if got := !s.k.Ended(fd); got != want {
		s.Errorf("admitted is %t, want %t", got, want)
	}
}

// B53: connections in total, and a last word for those that are too many.
func TestMaxConns(t *testing.T) {
	refused := 0
	s := serveInMemory(t, &chat.Server{MaxConns: 2, OnRefuse: func(c *chat.Channel) {
		refused++
		c.PushString("421 too many\r\n")
	}})
	first := s.dial("198.51.100.1")
	s.isAdmitted(first, true)
	s.isAdmitted(s.dial("198.51.100.2"), true)
	third := s.dial("198.51.100.3")
	buf := make([]byte, 100)
	if n, _ := s.k.Read(third, buf); string(buf[:n]) != "421 too many\r\n" ||
		!s.k.Ended(third) || refused != 1 {
		t.Errorf("the third reads %q, and %t; want the last word, and the end", buf[:n], s.k.Ended(third))
	}
	s.k.Close(first)
	s.settle()
	s.isAdmitted(s.dial("198.51.100.4"), true)
	s.isAdmitted(s.dial("198.51.100.5"), true) // until the last word is read
	if len(s.open) != 3 || refused != 2 {
		t.Errorf("%d channels, %d refused; want 3, 2", len(s.open), refused)
	}
}

// Each address, each IPv6 network; but not those of this host.
func TestMaxConnsPerAddress(t *testing.T) {
	s := serveInMemory(t, &chat.Server{MaxConnsPerAddress: 2})
	first := s.dial("198.51.100.1")
	for _, tt := range []struct {
		from string
		want bool
	}{
		{"198.51.100.1", true},
		{"198.51.100.1", false},
		{"::ffff:198.51.100.1", false},
		{"198.51.100.2", true},
		{"2001:db8::1", true},
		{"2001:db8::2:0:0:1", true},
		{"2001:db8::3", false},
		{"2001:db8:0:1::1", true},
		{"127.0.0.1", true},
		{"127.0.0.1", true},
		{"127.0.0.1", true},
		{"::1", true},
		{"::1", true},
		{"::1", true},
	} {
		s.isAdmitted(s.dial(tt.from), tt.want)
	}
	s.k.Close(first)
	s.settle()
	s.isAdmitted(s.dial("198.51.100.1"), true)
	s.isAdmitted(s.dial("198.51.100.1"), false)
}

// S5 of the security notes: the sum of what the channels hold is bounded; the one that holds most
// is closed then, and the others are not.
func TestMaxTotalBuffered(t *testing.T) {
	s := serveInMemory(t,
		&chat.Server{MaxTotalBuffered: 100_000, Limits: chat.Limits{MaxElement: 60_000}})
	quiet := s.dial("127.0.0.1")
	for range 2 { // the second time, the memory of the first is there again
		a, b := s.dial("127.0.0.1"), s.dial("127.0.0.1")
		s.k.Write(a, make([]byte, 50_000))
		s.settle()
		s.k.Write(b, make([]byte, 49_000))
		s.settle()
		s.isAdmitted(a, true)
		s.isAdmitted(b, true)
		s.k.Write(b, make([]byte, 2000))
		s.settle()
		s.isAdmitted(a, true)
		s.isAdmitted(b, false)
		s.isAdmitted(quiet, true)
		if got := s.reasons; len(got) == 0 || !errors.Is(got[0], chat.ErrOverloaded) {
			t.Errorf("the reasons are %v, want ErrOverloaded", got)
		}
		s.k.Close(a)
		s.settle()
		s.reasons = nil
	}
	// Output counts too.
	c := s.open[0]
	c.Push(make([]byte, 90_000))
	s.settle()
	s.isAdmitted(quiet, true)
	c.Push(make([]byte, 90_000))
	s.settle()
	if got := s.reasons; len(got) != 1 || !errors.Is(got[0], chat.ErrOverloaded) {
		t.Errorf("the reasons are %v, want ErrOverloaded", got)
	}
}

// W18: it is not the one that needs a few bytes more, on whatever loop the largest is.
func TestTheLargestHolderIsClosed(t *testing.T) {
	for largest := range 4 {
		s := &chat.Server{MaxTotalBuffered: 99_995, Handler: newEcho}
		l := served(t, s, 3)
		var peers []*chattest.Peer
		for i := range 4 {
			p := l.Dial()
			size := 24_990
			if i == largest {
				size = 25_020
			}
			p.Send(make([]byte, size))
			peers = append(peers, p)
		}
		short := l.Dial()
		short.SendString("hello wo")
		short.SendString("rld\r\n")
		if got := string(short.Received()); got != "hello world\r\n" {
			t.Errorf("the short request gets %q", got)
		}
		for i, p := range peers {
			if p.Closed() != (i == largest) {
				t.Errorf("%d is the largest; %d is closed: %t", largest, i, p.Closed())
			}
		}
		if st := s.Stats(); st.Closed[chat.ReasonOverloaded] != 1 || st.Buffered != 3*24_990 {
			t.Errorf("closed: %v, %d bytes are held", st.Closed, st.Buffered)
		}
	}
}

// A shutdown tells how many it had to cut.
func TestShutdownCounts(t *testing.T) {
	s := serveInMemory(t, &chat.Server{})
	for range 3 {
		fd := s.dial("127.0.0.1")
		s.k.Write(fd, []byte("half an ele"))
	}
	s.settle()
	ctx, cancel := context.WithCancelCause(t.Context())
	reason := errors.New("reason")
	cancel(reason)
	s.server.BeginShutdown()
	s.settle()
	done := make(chan error)
	go func() { done <- s.server.Shutdown(ctx) }()
	var cut *chat.CutError
	if err := <-done; !errors.As(err, &cut) || !errors.Is(err, reason) {
		t.Fatalf("Shutdown = %v, want a CutError with the cause", err)
	}
	s.settle()
	if len(s.reasons) != 3 || s.reasons[0] != chat.ErrShutdown {
		t.Errorf("the reasons are %v, want ErrShutdown three times", s.reasons)
	}
}

// The connection is reset, so that the peer knows at once.
func TestAbort(t *testing.T) {
	r, h := record(crlf)
	c := chattest.NewConn(t, h)
	c.Stall()
	c.Do(func() {
		r.PushString("lost")
		r.Abort()
		r.Abort()
	})
	r.expect(t, "connect, close <nil>")
	c.Unstall()
	if got := c.Received(); len(got) != 0 || !c.Closed() {
		t.Errorf("the peer received %q, closed is %t; want nothing, true", got, c.Closed())
	}
}

func TestReasonOf(t *testing.T) {
	opError := func(op string, err error) error { return &net.OpError{Op: op, Net: "tcp", Err: err} }
	for _, tt := range []struct {
		err  error
		want chat.Reason
	}{
		{nil, chat.ReasonClosedHere},
		{io.EOF, chat.ReasonPeerClosed},
		{io.ErrUnexpectedEOF, chat.ReasonPeerAborted},
		{opError("read", syscall.ECONNRESET), chat.ReasonPeerReset},
		{opError("write", syscall.EPIPE), chat.ReasonPeerReset},
		{opError("read", syscall.ETIMEDOUT), chat.ReasonPeerReset},
		{opError("dial", syscall.ECONNREFUSED), chat.ReasonUnconnected},
		{opError("dial", syscall.ECONNRESET), chat.ReasonUnconnected},
		{chat.ErrIdle, chat.ReasonIdle},
		{chat.ErrFirstTimeout, chat.ReasonTooSlow},
		{chat.ErrTooSlow, chat.ReasonTooSlow},
		{chat.ErrStalled, chat.ReasonStalled},
		{chat.ErrHandshakeTimeout, chat.ReasonHandshake},
		{chat.ErrLifetime, chat.ReasonExpired},
		{chat.ErrTooLong, chat.ReasonTooLong},
		{chat.ErrBuffered, chat.ReasonTooLong},
		{chat.ErrSlowReader, chat.ReasonSlowReader},
		{chat.ErrOverloaded, chat.ReasonOverloaded},
		{chat.ErrRefused, chat.ReasonRefused},
		{chat.ErrShutdown, chat.ReasonShutdown},
		{&chat.PanicError{Value: io.EOF}, chat.ReasonPanicked},
		{&fifo.ProducerError{Err: io.ErrUnexpectedEOF}, chat.ReasonFailed},
		{errors.New("else"), chat.ReasonFailed},
		{fmt.Errorf("wrapped: %w", chat.ErrIdle), chat.ReasonIdle},
	} {
		if got := chat.ReasonOf(tt.err); got != tt.want {
			t.Errorf("ReasonOf(%v) = %v, want %v", tt.err, got, tt.want)
		}
	}
}

// A protocol may set the limit for each of its elements: that allocates nothing, and gains a slow
// peer no time.
func TestSetMaxElementCostsNothing(t *testing.T) {
	r, h := record(crlf)
	c := chattest.NewConn(t, h)
	c.Do(func() { r.SetMaxElement(100, true) })
	if l := r.Limits(); l.MaxElement != 100 || !l.SkipTooLong ||
		l.MaxOutput != chat.DefaultLimits().MaxOutput {
		t.Errorf("Limits() = %+v", l)
	}
	c.Do(func() { r.SetMaxElement(chat.NoLimit, false) })
	if l := r.Limits(); l.MaxElement != chat.NoLimit || l.SkipTooLong {
		t.Errorf("Limits() = %+v, want no limit", l)
	}
	if n := testing.AllocsPerRun(100, func() { r.SetMaxElement(0, false) }); n != 0 ||
		r.Limits().MaxElement != chat.DefaultLimits().MaxElement {
		t.Errorf("%v allocations, the limit is %d; want 0 and the default", n, r.Limits().MaxElement)
	}
	for range 9 {
		c.Advance(time.Second)
		c.SendString("x")
		c.Do(func() { r.SetMaxElement(1000, false) })
	}
	c.Advance(time.Second)
	if got := r.count("close " + chat.ErrFirstTimeout.Error()); got != 1 {
		t.Errorf("%s; want it closed after 10 s", r.events())
	}
}
