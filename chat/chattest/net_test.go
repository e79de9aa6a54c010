package chattest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/core"
)

// Two handlers that count to ten, each adding one to what the other says.
func newCounting(first bool) chat.NewHandler {
	return func(c *chat.Channel) chat.Handler {
		if first {
			c.PushString("1\r\n")
		}
		return chat.Lines(func(c *chat.Channel, line []byte) {
			n, err := strconv.Atoi(string(line))
			if err != nil || n == 10 {
				c.CloseWhenDone()
				return
			}
			fmt.Fprintf(c, "%d\r\n", n+1)
		})(c)
	}
}

func TestPair(t *testing.T) {
	a, b := chattest.Pair(t, newCounting(true), newCounting(false))
	count := func(s *chattest.Side) (n int) {
		for _, call := range s.Calls() {
			if call == "Found" {
				n++
			}
		}
		return n
	}
	if x, y := count(a), count(b); x != 5 || y != 5 {
		t.Errorf("the sides found %d and %d elements, want 5 and 5", x, y)
	}
	if a.Reason() != nil || b.Reason() != io.EOF {
		t.Errorf("reasons %v and %v, want nil and EOF", a.Reason(), b.Reason())
	}
}

func TestPairShareAClock(t *testing.T) {
	a, b := chattest.Pair(t, newCounting(false), newCounting(false))
	var order []string
	b.Do(func() { b.Channel().After(2*time.Second, func() { order = append(order, "b") }) })
	a.Do(func() { a.Channel().After(time.Second, func() { order = append(order, "a") }) })
	a.Advance(time.Minute)
	if !slices.Equal(order, []string{"a", "b"}) {
		t.Errorf("timers fired in the order %v", order)
	}
}

// A whole server on the goroutine of the test, with several loops, through to its end.
func TestServer(t *testing.T) {
	l := chattest.Listen(t)
	loops := map[*core.Loop]bool{}
	srv := &chat.Server{Loops: 3, Handler: chattest.Guard(t, func(c *chat.Channel) chat.Handler {
		loops[c.Loop()] = true
		return newEcho(c)
	})}
	if err := srv.Serve(l); err != nil {
		t.Fatal(err)
	}
	var peers []*chattest.Peer
	for i := range 9 {
		p := l.Dial()
		p.SendString(fmt.Sprintf("peer %d\r\nun", i))
		peers = append(peers, p)
	}
	for i, p := range peers {
		if got, want := string(p.Received()), fmt.Sprintf("peer %d\r\n", i); got != want {
			t.Errorf("received %q, want %q", got, want)
		}
	}
	if len(loops) != 3 {
		t.Errorf("channels on %d loops, want 3", len(loops))
	}
	srv.BeginShutdown()
	l.Advance(0)
	for _, p := range peers {
		if p.Closed() {
			t.Fatal("closed in the middle of an element")
		}
		p.SendString("finished\r\nanother\r\n")
		if got, want := string(p.Received()), "unfinished\r\n"; got != want || !p.Closed() {
			t.Errorf("received %q, closed %t; want %q, true", got, p.Closed(), want)
		}
		p.CloseWrite()
	}
	if err := srv.Shutdown(t.Context()); err != nil { // all have gone: it does not wait
		t.Errorf("Shutdown = %v", err)
	}
	if p := l.Dial(); !p.Closed() {
		t.Error("a server that was shut down accepts")
	}
}

func TestServerClose(t *testing.T) {
	l := chattest.Listen(t)
	srv := &chat.Server{Handler: newEcho}
	if err := srv.Serve(l); err != nil {
		t.Fatal(err)
	}
	p := l.Dial()
	srv.Close()
	l.Advance(0)
	if !p.Closed() || !l.Dial().Closed() {
		t.Error("a closed server serves")
	}
	if err := srv.Serve(chattest.Listen(t)); err != chat.ErrServerClosed {
		t.Errorf("Serve = %v, want ErrServerClosed", err)
	}
}

func TestShutdownGivesUpOnLoopsThatStand(t *testing.T) {
	l := chattest.Listen(t)
	loops, err := l.Loops(1)
	if err != nil {
		t.Fatal(err)
	}
	srv := &chat.Server{Handler: newEcho}
	if err := srv.Start(l, loops...); err != nil {
		t.Fatal(err)
	}
	p := l.Dial()
	p.SendString("un")
	expired, cancel := context.WithCancel(t.Context())
	cancel()
	if err := srv.Shutdown(expired); err == nil {
		t.Error("Shutdown = nil with a channel open")
	}
	l.Advance(0)
	if !p.Closed() {
		t.Error("what Shutdown gave up is open")
	}
}

func TestStartRefuses(t *testing.T) {
	l := chattest.Listen(t)
	if err := (&chat.Server{Handler: newEcho}).Start(l); err == nil {
		t.Error("Start without a loop succeeds")
	}
	if err := l.Close(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Close = %v: Start owns the listener, also when it fails", err)
	}
	if err := (&chat.Server{}).Serve(chattest.Listen(t)); err == nil {
		t.Error("Serve without a handler succeeds")
	}
}

// Clients of the standard library run on the peer, on the goroutine of the test.
func TestNetConn(t *testing.T) {
	c := chattest.NewConn(t, newSession)
	client := textproto.NewConn(c.NetConn())
	if line, err := client.ReadLine(); line != "hello" || err != nil {
		t.Errorf("ReadLine = %q, %v", line, err)
	}
	for i := range 3 {
		if err := client.PrintfLine("line %d", i); err != nil {
			t.Errorf("PrintfLine: %v", err)
		}
		if line, err := client.ReadLine(); line != fmt.Sprintf("line %d", i) || err != nil {
			t.Errorf("ReadLine = %q, %v", line, err)
		}
	}
	conn := c.NetConn()
	_, err := conn.Read(make([]byte, 1))
	var temporary interface{ Temporary() bool }
	if !errors.As(err, &temporary) || !temporary.Temporary() {
		t.Errorf("Read of nothing = %v, want a temporary error", err)
	}
	if got, want := conn.RemoteAddr(), c.Channel().LocalAddr(); got.String() != want.String() {
		t.Errorf("RemoteAddr() = %v, want %v", got, want)
	}
	if got, want := conn.LocalAddr(), c.Channel().RemoteAddr(); got.String() != want.String() {
		t.Errorf("LocalAddr() = %v, want %v", got, want)
	}
	if err := conn.SetDeadline(time.Now()); err != nil {
		t.Errorf("SetDeadline: %v", err)
	}
	if err := client.PrintfLine("quit"); err != nil {
		t.Errorf("PrintfLine: %v", err)
	}
	if _, err := client.ReadLine(); err != io.EOF {
		t.Errorf("ReadLine = %v, want EOF", err)
	}
	if err := conn.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	if _, err := conn.Write([]byte("x")); !errors.Is(err, net.ErrClosed) ||
		!errors.Is(conn.Close(), net.ErrClosed) {
		t.Errorf("Write after Close = %v, want ErrClosed", err)
	}
	if c.Reason() != nil {
		t.Errorf("Reason() = %v, want nil", c.Reason())
	}
}
