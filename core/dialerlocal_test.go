package core_test

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/core"
)

// The address to connect from is used; of those of a name, only what it can reach is tried.
func TestDialLocalAddr(t *testing.T) {
	everywhere(t, func(w *world) {
		ln, accepted := w.listen()
		gone, addr, err := w.k.Kernel.Listen(core.ListenConfig{}, "tcp", "127.0.0.1:0")
		require.NoError(w, err)
		w.k.Kernel.Close(gone)
		for _, local := range []*net.TCPAddr{
			addr.(*net.TCPAddr),
			{IP: net.IPv4(127, 0, 0, 1)},
			{},
		} {
			c, err := (&core.Dialer{LocalAddr: local}).Dial(t.Context(), w.l, "tcp", ln.Addr().String(),
				&handler{}, 0)
			require.NoError(w, err)
			w.until("the connection", func() bool { return c.LocalAddr() != nil && len(*accepted) > 0 })
			peer := (*accepted)[0].RemoteAddr()
			if c.LocalAddr().String() != peer.String() ||
				local.Port != 0 && peer.String() != local.String() {
				w.Errorf("from %v: LocalAddr() = %v, the peer sees %v", local, c.LocalAddr(), peer)
			}
			(*accepted)[0].SetOption(core.Linger, 0) // no TIME_WAIT
			(*accepted)[0].Close()
			*accepted = nil
			c.Close()
			w.settle()
			w.did = nil
		}
		var op *net.OpError
		c, err := (&core.Dialer{LocalAddr: ln.Addr()}).Dial(t.Context(), w.l, "tcp", ln.Addr().String(),
			&handler{}, 0)
		if c != nil || !errors.As(err, &op) {
			w.Errorf("Dial from an address in use = %v, %v, want a *net.OpError", c, err)
		}
	})
}

func TestDialLocalAddrFilters(t *testing.T) {
	addrs := []string{"[2001:db8::1]:1", "192.0.2.1:1", "[2001:db8::2]:1", "192.0.2.2:1"}
	for _, tt := range []struct {
		local *net.TCPAddr
		tried []string
	}{
		{&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}, []string{"0s 192.0.2.1:1", "250ms 192.0.2.2:1"}},
		{&net.TCPAddr{IP: net.IPv6loopback}, []string{"0s [2001:db8::1]:1", "250ms [2001:db8::2]:1"}},
		{&net.TCPAddr{Port: 7}, []string{"0s [2001:db8::1]:1", "250ms 192.0.2.1:1",
			"500ms [2001:db8::2]:1", "750ms 192.0.2.2:1"}},
	} {
		w, n := onSlowNet(t, addrs...)
		c := n.dial(core.Dialer{LocalAddr: tt.local}, "example.com:1")
		for range 8 {
			n.pass(250 * time.Millisecond)
		}
		n.checkTried(tt.tried...)
		if n.locals[0] != tt.local.String() {
			t.Errorf("connected from %q, want %v", n.locals, tt.local)
		}
		c.Close()
		n.checkQuiet(0)
		w.did = nil
	}
	w, n := onSlowNet(t, "192.0.2.1:1")
	n.dial(core.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv6loopback}}, "example.com:1")
	n.checkQuiet(0)
	n.checkTried()
	w.check("client closed dial tcp: no suitable address")
}

// The file of a Unix client's own address goes with the connection.
func TestDialLocalUnix(t *testing.T) {
	needsUnix(t)
	onSystem(t, func(w *world) {
		dir := shortDir(t)
		var peer net.Addr
		_, err := core.Listen(w.l, "unix", filepath.Join(dir, "server"),
			&handler{accepted: func(c *core.Conn) {
				peer = c.RemoteAddr()
				c.Close()
			}})
		require.NoError(w, err)
		local := &net.UnixAddr{Name: filepath.Join(dir, "client"), Net: "unix"}
		c, err := (&core.Dialer{LocalAddr: local}).Dial(t.Context(), w.l, "unix",
			filepath.Join(dir, "server"), &handler{}, 0)
		require.NoError(w, err)
		w.until("the accept", func() bool { return peer != nil })
		if peer.String() != local.String() || c.LocalAddr().String() != local.String() {
			w.Errorf("the peer sees %v, LocalAddr() = %v, want %v", peer, c.LocalAddr(), local)
		}
		c.Close()
		w.settle()
		if _, err := os.Lstat(local.Name); !os.IsNotExist(err) {
			w.Errorf("the file is left behind: %v", err)
		}
	})
}
