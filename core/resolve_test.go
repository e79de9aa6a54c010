package core_test

import (
	"errors"
	"net"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/core"
)

// names makes the kernel resolve everything to addrs.
func (w *world) names(addrs ...string) {
	w.k.resolve = func(string) (list []net.Addr, err error) {
		for _, a := range addrs {
			list = append(list, tcpAddr(w.T, a))
		}
		return list, nil
	}
}

// S65, B22: a name is resolved in the background, and its addresses are tried in order until one
// works.
func TestDialTriesAddresses(t *testing.T) {
	everywhere(t, func(w *world) {
		dead, _ := w.listen()
		dead.Close()
		w.settle()
		w.did = nil
		ln, _ := w.listen()
		w.names(dead.Addr().String(), dead.Addr().String(), ln.Addr().String(), dead.Addr().String())
		h := w.noting("client")
		c, err := core.Dial(w.l, "tcp", "example.com:25", h, core.Readable)
		require.NoError(w, err)
		w.k.total()
		w.untilNoted(2)
		w.settle()
		if len(w.did) != 2 || w.did[0] == w.did[1] ||
			!strings.Contains(strings.Join(w.did, ","), "client connect") {
			w.Errorf("what happened: %q, want one accept and one connect", w.did)
		}
		if n := w.k.total("Connect"); n != 3 {
			w.Errorf("%d addresses were tried, want 3", n)
		}
		if c.RemoteAddr().String() != ln.Addr().String() {
			w.Errorf("RemoteAddr() = %v, want %v", c.RemoteAddr(), ln.Addr())
		}
	})
}

// If none works, the reason is that of the last one.
func TestDialAllRefused(t *testing.T) {
	everywhere(t, func(w *world) {
		var dead []string
		for range 2 {
			ln, _ := w.listen()
			defer ln.Close()
			dead = append(dead, ln.Addr().String())
			ln.Close()
		}
		w.settle()
		w.did = nil
		w.names(dead...)
		h := w.noting("client")
		h.closed = func(err error) {
			w.note("closed")
			var op *net.OpError
			if !errors.Is(err, syscall.ECONNREFUSED) || !errors.As(err, &op) || op.Addr.String() != dead[1] {
				w.Errorf("the reason is %v, want ECONNREFUSED of %s", err, dead[1])
			}
		}
		_, err := core.Dial(w.l, "tcp", "example.com:25", h, core.Readable)
		require.NoError(w, err)
		w.untilNoted(1)
		w.settle()
		w.check("closed")
	})
}

// An address for which no socket can even be made is passed over.
func TestDialSkipsImpossibleAddresses(t *testing.T) {
	w := simulated(t)
	ln, _ := w.listen()
	w.names("[2001:db8::1]:25", ln.Addr().String())
	w.k.fault = failing("Connect", 1, syscall.EAFNOSUPPORT)
	_, err := core.Dial(w.l, "tcp", "example.com:25", w.noting("client"), core.Readable)
	require.NoError(t, err)
	w.settle()
	if len(w.did) != 2 {
		t.Errorf("what happened: %q, want one accept and one connect", w.did)
	}

	w.did = nil
	w.k.fault = failing("Connect", 2, syscall.EAFNOSUPPORT)
	_, err = core.Dial(w.l, "tcp", "example.com:25", w.noting("client"), core.Readable)
	require.NoError(t, err)
	w.settle()
	w.check("client closed dial tcp " + ln.Addr().String() + ": connect: " +
		syscall.EAFNOSUPPORT.Error())
}

func TestDialUnknownName(t *testing.T) {
	w := simulated(t)
	nowhere := &net.DNSError{Err: "no such host", Name: "example.com", IsNotFound: true}
	for _, tt := range []struct {
		err  error
		want string
	}{
		{nowhere, "client closed dial tcp: lookup example.com: no such host"},
		{nil, "client closed dial tcp: no suitable address"},
	} {
		w.k.resolve = func(string) ([]net.Addr, error) { return nil, tt.err }
		_, err := core.Dial(w.l, "tcp", "example.com:25", w.noting("client"), core.Readable)
		require.NoError(t, err)
		w.check()
		w.settle()
		w.check(tt.want)
	}
}

// A connection that is closed while it is being made is closed like any other; the attempt has no
// effect any more.
func TestCloseWhileConnecting(t *testing.T) {
	everywhere(t, func(w *world) {
		ln, _ := w.listen()
		c, err := core.Dial(w.l, "tcp", ln.Addr().String(), w.noting("client"), core.Readable)
		require.NoError(w, err)
		c.Close()
		w.until("the close", func() bool { return len(w.did) > 0 && w.l.Len() == 1 })
		w.settle()
		if !strings.Contains(strings.Join(w.did, ","), "client closed <nil>") ||
			strings.Contains(strings.Join(w.did, ","), "connect") {
			w.Errorf("what happened: %q, want the close and no connect", w.did)
		}
	})
}

// A connection that is closed while its name is looked up, by whatever way, is closed then; what
// the look-up finds comes too late.
func TestCloseWhileResolving(t *testing.T) {
	for _, tt := range []struct {
		name  string
		close func(w *world, c *core.Conn)
	}{
		{"Close", func(w *world, c *core.Conn) { c.Close(); w.settle() }},
		{"CloseAll", func(w *world, c *core.Conn) { w.l.CloseAll() }},
		{"Loop.Close", func(w *world, c *core.Conn) { w.l.Close() }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := simulated(t)
			var lookUp func()
			w.k.background = func(work func()) { lookUp = work }
			c, err := core.Dial(w.l, "tcp", "localhost:25", w.noting("client"), core.Readable)
			require.NoError(t, err)
			if c.LocalAddr() != nil || c.RemoteAddr() != nil {
				t.Error("a connection that is not begun has addresses")
			}
			tt.close(w, c)
			w.check("client closed <nil>")
			w.k.total()
			lookUp()
			if tt.name != "Loop.Close" {
				w.settle()
			}
			if n := w.k.total("Connect"); n > 0 {
				t.Errorf("Connect was called %d times after the close", n)
			}
			w.check()
		})
	}
}

// While the connection is being made, SetWant says what is wanted afterwards, and hampers nothing.
func TestSetWantWhileConnecting(t *testing.T) {
	for _, address := range []string{"literal", "localhost:25"} {
		w := simulated(t)
		ln, accepted := w.listen()
		if address == "literal" {
			address = ln.Addr().String()
		}
		w.names(ln.Addr().String())
		h := w.noting("client")
		c, err := core.Dial(w.l, "tcp", address, h, core.Writable)
		require.NoError(t, err)
		c.SetWant(0)
		c.SetWant(core.Readable)
		w.settle()
		if len(w.did) != 2 || c.Want() != core.Readable {
			t.Errorf("what happened: %q, Want() = %05b; want one accept, one connect, Readable", w.did,
				c.Want())
		}
		w.did = nil
		(*accepted)[0].Send([]byte("x"))
		w.turn()
		w.check("client read")
	}
}

// Deferred calls and panics of the handler are its own while the connection is being made, too.
func TestHandlerWhileConnecting(t *testing.T) {
	w := simulated(t)
	w.names("127.0.0.1:1")
	h := w.noting("client")
	c, err := core.Dial(w.l, "tcp", "localhost:25", h, core.Readable)
	require.NoError(t, err)
	c.Defer()
	h.deferred = func() {
		w.note("deferred")
		boom()
	}
	w.settle()
	w.check("deferred", "client error panic in a handler: boom",
		"client closed panic in a handler: boom")
}
