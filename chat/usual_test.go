package chat_test

import (
	"errors"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/simkernel"
	"github.com/go-asynchat/asynchat/fifo"
)

// A plain handler has no HandleDrained, as that of chattest has, so that its channel takes the
// short way behind most events.
type plain struct {
	chat.Collector
	c      *chat.Channel
	line   func(c *chat.Channel, line string)
	closed error
}

var errOpen = errors.New("it is open")

func (p *plain) FoundTerminator()         { p.line(p.c, string(p.Take())) }
func (p *plain) HandleClose(reason error) { p.closed = reason }

// A plainConn is a channel with such a handler, and its peer.
type plainConn struct {
	*plain
	t      *testing.T
	k      *simkernel.Kernel
	far    int
	settle func()
}

func newPlain(t *testing.T, line func(c *chat.Channel, line string)) *plainConn {
	k, loop, settle := simLoop(t)
	near, far, err := k.Pair()
	require.NoError(t, err)
	p := &plain{line: line, closed: errOpen}
	chat.NewChannel(core.NewConn(loop, near), func(c *chat.Channel) chat.Handler {
		p.c = c
		c.SetTerminator(crlf)
		return p
	})
	settle()
	return &plainConn{p, t, k, far, settle}
}

func (p *plainConn) send(s string) {
	p.k.Write(p.far, []byte(s))
	p.settle()
}

// receives reads n bytes.
func (p *plainConn) receives(n int) {
	p.t.Helper()
	for buf := make([]byte, 64<<10); n > 0; {
		got, err := p.k.Read(p.far, buf[:min(n, len(buf))])
		if err != nil {
			p.t.Fatalf("%d bytes did not come: %v", n, err)
		}
		n -= got
		p.settle()
	}
}

func (p *plainConn) passes(d time.Duration) {
	p.k.Advance(d)
	p.settle()
}

// endsIn fails unless the channel is closed exactly after d.
func (p *plainConn) endsIn(d time.Duration, reason error) {
	p.t.Helper()
	p.passes(d - 1)
	if p.closed != errOpen {
		p.t.Fatalf("%v before %v: %v", p.closed, d, reason)
	}
	p.passes(1)
	if !errors.Is(p.closed, reason) {
		p.t.Errorf("after %v: %v, want %v", d, p.closed, reason)
	}
}

// W43: what is left out behind most events is what has no effect there.
func TestUsualEvents(t *testing.T) {
	echo := func(c *chat.Channel, line string) { c.PushString(line + "\r\n") }
	t.Run("a greeting is no element", func(t *testing.T) {
		p := newPlain(t, echo)
		p.c.PushString("hello\r\n")
		p.settle()
		p.endsIn(10*time.Second, chat.ErrFirstTimeout)
	})
	t.Run("idle from the last answer on", func(t *testing.T) {
		p := newPlain(t, echo)
		for range 3 {
			p.send("a\r\n")
			p.passes(4 * time.Minute)
		}
		p.send("a\r\n")
		p.endsIn(5*time.Minute, chat.ErrIdle)
	})
	t.Run("an answer and a beginning", func(t *testing.T) {
		p := newPlain(t, echo)
		p.send("a\r\n")
		p.send("a\r\nhalf")
		p.endsIn(30*time.Second, chat.ErrTooSlow)
	})
	t.Run("half an element is no longer half", func(t *testing.T) {
		p := newPlain(t, echo)
		p.send("a\r\n")
		p.send("half")
		p.send("\r\n")
		p.endsIn(5*time.Minute, chat.ErrIdle)
	})
	t.Run("more than one drain", func(t *testing.T) {
		p := newPlain(t, func(c *chat.Channel, _ string) {
			for range 5 {
				c.PushProducer(fifo.Bytes(make([]byte, 100_000)))
			}
		})
		p.k.SetWindow(p.far, 1<<20)
		p.send("a\r\n")
		p.send("\r\n")
		p.receives(1_000_000)
	})
	t.Run("the stall that DiscardBuffers ends", func(t *testing.T) {
		p := newPlain(t, func(c *chat.Channel, line string) {
			if line == "much" {
				c.PushString(strings.Repeat("x", 300_000))
			}
		})
		p.send("a\r\n")
		p.send("much\r\n")
		p.c.DiscardBuffers()
		p.settle()
		p.receives(simkernel.Window)
		p.send("a\r\n")
		p.endsIn(5*time.Minute, chat.ErrIdle)
	})
	t.Run("an error of the send", func(t *testing.T) {
		p := newPlain(t, echo)
		p.send("a\r\n")
		p.k.Reset(p.far)
		p.c.PushString("too late")
		p.settle()
		if !errors.Is(p.closed, syscall.ECONNRESET) && !errors.Is(p.closed, syscall.EPIPE) {
			t.Errorf("closed: %v, want the error of the connection", p.closed)
		}
	})
}

// What a server holds for its channels is counted down when an element has come to its end,
// whatever is answered.
func TestUsualEventsAreAccounted(t *testing.T) {
	k, loop, settle := simLoop(t)
	s := &chat.Server{Handler: chat.Lines(func(c *chat.Channel, line []byte) { c.Push(line) })}
	ln, err := k.NewListener("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, s.Start(ln, loop))
	far, err := k.Connect("tcp", nil, ln.Addr())
	require.NoError(t, err)
	for _, tt := range []struct {
		send string
		held int64
	}{{"one\n", 0}, {"half", 4}, {"\n", 0}, {"\r", 1}, {"\n", 0}} {
		settle()
		k.Write(far, []byte(tt.send))
		settle()
		if got := s.Stats().Buffered; got != tt.held {
			t.Errorf("after %q: %d bytes are held, want %d", tt.send, got, tt.held)
		}
	}
}
