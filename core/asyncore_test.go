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
