package chat_test

import (
	"errors"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/simkernel"
)

// ended is an echo of lines that notes the ends of its channels.
type ended struct {
	*chat.Channel
	chat.Collector
	reasons *[]error
}

func (e *ended) FoundTerminator()      { e.Push(append(e.Take(), '\n')) }
func (e *ended) HandleClose(err error) { *e.reasons = append(*e.reasons, err) }

// B55: who has only just come when the server is shut down, and has sent nothing that was read, has
// a moment for it.
func TestShutdownHearsNewcomers(t *testing.T) {
	var reasons []error
	l := chattest.Listen(t)
	server := &chat.Server{Loops: 2, Limits: chat.Limits{FirstTimeout: chat.NoLimit},
		Handler: func(c *chat.Channel) chat.Handler {
			c.SetTerminator(crlf)
			return &ended{Channel: c, reasons: &reasons}
		}}
	require.NoError(t, server.Serve(l))
	spoken, late, slow, silent := l.Dial(), l.Dial(), l.Dial(), l.Dial()
	spoken.SendString("one\r\n")
	server.BeginShutdown()
	l.Advance(0)
	if string(spoken.Received()) != "one\n" || !spoken.Closed() || late.Closed() {
		t.Errorf("idle: closed is %t, has said nothing: %t; want true, false",
			spoken.Closed(), late.Closed())
	}
	l.Advance(time.Second/2 - 1)
	late.SendString("two\r\nthree\r\n")
	slow.SendString("fo")
	if got := string(late.Received()); got != "two\n" || !late.Closed() {
		t.Errorf("who came late got %q, closed is %t; want the first answer, true", got, late.Closed())
	}
	l.Advance(1)
	if !silent.Closed() || slow.Closed() {
		t.Errorf("after half a second: silent is closed: %t, in mid-element: %t; want true, false",
			silent.Closed(), slow.Closed())
	}
	l.Advance(10 * time.Second)
	slow.SendString("ur\r\n")
	if got := string(slow.Received()); got != "four\n" || !slow.Closed() {
		t.Errorf("who was slow got %q, closed is %t", got, slow.Closed())
	}
	spoken.CloseWrite()
	late.CloseWrite()
	slow.CloseWrite()
	if len(reasons) != 4 {
		t.Errorf("%d of 4 channels have ended", len(reasons))
	}
	for _, err := range reasons {
		if !errors.Is(err, chat.ErrShutdown) {
			t.Errorf("the reason is %v, want ErrShutdown", err)
		}
	}
}

// A newcomer in mid-element still has to be in time.
func TestNewcomersHaveClocks(t *testing.T) {
	var reasons []error
	l := chattest.Listen(t)
	server := &chat.Server{Handler: func(c *chat.Channel) chat.Handler {
		c.SetTerminator(crlf)
		return &ended{Channel: c, reasons: &reasons}
	}}
	require.NoError(t, server.Serve(l))
	p := l.Dial()
	server.BeginShutdown()
	l.Advance(0)
	p.SendString("x")
	l.Advance(30*time.Second + time.Second/2 - 1)
	if p.Closed() {
		t.Error("closed too soon")
	}
	if l.Advance(1); len(reasons) != 1 || reasons[0] != chat.ErrTooSlow {
		t.Errorf("the reasons are %v, want ErrTooSlow", reasons)
	}
}

// A connection that one loop has accepted for another when the shutdown begins is served.
func TestShutdownBetweenLoops(t *testing.T) {
	k := simkernel.New()
	g, err := core.NewGroup(3, core.WithKernel(k))
	require.NoError(t, err)
	t.Cleanup(g.Close)
	var reasons []error
	server := &chat.Server{Handler: func(c *chat.Channel) chat.Handler {
		c.SetTerminator(crlf)
		return &ended{Channel: c, reasons: &reasons}
	}}
	ln, err := k.NewListener("tcp", "192.0.2.1:25")
	require.NoError(t, err)
	require.NoError(t, server.Start(ln, g.Loops()...))
	var fds []int
	for range 6 {
		fd, err := k.Connect("tcp", nil, ln.Addr())
		require.NoError(t, err)
		_, err = k.Write(fd, []byte("hello\r\n"))
		require.NoError(t, err)
		fds = append(fds, fd)
	}
	server.BeginShutdown() // posted to every loop before a connection is
	for busy := true; busy; {
		busy = false
		for _, l := range g.Loops() {
			calls, err := l.Poll(0)
			require.NoError(t, err)
			busy = busy || calls > 0
		}
	}
	buf := make([]byte, 100)
	for i, fd := range fds {
		n, err := k.Read(fd, buf)
		if string(buf[:n]) != "hello\n" {
			t.Errorf("connection %d got %q, %v", i, buf[:n], err)
		}
		if n, err := k.Read(fd, buf); n != 0 || err != nil && err != io.EOF {
			t.Errorf("connection %d got %q, %v behind the answer", i, buf[:n], err)
		}
	}
}
