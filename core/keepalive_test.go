//go:build unix && !aix

package core_test

import (
	"context"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/simkernel"
)

// keepAlive returns the options of a connection: on or off, and the seconds and the count if on.
func keepAlive(w *world, c *core.Conn) (values [4]int) {
	w.Helper()
	for i, o := range []core.SocketOption{core.KeepAlive, core.KeepAliveIdle,
		core.KeepAliveInterval, core.KeepAliveCount} {
		v, err := c.Option(o)
		require.NoError(w, err)
		if i == 0 && v != 0 {
			v = 1
		}
		if values[i] = v; v == 0 {
			break
		}
	}
	return values
}

// W12: TCP keep-alive is on at both ends, as package net has it, and can be set and turned off.
func TestKeepAlive(t *testing.T) {
	config := net.KeepAliveConfig{Enable: true, Idle: 1500 * time.Millisecond, Count: 3}
	for _, tt := range []struct {
		name   string
		config net.KeepAliveConfig
		want   [4]int
	}{
		{"by default", net.KeepAliveConfig{}, [4]int{1, 15, 15, 9}},
		{"set", config, [4]int{1, 2, 15, 3}},
		{"off", core.NoKeepAlive, [4]int{}},
	} {
		onSystem(t, func(w *world) {
			var accepted []*core.Conn
			h := &handler{accepted: func(c *core.Conn) {
				accepted = append(accepted, c)
				w.note("accepted")
			}}
			opened, err := core.ListenConfig{}.Open("tcp", "127.0.0.1:0")
			require.NoError(w, err)
			defer opened.Close()
			early, err := net.Dial("tcp", opened.Addr().String()) // it cannot inherit what is set below
			require.NoError(w, err)
			defer early.Close()
			ln, err := core.ListenConfig{KeepAlive: tt.config}.Adopt(w.l, opened, h)
			require.NoError(w, err)
			dialer := core.Dialer{KeepAlive: tt.config}
			c, err := dialer.Dial(context.Background(), w.l, "tcp", ln.Addr().String(),
				w.noting("client"), core.Readable)
			require.NoError(w, err)
			w.untilNoted(3)
			require.Equal(w, tt.want, keepAlive(w, c), "%s: dialled", tt.name)
			require.Len(w, accepted, 2)
			require.Equal(w, tt.want, keepAlive(w, accepted[0]), "%s: waited", tt.name)
			require.Equal(w, tt.want, keepAlive(w, accepted[1]), "%s: accepted", tt.name)
			for _, c := range accepted {
				c.Close()
			}
		})
	}
}

// An optioned kernel counts what its listener asks for and sets. If it is forgetful, a connection
// inherits no option of its listener.
type optioned struct {
	*simkernel.Kernel
	forgetful  bool
	asked, set int
}

func (k *optioned) Accept(fd int) (int, netip.AddrPort, error) {
	conn, peer, err := k.Kernel.Accept(fd)
	if err == nil && k.forgetful {
		k.Kernel.SetOption(conn, core.KeepAlive, 0)
	}
	return conn, peer, err
}

func (k *optioned) Option(fd int, o core.SocketOption) (int, error) {
	k.asked++
	return k.Kernel.Option(fd, o)
}

func (k *optioned) SetOption(fd int, o core.SocketOption, value int) error {
	k.set++
	return k.Kernel.SetOption(fd, o, value)
}

// W12: whether connections inherit keep-alive is asked once. Where they do not, each is given it.
func TestKeepAliveInheritance(t *testing.T) {
	for _, forgetful := range []bool{false, true} {
		w := simulated(t)
		k := &optioned{Kernel: w.sim, forgetful: forgetful}
		w.k.Kernel = k
		var last *core.Conn
		h := &handler{accepted: func(c *core.Conn) { last = c }}
		ln, err := core.Listen(w.l, "tcp", "127.0.0.1:0", h)
		require.NoError(t, err)
		for i := range 4 {
			k.asked, k.set = 0, 0
			fd, err := w.sim.Connect("tcp", nil, ln.Addr())
			require.NoError(t, err)
			w.own(fd)
			w.settle()
			asked, set := 0, 0
			if i == 1 {
				asked = 1
			}
			if i == 0 || forgetful {
				set = 4 // the first may be older than the listener
			}
			if k.asked != asked || k.set != set {
				t.Errorf("forgetful %t, connection %d: asked %d times, set %d options, want %d, %d", forgetful,
					i, k.asked, k.set, asked, set)
			}
			require.Equal(t, [4]int{1, 15, 15, 9}, keepAlive(w, last), "forgetful %t, connection %d",
				forgetful, i)
			last.Close()
		}
		ln.Close()
		w.settle()
	}
}
