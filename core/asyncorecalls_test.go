package core_test

import (
	"errors"
	"io"
	"net"
	"slices"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/core"
)

// S38, S39, S89: what has no handler yet is not registered and not watched. It can be used, and be
// closed.
func TestNotAttached(t *testing.T) {
	everywhere(t, func(w *world) {
		c, far := w.pair()
		if w.l.Len() != 0 || c.Closed() || c.Want() != 0 || c.Loop() != w.l {
			w.Errorf("Len() = %d, Closed() = %t, Want() = %05b", w.l.Len(), c.Closed(), c.Want())
		}
		w.send(far, "hello")
		w.arrive(w.near)
		w.checkNoSpin("not attached")
		if n, err := c.Recv(make([]byte, 8)); n != 5 || err != nil {
			w.Errorf("Recv = %d, %v", n, err)
		}
		c.Update()
		c.SetWant(everything)
		c.Close()
		c.Close()
		w.settle()
		w.arrive(far)
		if n, err := w.k.Kernel.Read(far, make([]byte, 1)); n != 0 || err != nil {
			w.Errorf("the peer's Read = %d, %v, want the end", n, err)
		}
	})
}

// S64, S89, S98: before there is a socket, its calls fail with an error, and nothing else; what is
// sent is not kept by core.
func TestCallsBeforeTheConnection(t *testing.T) {
	w := simulated(t)
	w.k.background = func(func()) {}
	c, err := core.Dial(w.l, "tcp", "example.com:25", w.noting("client"), core.Readable)
	require.NoError(t, err)
	var op *net.OpError
	for what, f := range map[string]func() error{
		"Recv":       func() error { _, err := c.Recv(make([]byte, 1)); return err },
		"Send":       func() error { _, err := c.Send([]byte("x")); return err },
		"SendV":      func() error { _, err := c.SendV([][]byte{{1}, {2}}); return err },
		"CloseWrite": c.CloseWrite,
		"CloseRead":  c.CloseRead,
	} {
		if err := f(); !errors.As(err, &op) || !errors.Is(err, syscall.EBADF) {
			t.Errorf("%s: %v, want EBADF in a *net.OpError", what, err)
		}
	}
	w.settle()
	w.check()
	c.Close()
	w.settle()
	w.check("client closed <nil>")
}

// S76: an error pending beside out-of-band data closes, and HandleExpt is not called for it.
func TestErrorIsNoOutOfBandData(t *testing.T) {
	everywhere(t, func(w *world) {
		h := w.noting("a")
		h.closed = func(err error) { w.note("a closed, reset is %t", errors.Is(err, syscall.ECONNRESET)) }
		_, far := w.watched(h, core.Priority)
		require.NoError(w, w.k.Kernel.SetOption(far, core.Linger, 0))
		w.closeFar(far)
		w.untilNoted(1)
		w.check("a closed, reset is true")
	})
}

// S104, S37, B7: of those that are all closed, one that panics keeps no other from being closed,
// nor its own descriptor.
func TestCloseAllGoesOn(t *testing.T) {
	everywhere(t, func(w *world) {
		var far [3]int
		for i := range far {
			h := w.noting("each")
			h.closed = func(error) { w.note("closed"); boom() }
			_, far[i] = w.watched(h, core.Readable)
		}
		w.l.CloseAll()
		w.check("closed", "closed", "closed")
		if said := w.logs.take(); len(said) != 1 || w.l.Len() != 0 { // of one kind, in one second
			w.Errorf("logged %q, %d dispatchers are left", said, w.l.Len())
		}
		for _, fd := range far {
			w.arrive(fd)
			if n, err := w.k.Kernel.Read(fd, make([]byte, 1)); n != 0 || err != nil {
				w.Errorf("a peer's Read = %d, %v, want the end", n, err)
			}
		}
	})
}

// S16, B7: a descriptor that somebody closed behind the dispatcher's back is that dispatcher's
// trouble. Some pollers tell, others do not; the loop goes on, does not spin, and serves the
// others.
func TestClosedBehindItsBack(t *testing.T) {
	everywhere(t, func(w *world) {
		c, far := w.watched(w.noting("lost"), core.Readable)
		lost := w.near
		h := w.noting("other")
		other, otherFar := w.watched(h, core.Readable)
		h.read = func() {
			other.Recv(w.l.ReadBuffer())
			w.note("other read")
		}
		h = w.noting("lost")
		h.read = func() {
			_, err := c.Recv(w.l.ReadBuffer())
			w.note("lost read, EBADF is %t", errors.Is(err, syscall.EBADF))
			c.CloseWith(err)
		}
		h.closed = nil
		require.NoError(w, c.Attach(h, core.Readable))
		w.k.Kernel.Close(lost)
		w.settle()
		w.send(otherFar, "x")
		w.until("the other's turn", func() bool { return slices.Contains(w.did, "other read") })
		w.checkNoSpin("a descriptor was closed")
		w.did = slices.DeleteFunc(w.did, func(s string) bool { return s == "lost read, EBADF is true" })
		w.check("other read")
		if _, err := c.Recv(nil); !errors.Is(err, syscall.EBADF) && err != core.ErrClosed {
			w.Errorf("Recv: %v", err)
		}
		w.closeFar(far)
		c.CloseWith(io.EOF)
		w.settle()
	})
}
