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

// A connection that is reset while its handler wants nothing closes with an error that says the
// operation, the network and the address of the peer, once each (W35).
func TestResetWhileNothingIsWanted(t *testing.T) {
	for name, connect := range map[string]func(*world, *net.TCPListener, any) *core.Conn{
		"dialled": func(w *world, ln *net.TCPListener, h any) *core.Conn {
			c, err := core.Dial(w.l, "tcp", ln.Addr().String(), h, 0)
			require.NoError(w, err)
			return c
		},
		"adopted": func(w *world, ln *net.TCPListener, h any) *core.Conn {
			conn, err := net.Dial("tcp", ln.Addr().String())
			require.NoError(w, err)
			defer conn.Close()
			c, err := core.Adopt(w.l, conn)
			require.NoError(w, err)
			require.NoError(w, c.Attach(h, 0))
			return c
		},
	} {
		t.Run(name, func(t *testing.T) {
			onSystem(t, func(w *world) {
				ln, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
				require.NoError(w, err)
				defer ln.Close()
				var reason error
				h := w.noting("c")
				h.closed = func(err error) { reason = err; w.note("closed") }
				c := connect(w, ln, h)
				peer, err := ln.AcceptTCP()
				require.NoError(w, err)
				w.until("the connection is made", func() bool { return c.RemoteAddrPort().IsValid() })
				require.NoError(w, peer.SetLinger(0))
				peer.Close()
				w.until("the reset is seen", func() bool { return reason != nil })
				var op *net.OpError
				require.True(w, errors.As(reason, &op), "%v", reason)
				require.Equal(w, ln.Addr().String(), op.Addr.String())
				require.ErrorIs(w, reason, syscall.ECONNRESET)
				require.Equal(w, 1, strings.Count(reason.Error(), "tcp"), "%v", reason)
				require.NotContains(w, reason.Error(), "poll")
			})
		})
	}
}
