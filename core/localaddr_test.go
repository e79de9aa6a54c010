package core_test

import (
	"errors"
	"net"
	"net/netip"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/kernel"
)

// M7: a socket on all addresses answers from the one that it was asked at.
func TestReportLocal(t *testing.T) {
	everywhere(t, func(w *world) {
		w.l = w.plain()
		for _, tt := range []struct{ network, all, to string }{
			{"udp4", "0.0.0.0:0", "127.0.0.2"},
			{"udp6", "[::]:0", "::1"},
			{"udp", "[::]:0", "127.0.0.2"},
		} {
			if runtime.GOOS != "linux" && tt.to == "127.0.0.2" {
				tt.to = "127.0.0.1"
			}
			var c *core.PacketConn
			h := w.noting("server")
			h.read = func() {
				m := []core.Datagram{{Data: make([]byte, 64)}}
				if _, err := c.ReadBatch(m); err != nil {
					return
				}
				w.note("%q to %v", m[0].Data, m[0].Local)
				if _, err := c.WriteBatch(m); err != nil { // with the same addresses
					w.Error(err)
				}
			}
			c, err := core.ListenPacket(w.l, tt.network, tt.all, h, core.Readable)
			if err != nil && tt.all == "[::]:0" {
				w.Skipf("no IPv6: %v", err)
			}
			require.NoError(w, err)
			err = c.ReportLocal()
			if _, ok := w.k.Kernel.(kernel.LocalReporter); !ok {
				require.ErrorIs(w, err, errors.ErrUnsupported)
				c.Close()
				continue
			}
			require.NoError(w, err)
			port := c.LocalAddr().(*net.UDPAddr).Port
			var asker *core.PacketConn
			a := w.noting("asker")
			w.reader(a, &asker, 64)
			to := netip.AddrPortFrom(netip.MustParseAddr(tt.to), uint16(port))
			asker, err = core.DialPacket(w.l, nil, net.UDPAddrFromAddrPort(to), a, core.Readable)
			require.NoError(w, err)
			_, err = asker.WriteTo([]byte("hello"), nil)
			require.NoError(w, err)
			w.untilNoted(2)
			w.check(`"hello" to `+tt.to, `"hello" `+to.String()+` <nil>`)
			asker.Close()
			c.Close()
			require.Equal(w, core.ErrClosed, c.ReportLocal())
			w.settle()
			w.did = nil // the closes
		}
	})
}

// M7: a Unix socket has no such address, and says so.
func TestReportLocalOfUnixSocket(t *testing.T) {
	needsUnix(t)
	everywhere(t, func(w *world) {
		w.l = w.plain()
		c, err := core.ListenPacket(w.l, "unixgram", w.somewhere("unixgram"), nil, 0)
		require.NoError(w, err)
		err = c.ReportLocal()
		require.ErrorIs(w, err, errors.ErrUnsupported)
		require.ErrorContains(w, err, "local address of datagrams")
		c.Close()
		w.settle()
	})
}
