package core_test

import (
	"errors"
	"fmt"
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/core"
)

// A Unix socket that was not bound has no name, and its peer sees none.
func TestNamelessPacket(t *testing.T) {
	needsUnix(t)
	everywhere(t, func(w *world) {
		var c *core.PacketConn
		h := w.noting("a")
		w.reader(h, &c, 8)
		c, _, _ = w.packets("unixgram", h, core.Readable)
		for _, s := range []string{"one", "two"} {
			d, err := core.DialPacket(w.l, nil, c.LocalAddr(), nil, 0)
			require.NoError(w, err)
			d.WriteTo([]byte(s), nil)
			defer d.Close()
		}
		w.untilNoted(2)
		w.check(`"one" <nil> <nil>`, `"two" <nil> <nil>`)
	})
}

func TestPacketNetworks(t *testing.T) {
	everywhere(t, func(w *world) {
		var op *net.OpError
		for _, network := range []string{"tcp", "unix", "carrier pigeon", ""} {
			c, err := core.ListenPacket(w.l, network, "127.0.0.1:0", nil, 0)
			if c != nil || !errors.As(err, &op) || op.Op != "listen" || op.Net != network {
				w.Errorf("ListenPacket(%q) = %v, %v, want a *net.OpError", network, c, err)
			}
		}
		for _, network := range datagramNetworks() {
			if ln, err := core.Listen(w.l, network, w.somewhere(network), &handler{}); ln != nil ||
				!errors.As(err, &op) {
				w.Errorf("Listen(%q) = %v, %v, want a *net.OpError", network, ln, err)
			}
			if c, err := core.Dial(w.l, network, "127.0.0.1:1", nil, 0); c != nil || !errors.As(err, &op) {
				w.Errorf("Dial(%q) = %v, %v, want a *net.OpError", network, c, err)
			}
		}
		for _, remote := range []net.Addr{nil, &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1},
			&net.UnixAddr{Name: "x", Net: "unix"}} {
			if c, err := core.DialPacket(w.l, nil, remote, nil, 0); c != nil ||
				!errors.Is(err, core.ErrUnsupported) || !errors.As(err, &op) {
				w.Errorf("DialPacket(%v) = %v, %v, want ErrUnsupported in a *net.OpError", remote, c, err)
			}
		}
		if n := w.l.Len(); n != 0 {
			w.Errorf("%d dispatchers were left", n)
		}
	})
}

// The socket is a duplicate: closing the net.PacketConn does not touch it.
func TestAdoptPacket(t *testing.T) {
	onSystem(t, func(w *world) {
		pc, err := net.ListenPacket("udp", "127.0.0.1:0")
		require.NoError(w, err)
		var c *core.PacketConn
		h := w.noting("a")
		w.reader(h, &c, 8)
		c, err = core.AdoptPacket(w.l, pc, h, core.Readable)
		require.NoError(w, err)
		pc.Close()
		far, addr, err := w.k.Kernel.Listen(core.ListenConfig{}, "udp", "127.0.0.1:0")
		require.NoError(w, err)
		w.sendPacket(w.own(far), c, "hello")
		w.untilNoted(1)
		w.check(fmt.Sprintf("%q %v <nil>", "hello", addr))

		var op *net.OpError
		if c, err := core.AdoptPacket(w.l, pc, h, 0); c != nil || !errors.As(err, &op) ||
			op.Op != "adopt" {
			w.Errorf("AdoptPacket of a closed one = %v, %v, want a *net.OpError", c, err)
		}
	})
	w := simulated(t)
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	defer pc.Close()
	if c, err := core.AdoptPacket(w.l, pc, nil, 0); c != nil || !errors.Is(err, core.ErrUnsupported) {
		t.Errorf("AdoptPacket in memory = %v, %v, want ErrUnsupported", c, err)
	}
}

// Batches of datagrams cost no memory, those with local addresses neither (M7).
func TestPacketAllocs(t *testing.T) {
	for i, local := range []string{"127.0.0.1:0", "[::]:0", "0.0.0.0:0", "[::]:0"} {
		onSystem(t, func(w *world) {
			w.l = w.plain()
			c, err := core.ListenPacket(w.l, "udp", local, nil, 0)
			if local != "127.0.0.1:0" && err != nil {
				w.Skipf("no IPv6: %v", err)
			}
			require.NoError(w, err)
			port := uint16(c.LocalAddr().(*net.UDPAddr).Port)
			out, in := make([]core.Datagram, 8), make([]core.Datagram, 8)
			var data [8][16]byte
			reports := i >= 2
			if reports && c.ReportLocal() != nil {
				w.Skip("no local addresses")
			}
			for i := range out {
				out[i] = datagram("hello, world", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: int(port)})
			}
			checkAllocs(w.T, "a batch out and in", func() {
				if n, err := c.WriteBatch(out); n != len(out) {
					w.Fatalf("WriteBatch = %d, %v", n, err)
				}
				for got := 0; got < len(out); {
					for i := range in {
						in[i].Data = data[i][:]
					}
					n, err := c.ReadBatch(in[:len(in)-got])
					if n > 0 && reports {
						out[0].Local = in[0].Local
					}
					if n > 0 && in[0].Local.IsValid() != reports {
						w.Fatalf("Local = %v", in[0].Local)
					}
					if err != nil && err != core.ErrWouldBlock {
						w.Fatal(err)
					}
					got += n
				}
			})
		})
	}
}
