package core_test

import (
	"errors"
	"net"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/simkernel"
)

// S61, S62, S63, S67, S74: HandleConnect is called once, not from within Dial, before anything
// else, and the connection can be used in it.
func TestDial(t *testing.T) {
	everywhere(t, func(w *world) {
		ln, accepted := w.listen()
		h := w.noting("client")
		var c *core.Conn
		h.connect = func() {
			n, err := c.Send([]byte("hello"))
			w.note("connect, sent %d %v", n, err)
		}
		h.read = func() {
			n, err := c.Recv(w.l.ReadBuffer())
			w.note("client read %q %v", w.l.ReadBuffer()[:n], err)
		}
		c, err := core.Dial(w.l, "tcp", ln.Addr().String(), h, core.Readable)
		require.NoError(w, err)
		w.check()
		w.untilNoted(2)
		slices.Sort(w.did)
		w.check("accepted", "connect, sent 5 <nil>")
		if c.RemoteAddr().String() != ln.Addr().String() ||
			c.LocalAddr().String() != (*accepted)[0].RemoteAddr().String() {
			w.Errorf("addresses %v, %v", c.LocalAddr(), c.RemoteAddr())
		}
		n, err := (*accepted)[0].Send([]byte("hi"))
		require.Equal(w, 2, n)
		require.NoError(w, err)
		w.untilNoted(1)
		w.settle()
		w.check(`client read "hi" <nil>`)
	})
}

// S72, S73, S74: data that is there when the connection is made does not come before HandleConnect.
func TestConnectBeforeRead(t *testing.T) {
	w := simulated(t)
	ln, addr, err := w.sim.Listen(core.ListenConfig{}, "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	w.own(ln)
	_, err = core.Dial(w.l, "tcp", addr.String(), w.noting("client"), core.Readable|core.Writable)
	require.NoError(t, err)
	fd, _, err := w.sim.Accept(ln)
	require.NoError(t, err)
	w.send(w.own(fd), "early")
	w.turn()
	w.check("client connect")
	w.turn()
	w.check("client read", "client write")
}

// S68, B21: closed in HandleConnect means closed.
func TestCloseInHandleConnect(t *testing.T) {
	w := simulated(t)
	ln, accepted := w.listen()
	h := w.noting("client")
	var c *core.Conn
	h.connect = func() {
		w.note("connect")
		c.Close()
	}
	c, err := core.Dial(w.l, "tcp", ln.Addr().String(), h, core.Readable|core.Writable)
	require.NoError(t, err)
	w.settle()
	if len(*accepted) != 1 {
		t.Errorf("%d accepted, want 1", len(*accepted))
	}
	w.did = slices.DeleteFunc(w.did, func(s string) bool { return s == "accepted" })
	w.check("connect", "client closed <nil>")
}

// S66, S69, S70, B19, B20: a refused connection is told by HandleClose, once, with the address, and
// is never taken for one that is made.
func TestDialRefused(t *testing.T) {
	everywhere(t, func(w *world) {
		ln, _ := w.listen()
		addr := ln.Addr().String()
		ln.Close()
		w.settle()
		w.did = nil
		h := w.noting("client")
		var reason error
		h.closed = func(err error) { reason = err; w.note("closed") }
		c, err := core.Dial(w.l, "tcp", addr, h, core.Readable|core.Writable)
		if err == nil {
			w.untilNoted(1)
			w.settle()
			w.check("closed")
			if !c.Closed() || w.l.Len() != 0 {
				w.Errorf("Closed() = %t, Len() = %d after the failure", c.Closed(), w.l.Len())
			}
		} else {
			reason = err
		}
		var op *net.OpError
		if !errors.Is(reason, syscall.ECONNREFUSED) || !errors.As(reason, &op) || op.Op != "dial" ||
			op.Addr.String() != addr {
			w.Errorf("the reason is %v, want dial tcp %s: ECONNREFUSED", reason, addr)
		}
	})
}

// narcissus is a kernel whose connections are all to themselves.
type narcissus struct{ core.Kernel }

func (k narcissus) LocalAddr(fd int) (net.Addr, error) { return k.PeerAddr(fd) }

// W17: where nobody listens, the system may connect a socket to itself. That is a refused dial.
func TestDialDoesNotReachItself(t *testing.T) {
	w := newWorld(t, narcissus{simkernel.New()})
	ln, _ := w.listen()
	h := w.noting("client")
	var reason error
	h.closed = func(err error) { reason = err; w.note("client closed") }
	_, err := core.Dial(w.l, "tcp", ln.Addr().String(), h, core.Readable)
	require.NoError(t, err)
	w.settle()
	w.did = slices.DeleteFunc(w.did, func(s string) bool { return s == "accepted" })
	w.check("client closed")
	var op *net.OpError
	if !errors.Is(reason, syscall.ECONNREFUSED) || !errors.As(reason, &op) || op.Op != "dial" {
		t.Errorf("the reason is %v, want dial: ECONNREFUSED", reason)
	}
}

func TestDialUnix(t *testing.T) {
	needsUnix(t)
	onSystem(t, func(w *world) {
		path := filepath.Join(shortDir(t), "s")
		c, err := core.Dial(w.l, "unix", path, w.noting("client"), core.Readable)
		if c != nil || !errors.Is(err, syscall.ENOENT) {
			w.Errorf("Dial of nothing = %v, %v, want ENOENT at once", c, err)
		}
		ln, err := core.Listen(w.l, "unix", path, &handler{accepted: func(c *core.Conn) {
			w.note("accepted")
			c.Close()
		}})
		require.NoError(w, err)
		c, err = core.Dial(w.l, "unix", path, w.noting("client"), 0)
		require.NoError(w, err)
		w.untilNoted(2)
		slices.Sort(w.did)
		w.check("accepted", "client connect")
		if got := c.RemoteAddr(); got.Network() != "unix" || got.String() != ln.Addr().String() {
			w.Errorf("RemoteAddr() = %v, want %v", got, ln.Addr())
		}
	})
}

// What can be told at once is told by Dial; nothing is left behind (S64).
func TestDialTellsAtOnce(t *testing.T) {
	everywhere(t, func(w *world) {
		for _, tt := range []struct{ network, address string }{
			{"udp", "127.0.0.1:1"},
			{"carrier pigeon", "127.0.0.1:1"},
			{"tcp", "127.0.0.1"},
			{"tcp6", "[::1"},
			{"tcp", ""},
		} {
			var op *net.OpError
			c, err := core.Dial(w.l, tt.network, tt.address, w.noting("client"), core.Readable)
			if c != nil || !errors.As(err, &op) || op.Op != "dial" || op.Net != tt.network {
				w.Errorf("Dial(%q, %q) = %v, %v, want a *net.OpError", tt.network, tt.address, c, err)
			}
		}
		w.k.fault = failing("Connect", 1, syscall.EMFILE)
		if c, err := core.Dial(w.l, "tcp", "127.0.0.1:1", w.noting("client"), core.Readable); c != nil ||
			!errors.Is(err, syscall.EMFILE) {
			w.Errorf("Dial without descriptors = %v, %v, want EMFILE", c, err)
		}
		if n := w.turn(); n != 0 || w.l.Len() != 0 {
			w.Errorf("%d callbacks, %d dispatchers were left", n, w.l.Len())
		}
		w.check()
	})
}
