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

// S1, S103, B12: loops share nothing. What is done to all dispatchers of one does not concern
// another's.
func TestTwoLoops(t *testing.T) {
	everywhere(t, func(w *world) {
		other := w.newLoop()
		near, far := w.descriptors()
		w.own(far)
		d, err := core.NewDispatcher(other, near, w.noting("theirs"), core.Readable)
		require.NoError(w, err)
		w.watched(w.noting("ours"), core.Readable)
		if w.l.Len() != 1 || other.Len() != 1 {
			w.Errorf("%d and %d dispatchers, want one each", w.l.Len(), other.Len())
		}
		w.send(far, "x")
		w.arrive(near)
		w.settle()
		w.check()
		w.l.CloseAll()
		w.l.Close()
		w.check("ours closed <nil>")
		if d.Closed() {
			w.Error("the dispatcher of another loop was closed")
		}
		other.Poll(0)
		w.check("theirs read")
	})
}

// S5, S30: a handler may end the run; what is registered stays so, and the loop may be run again.
func TestStopInAHandler(t *testing.T) {
	everywhere(t, func(w *world) {
		h := w.noting("a")
		c, far := w.watched(h, core.Readable)
		h.read = func() {
			c.Recv(w.l.ReadBuffer())
			w.note("read")
			w.l.Stop()
		}
		for range 2 {
			w.send(far, "x")
			defer w.watchdog()()
			if err := w.l.Run(t.Context()); err != nil {
				w.Errorf("Run = %v", err)
			}
			w.check("read")
			if w.l.Len() != 1 || c.Closed() {
				w.Errorf("%d dispatchers, closed is %t", w.l.Len(), c.Closed())
			}
		}
	})
}

// S8, S72, S73: a listener is never asked for room, and gets no other call than those of accepting,
// whatever is wanted.
func TestListenerAcceptsOnly(t *testing.T) {
	everywhere(t, func(w *world) {
		ln, accepted := w.listen()
		ln.SetWant(everything)
		if ln.Want() != core.Readable {
			w.Errorf("Want() = %05b, want Readable", ln.Want())
		}
		w.checkNoSpin("a listener")
		w.client(ln)
		w.untilNoted(1)
		w.settle()
		w.check("accepted")
		if len(*accepted) != 1 {
			w.Errorf("%d accepted", len(*accepted))
		}
	})
}

// S44: a listening socket by itself is a descriptor like any other: its connections are something
// to read.
func TestListeningDescriptor(t *testing.T) {
	everywhere(t, func(w *world) {
		fd, addr, err := w.k.Kernel.Listen(core.ListenConfig{}, "tcp", "127.0.0.1:0")
		require.NoError(w, err)
		h := w.noting("a")
		var d *core.Dispatcher
		h.read = func() {
			w.note("a read")
			d.SetWant(0)
		}
		d, err = core.NewDispatcher(w.l, fd, h, everything)
		w.watching(err)
		d.SetWant(core.Readable)
		client, err := w.k.Kernel.Connect("tcp", nil, addr)
		require.NoError(w, err)
		w.own(client)
		w.untilNoted(1)
		w.check("a read")
	})
}

// S54: the address is known that the system chose, and only once there is one.
func TestListenerKnowsItsPort(t *testing.T) {
	everywhere(t, func(w *world) {
		ln, _ := w.listen()
		addr, ok := ln.Addr().(*net.TCPAddr)
		if !ok || addr.Port == 0 {
			w.Errorf("Addr() = %v, want the port", ln.Addr())
		}
		c, err := core.Dial(w.l, "tcp", addr.String(), w.noting("client"), 0)
		require.NoError(w, err)
		w.untilNoted(2)
		c.Close()
		ln.Close()
		w.settle()
		if ln.Addr().String() != addr.String() {
			w.Errorf("Addr() = %v after the close, want %v", ln.Addr(), addr)
		}
	})
}

// S52: a port can be listened on again at once, though the system remembers the connections that
// were closed from this side.
func TestListenAgainAtOnce(t *testing.T) {
	everywhere(t, func(w *world) {
		ln, accepted := w.listen()
		client := w.client(ln)
		w.untilNoted(1)
		(*accepted)[0].Close()
		ln.Close()
		w.settle()
		w.arrive(client)
		w.closeFar(client)
		again, err := core.Listen(w.l, "tcp", ln.Addr().String(), w.noting("again"))
		if err != nil {
			w.Fatalf("Listen again: %v", err)
		}
		again.Close()
		w.settle()
	})
}

// S11, S24, B8: what is ready is served dispatcher by dispatcher on every poller: not first what is
// to be read of all, then what is to be written.
func TestOneAfterTheOther(t *testing.T) {
	everywhere(t, func(w *world) {
		for _, name := range []string{"a", "b"} {
			h := w.noting(name)
			var c *core.Conn
			h.write = func() {
				w.note("%s write", name)
				c.SetWant(0)
			}
			c, far := w.watched(h, core.Readable|core.Writable)
			w.send(far, "x")
			w.arrive(w.near)
		}
		w.turn()
		ab := []string{"a read", "a write", "b read", "b write"}
		if !slices.Equal(w.did, ab) && !slices.Equal(w.did, slices.Concat(ab[2:], ab[:2])) {
			w.Errorf("what happened: %q, want read and write of one, then of the other", w.did)
		}
	})
}

// S35, S36, B8: the same fault takes the same way on every poller, whether it is a panic or an
// error of the connection.
func TestSameFaultSameWay(t *testing.T) {
	everywhere(t, func(w *world) {
		h := w.noting("a")
		c, far := w.watched(h, core.Readable)
		h.read = func() {
			if _, err := c.Recv(w.l.ReadBuffer()); err != nil {
				panic(err)
			}
		}
		h.failed = func(err error) {
			var p *core.PanicError
			w.note("a error, a panic %t, a reset %t", errors.As(err, &p), errors.Is(err, syscall.ECONNRESET))
		}
		h.closed = func(err error) { w.note("a closed, a reset %t", errors.Is(err, syscall.ECONNRESET)) }
		require.NoError(w, w.k.Kernel.SetOption(far, core.Linger, 0))
		w.closeFar(far)
		w.untilNoted(2)
		w.settle()
		w.check("a error, a panic true, a reset true", "a closed, a reset true")
	})
}

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
		if said := w.logs.take(); len(said) != 3 || w.l.Len() != 0 {
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
