//go:build unix && !aix

package core_test

import (
	"bufio"
	"errors"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/core"
)

// An accepter is a listener with an Accept of its own, around one of package net.
type accepter struct {
	*net.TCPListener
	calls  atomic.Int64
	ended  chan struct{} // closed when Accept has failed because the listener is closed
	accept func(inner *net.TCPListener) (net.Conn, error)
}

func (a *accepter) Accept() (net.Conn, error) {
	a.calls.Add(1)
	c, err := a.accept(a.TCPListener)
	if errors.Is(err, net.ErrClosed) {
		close(a.ended)
	}
	return c, err
}

func plainly(l *net.TCPListener) (net.Conn, error) { return l.Accept() }

// wrapping adopts a listener whose Accept is accept. At the end of the test its goroutine is to
// end.
func (w *world) wrapping(
	h core.AcceptHandler, accept func(*net.TCPListener) (net.Conn, error),
) (*core.Listener, *accepter) {
	w.Helper()
	inner, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	require.NoError(w, err)
	a := &accepter{TCPListener: inner, ended: make(chan struct{}), accept: accept}
	ln, err := core.AdoptListener(w.l, a, h)
	require.NoError(w, err)
	w.Cleanup(func() {
		ln.Close()
		a.Close()
	})
	return ln, a
}

func (w *world) connect(ln *core.Listener) net.Conn {
	w.Helper()
	c, err := net.Dial("tcp", ln.Addr().String())
	require.NoError(w, err)
	w.Cleanup(func() { c.Close() })
	return c
}

// W3: the Accept of a listener that wraps another is called, so whom it turns away is turned away.
// The others have their addresses, and are counted. When both listeners are closed, nothing is
// left.
func TestAcceptOfAWrapper(t *testing.T) {
	onSystem(t, func(w *world) {
		var peers []string
		h := w.noting("listener")
		h.accepted = func(c *core.Conn) {
			peers = append(peers, c.RemoteAddrPort().String())
			c.Close()
			w.note("accepted")
		}
		n := 0
		ln, a := w.wrapping(h, func(l *net.TCPListener) (net.Conn, error) {
			for {
				c, err := l.Accept()
				if n++; err != nil || n%2 == 0 {
					return c, err
				}
				c.Close() // every other one
			}
		})
		var want []string
		for i := range 6 {
			if c := w.connect(ln); i%2 == 1 {
				want = append(want, c.LocalAddr().String())
			}
		}
		w.untilNoted(3)
		w.check("accepted", "accepted", "accepted")
		require.Equal(w, want, peers)
		w.settle()
		require.EqualValues(w, 3, w.l.Stats().Accepted)
		ln.Close()
		a.Close()
		<-a.ended
		w.settle()
		w.check("listener closed <nil>")
		require.Zero(w, w.l.Len())
	})
}

// W31: a connection that is no plain socket is not taken by its descriptor: what it has read ahead
// would be lost. If the first is of that kind, the listener ends with an error that names it; a
// later one is closed, and the log says so.
func TestConnectionsOfAWrapperArePlain(t *testing.T) {
	buffered := func(l *net.TCPListener) (net.Conn, error) {
		c, err := l.AcceptTCP()
		if err != nil {
			return nil, err
		}
		return bufferedConn{c, bufio.NewReader(c)}, nil
	}
	onSystem(t, func(w *world) {
		var reason error
		h := w.noting("listener")
		h.closed = func(err error) { reason = err; w.note("closed") }
		h.accepted = func(c *core.Conn) { c.Close(); w.note("accepted") }
		ln, _ := w.wrapping(h, buffered)
		c := w.connect(ln)
		w.untilNoted(1)
		w.check("closed")
		var op *net.OpError
		if !errors.Is(reason, core.ErrUnsupported) || !errors.As(reason, &op) || op.Op != "accept" ||
			!strings.Contains(reason.Error(), "core_test.bufferedConn") {
			w.Errorf("the reason is %v, want accept: ErrUnsupported with the type", reason)
		}
		if _, err := c.Read(make([]byte, 1)); err == nil {
			w.Error("the connection is open")
		}

		n := 0
		ln, _ = w.wrapping(h, func(l *net.TCPListener) (net.Conn, error) {
			if n++; n == 2 {
				return buffered(l)
			}
			return l.Accept()
		})
		for range 3 {
			w.connect(ln)
		}
		w.untilNoted(2)
		w.check("accepted", "accepted")
		if said := w.logs.take(); len(said) != 1 || said[0] != "connection lost" || ln.Closed() {
			w.Errorf("logged %q, closed is %t", said, ln.Closed())
		}
	})
}

// Accept is not called faster than the loop takes what it has returned, and while the listener is
// paused, at most one connection is taken from the backlog.
func TestWrapperIsNotHurried(t *testing.T) {
	onSystem(t, func(w *world) {
		h := w.noting("listener")
		h.accepted = func(c *core.Conn) { c.Close(); w.note("accepted") }
		ln, a := w.wrapping(h, plainly)
		for range 5 {
			w.connect(ln)
		}
		w.until("Accept", func() bool { return a.calls.Load() > 0 })
		ln.Pause()
		before := len(w.did)
		for range 20 {
			w.l.Poll(time.Millisecond)
		}
		if len(w.did) > before || a.calls.Load() > int64(before)+1 {
			w.Errorf("while it is paused, Accept was called %d times, %q", a.calls.Load(), w.did)
		}
		ln.Resume()
		w.untilNoted(5)
		ln.Pause()
		w.connect(ln)
		w.until("the sixth", func() bool { return a.calls.Load() == 6 })
		ln.Close() // it may have come, and is closed
		a.Close()
		w.settle()
	})
}

// The errors of Accept are sorted as those of a descriptor: of one connection, of the system, for
// good.
func TestErrorsOfAWrapper(t *testing.T) {
	sys := func(errno syscall.Errno) error {
		return &net.OpError{Op: "accept", Net: "tcp", Err: os.NewSyscallError("accept4", errno)}
	}
	odd := errors.New("odd")
	for _, tt := range []struct {
		err  error
		good bool
		logs int
	}{
		{sys(syscall.ECONNABORTED), false, 0},
		{sys(syscall.EMFILE), false, 1},
		{sys(syscall.EOPNOTSUPP), false, 1},
		{os.ErrDeadlineExceeded, false, 1}, // which is temporary
		{sys(syscall.EINVAL), true, 0},
		{odd, true, 0},
		{nil, true, 0}, // and no connection
	} {
		onSystem(t, func(w *world) {
			h := w.noting("listener")
			h.accepted = func(c *core.Conn) { c.Close(); w.note("accepted") }
			h.closed = func(err error) {
				if tt.good && tt.err != nil && !errors.Is(err, tt.err) {
					w.Errorf("the reason is %v, want %v", err, tt.err)
				}
				w.note("closed")
			}
			n := 0
			ln, _ := w.wrapping(h, func(l *net.TCPListener) (net.Conn, error) {
				if n++; n == 1 {
					return nil, tt.err
				}
				return l.Accept()
			})
			w.connect(ln)
			w.untilNoted(1)
			w.check(map[bool]string{false: "accepted", true: "closed"}[tt.good])
			if said := w.logs.take(); len(said) != tt.logs {
				w.Errorf("%v: logged %q", tt.err, said)
			}
		})
	}
}

// B7: a panic in Accept ends the listener, not the process.
func TestPanicInAcceptOfAWrapper(t *testing.T) {
	onSystem(t, func(w *world) {
		var reason error
		h := w.noting("listener")
		h.closed = func(err error) { reason = err; w.note("closed") }
		w.wrapping(h, func(*net.TCPListener) (net.Conn, error) { panic("boom") })
		w.untilNoted(1)
		var p *core.PanicError
		require.ErrorAs(w, reason, &p)
	})
}

// A wrapper is not gone round where every loop would listen by itself: its connections go to the
// loops in turn.
func TestGroupAdoptsAWrapper(t *testing.T) {
	onSystem(t, func(w *world) {
		inner, err := core.ListenConfig{ReusePort: true}.Open("tcp", "127.0.0.1:0")
		if err != nil {
			w.Skip(err)
		}
		a := &accepter{TCPListener: inner.(*net.TCPListener), ended: make(chan struct{}),
			accept: plainly}
		defer a.Close()
		g, err := core.NewGroup(2, core.WithKernel(w.k.Kernel))
		require.NoError(w, err)
		defer g.Close()
		on := make(chan *core.Loop, 4)
		all, err := g.Adopt(core.ListenConfig{Spread: core.SpreadReusePort}, a,
			core.AcceptFunc(func(c *core.Conn) { on <- c.Loop(); c.Close() }))
		require.NoError(w, err)
		require.Len(w, all, 1)
		done := make(chan error, 1)
		go func() { done <- g.Run(w.Context()) }()
		for range 4 {
			w.connect(all[0])
		}
		taken := map[*core.Loop]int{}
		for range 4 {
			taken[<-on]++
		}
		for _, l := range g.Loops() {
			require.Equal(w, 2, taken[l])
		}
		g.Stop()
		require.NoError(w, <-done)
	})
}
