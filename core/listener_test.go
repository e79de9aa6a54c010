package core_test

import (
	"errors"
	"net"
	"slices"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/core"
)

// listen returns a listener whose handler keeps what it accepts, and notes it.
func (w *world) listen() (*core.Listener, *[]*core.Conn) {
	w.Helper()
	var accepted []*core.Conn
	h := w.noting("listener")
	h.accepted = func(c *core.Conn) {
		w.note("accepted")
		accepted = append(accepted, c)
	}
	ln, err := core.Listen(w.l, "tcp", "127.0.0.1:0", h)
	require.NoError(w, err)
	w.Cleanup(func() {
		for _, c := range accepted {
			c.Close()
		}
		w.l.Poll(0)
	})
	return ln, &accepted
}

// client connects to ln, and returns the descriptor.
func (w *world) client(ln *core.Listener) int {
	w.Helper()
	fd, err := w.k.Kernel.Connect("tcp", nil, ln.Addr())
	require.NoError(w, err)
	w.clients = append(w.clients, fd)
	return w.own(fd)
}

func (w *world) isNoted(n int, what string) {
	w.Helper()
	if !slices.Equal(w.did, slices.Repeat([]string{what}, n)) {
		w.Errorf("what happened: %d things, %q, want %d times %q", len(w.did), w.did, n, what)
	}
	w.did = nil
}

// S57, S58, S63, S75: each connection is handed over once, non-blocking, with its addresses;
// HandleConnect is not for it.
func TestAccept(t *testing.T) {
	everywhere(t, func(w *world) {
		ln, accepted := w.listen()
		client := w.client(ln)
		w.untilNoted(1)
		w.settle()
		w.check("accepted")
		c := (*accepted)[0]
		if n, err := c.Recv(make([]byte, 1)); n != 0 || err != nil {
			w.Errorf("Recv = %d, %v, want 0, nil", n, err)
		}
		self, err := w.k.LocalAddr(client)
		require.NoError(w, err)
		if c.LocalAddr().String() != ln.Addr().String() || c.RemoteAddr().String() != self.String() {
			w.Errorf("addresses %v, %v, want %v, %v", c.LocalAddr(), c.RemoteAddr(), ln.Addr(), self)
		}
		h := w.noting("server")
		h.read = func() {
			n, err := c.Recv(w.l.ReadBuffer())
			w.note("server read %d %v", n, err)
		}
		require.NoError(w, c.Attach(h, core.Readable))
		w.send(client, "x")
		w.untilNoted(1)
		w.check("server read 1 <nil>")
		c.Close()
		w.settle()
		if c.RemoteAddr().String() != self.String() {
			w.Errorf("RemoteAddr() after the close = %v, want %v", c.RemoteAddr(), self)
		}
		ln.Close()
		w.settle()
		w.check("server closed <nil>", "listener closed <nil>")
	})
}

// B11: no more than 64 are accepted at one event, so that those who are connected get their turn.
func TestAcceptBound(t *testing.T) {
	w := simulated(t)
	ln, _ := w.listen()
	h := w.noting("old")
	old, far := w.watched(h, core.Readable)
	h.read = func() {
		w.note("old read")
		old.SetWant(0)
	}
	for range 100 {
		w.client(ln)
	}
	w.send(far, "x")
	w.turn()
	if i := slices.Index(w.did, "old read"); len(w.did) != 65 || i != 64 {
		t.Errorf("%d things happened in the first turn, the read as number %d; "+
			"want 64 accepts, then the read", len(w.did), i)
	}
	w.did = nil
	w.turn()
	w.isNoted(36, "accepted")
}

// S56, B17: a connection that is gone, and a signal, cost nothing but that; the next ones are
// accepted in the same turn.
func TestAcceptAborted(t *testing.T) {
	for _, err := range []error{syscall.ECONNABORTED, syscall.EINTR} {
		w := simulated(t)
		ln, _ := w.listen()
		for range 3 {
			w.client(ln)
		}
		w.k.fault = failing("Accept", 2, err)
		w.turn()
		w.isNoted(3, "accepted")
		if said := w.logs.take(); len(said) != 0 {
			t.Errorf("%v was logged: %q", err, said)
		}
	}
}

// S41-S43, B17: one that was reset before it is accepted is a connection like any other: it is
// handed over, and its first read tells. It does not spin.
func TestResetBeforeAccept(t *testing.T) {
	onSystem(t, func(w *world) {
		h := w.noting("listener")
		h.accepted = func(c *core.Conn) {
			w.note("accepted")
			s := w.noting("server")
			s.read = func() {
				if _, err := c.Recv(w.l.ReadBuffer()); err != nil {
					w.note("reset is %t", errors.Is(err, syscall.ECONNRESET))
					c.CloseWith(err)
				}
			}
			s.closed = func(error) { w.note("server closed") }
			c.Attach(s, core.Readable)
		}
		ln, err := core.Listen(w.l, "tcp", "127.0.0.1:0", h)
		require.NoError(w, err)
		gone, err := net.Dial("tcp", ln.Addr().String())
		require.NoError(w, err)
		gone.(*net.TCPConn).SetLinger(0)
		gone.Close()
		w.k.total()
		w.untilNoted(3)
		w.check("accepted", "reset is true", "server closed")
		next := w.client(ln)
		w.untilNoted(1)
		w.check("accepted")
		if turns := w.k.total("Wait"); turns > 20 {
			w.Errorf("%d turns", turns)
		}
		w.closeFar(next)
		w.untilNoted(1)
	})
}

// A handler that closes the listener gets no more connections.
func TestCloseInHandleAccepted(t *testing.T) {
	w := simulated(t)
	h := w.noting("listener")
	var ln *core.Listener
	h.accepted = func(c *core.Conn) {
		w.note("accepted")
		c.Close()
		ln.Close()
	}
	ln, err := core.Listen(w.l, "tcp", "127.0.0.1:0", h)
	require.NoError(t, err)
	for range 3 {
		w.client(ln)
	}
	w.settle()
	w.check("accepted", "listener closed <nil>")
}

// S55: what cannot listen is no listener.
func TestListenFails(t *testing.T) {
	everywhere(t, func(w *world) {
		ln, _ := w.listen()
		if again, err := core.Listen(w.l, "tcp", ln.Addr().String(), &handler{}); again != nil ||
			!errors.Is(err, syscall.EADDRINUSE) {
			w.Errorf("Listen on the same address = %v, %v, want EADDRINUSE", again, err)
		}
		var op *net.OpError
		if l, err := core.Listen(w.l, "udp", "127.0.0.1:0", &handler{}); l != nil ||
			!errors.As(err, &op) {
			w.Errorf("Listen on udp = %v, %v, want a *net.OpError", l, err)
		}
		w.k.fault = failing("Add", 1, syscall.ENOSPC)
		if l, err := core.Listen(w.l, "tcp", "127.0.0.1:0", &handler{}); l != nil ||
			!errors.Is(err, syscall.ENOSPC) {
			w.Errorf("Listen that the poller refuses = %v, %v, want ENOSPC", l, err)
		}
		w.settle()
	})
}
