package core_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/core"
)

// onPackets runs f for each kernel and datagram network.
func onPackets(t *testing.T, f func(w *world, network string)) {
	for _, network := range datagramNetworks() {
		t.Run(network, func(t *testing.T) {
			everywhere(t, func(w *world) { f(w, network) })
		})
	}
}

// somewhere returns an address of the network that nobody has.
func (w *world) somewhere(network string) string {
	w.Helper()
	if network == "udp" {
		return "127.0.0.1:0"
	}
	return filepath.Join(shortDir(w.T), "s")
}

// packets returns a datagram socket on the loop, and the descriptor and address of another one.
func (w *world) packets(network string, h any, want core.Ready) (c *core.PacketConn, far int,
	addr net.Addr) {
	w.Helper()
	c, err := core.ListenPacket(w.l, network, w.somewhere(network), h, want)
	require.NoError(w, err)
	far, addr, err = w.k.Kernel.Listen(core.ListenConfig{}, network, w.somewhere(network))
	require.NoError(w, err)
	return c, w.own(far), addr
}

// sendPacket sends s from far to c.
func (w *world) sendPacket(far int, c *core.PacketConn, s string) {
	w.Helper()
	n, err := w.k.Kernel.WriteBatch(far, []core.Datagram{datagram(s, c.LocalAddr())})
	require.NoError(w, err)
	require.Equal(w, 1, n)
}

func datagram(s string, to net.Addr) core.Datagram {
	m := core.Datagram{Data: []byte(s)}
	switch a := to.(type) {
	case *net.UDPAddr:
		m.Addr = a.AddrPort()
	case *net.UnixAddr:
		m.Path = a.Name
	}
	return m
}

// receivedPacket waits for a datagram at far, and returns it.
func (w *world) receivedPacket(far int) string {
	w.Helper()
	w.arrive(far)
	m := [1]core.Datagram{{Data: make([]byte, 1<<10)}}
	n, err := w.k.Kernel.ReadBatch(far, m[:])
	require.NoError(w, err)
	require.Equal(w, 1, n)
	return string(m[0].Data)
}

// reader notes what it reads, until there is nothing more.
func (w *world) reader(h *handler, c **core.PacketConn, room int) {
	h.read = func() {
		for {
			p := make([]byte, room)
			n, from, err := (*c).ReadFrom(p)
			if errors.Is(err, core.ErrWouldBlock) {
				return
			}
			w.note("%q %v %v", p[:n], from, err)
			if err != nil && !errors.Is(err, io.ErrShortBuffer) {
				return
			}
		}
	}
}

// B54, S83: datagrams come whole and with their sender, empty ones too, which end nothing; one that
// is too long for its room says so.
func TestReadFrom(t *testing.T) {
	onPackets(t, func(w *world, network string) {
		var c *core.PacketConn
		h := w.noting("a")
		w.reader(h, &c, 6)
		c, far, addr := w.packets(network, h, core.Readable)
		if n, from, err := c.ReadFrom(make([]byte, 8)); n != 0 || from != nil ||
			err != core.ErrWouldBlock {
			w.Errorf("ReadFrom of nothing = %d, %v, %v, want ErrWouldBlock", n, from, err)
		}
		for _, s := range []string{"hello", "", "too long", "behind"} {
			w.sendPacket(far, c, s)
		}
		w.untilNoted(4)
		w.settle()
		w.check(fmt.Sprintf("%q %v <nil>", "hello", addr), fmt.Sprintf("%q %v <nil>", "", addr),
			fmt.Sprintf("%q %v short buffer", "too lo", addr), fmt.Sprintf("%q %v <nil>", "behind", addr))
		if c.Closed() {
			w.Error("a datagram closed the socket")
		}
	})
}

func TestWriteTo(t *testing.T) {
	onPackets(t, func(w *world, network string) {
		c, far, addr := w.packets(network, w.noting("a"), 0)
		for _, s := range []string{"hello", ""} {
			if n, err := c.WriteTo([]byte(s), addr); n != len(s) || err != nil {
				w.Errorf("WriteTo(%q) = %d, %v", s, n, err)
			}
			if got := w.receivedPacket(far); got != s {
				w.Errorf("%q was received, want %q", got, s)
			}
		}
		var op *net.OpError
		if n, err := c.WriteTo([]byte("x"), nil); n != 0 || !errors.As(err, &op) || op.Op != "write" ||
			op.Net != network {
			w.Errorf("WriteTo nobody = %d, %v, want a *net.OpError", n, err)
		}
		if n, err := c.WriteTo([]byte("x"), &net.TCPAddr{Port: 1}); n != 0 ||
			!errors.Is(err, core.ErrUnsupported) || !errors.As(err, &op) {
			w.Errorf("WriteTo a TCP address = %d, %v, want ErrUnsupported in a *net.OpError", n, err)
		}
		n, err := c.WriteTo(make([]byte, 4<<20), addr)
		if n != 0 || !errors.Is(err, syscall.EMSGSIZE) || !strings.Contains(err.Error(), addr.String()) {
			w.Errorf("WriteTo of 4 MiB = %d, %v, want EMSGSIZE and the address", n, err)
		}
		if c.Closed() {
			w.Error("an error of one datagram closed the socket")
		}
		w.check()
	})
}

func TestPacketBatches(t *testing.T) {
	onPackets(t, func(w *world, network string) {
		c, far, addr := w.packets(network, w.noting("a"), 0)
		out := []core.Datagram{datagram("one", addr), datagram("", addr), datagram("three", addr)}
		if n, err := c.WriteBatch(out); n != 3 || err != nil {
			w.Errorf("WriteBatch = %d, %v, want 3", n, err)
		}
		for _, m := range out {
			if got := w.receivedPacket(far); got != string(m.Data) {
				w.Errorf("%q was received, want %q", got, m.Data)
			}
		}
		in := make([]core.Datagram, 4)
		if n, err := c.ReadBatch(in); n != 0 || err != core.ErrWouldBlock {
			w.Errorf("ReadBatch of nothing = %d, %v, want ErrWouldBlock", n, err)
		}
		for _, s := range []string{"answer", ""} {
			w.sendPacket(far, c, s)
		}
		var got []string
		w.until("two datagrams", func() bool {
			for i := range in {
				in[i].Data = make([]byte, 16)
			}
			n, err := c.ReadBatch(in)
			for _, m := range in[:n] {
				got = append(got, string(m.Data))
				if want := datagram("", addr); m.Addr != want.Addr || m.Path != want.Path {
					w.Errorf("the sender is %v %q, want %v", m.Addr, m.Path, addr)
				}
			}
			return len(got) == 2 || err != nil && err != core.ErrWouldBlock
		})
		if len(got) != 2 || got[0] != "answer" || got[1] != "" {
			w.Errorf("ReadBatch received %q, want answer and an empty one", got)
		}
		if n, err := c.ReadBatch(nil); n != 0 || err != nil {
			w.Errorf("ReadBatch(nil) = %d, %v, want 0, nil", n, err)
		}
		if n, err := c.WriteBatch(nil); n != 0 || err != nil {
			w.Errorf("WriteBatch(nil) = %d, %v, want 0, nil", n, err)
		}
		w.turn()
		if s := w.l.Stats(); s.Read != 6 || s.Written != 8 {
			w.Errorf("Stats have %d bytes read, %d written, want 6, 8", s.Read, s.Written)
		}
	})
}

func TestPacketAddresses(t *testing.T) {
	onPackets(t, func(w *world, network string) {
		c, far, addr := w.packets(network, w.noting("a"), 0)
		if a := c.LocalAddr(); a == nil || a.Network() != network {
			w.Errorf("LocalAddr() = %v", a)
		}
		if a := c.RemoteAddr(); a != nil {
			w.Errorf("RemoteAddr() = %v of one that is not connected, want nil", a)
		}
		local := c.LocalAddr()
		c.Close()
		w.settle()
		w.check("a closed <nil>")
		if c.LocalAddr() != nil || c.RemoteAddr() != nil {
			w.Errorf("after the close the addresses are %v, %v", c.LocalAddr(), c.RemoteAddr())
		}
		if _, _, err := c.ReadFrom(nil); err != core.ErrClosed {
			w.Errorf("ReadFrom after Close: %v, want ErrClosed", err)
		}
		if _, err := c.WriteTo(nil, addr); err != core.ErrClosed {
			w.Errorf("WriteTo after Close: %v, want ErrClosed", err)
		}
		// The address is free again, the file of a Unix socket too.
		d, err := core.DialPacket(w.l, local, addr, w.noting("b"), 0)
		require.NoError(w, err)
		if d.LocalAddr().String() != local.String() || d.RemoteAddr().String() != addr.String() {
			w.Errorf("addresses %v, %v, want %v, %v", d.LocalAddr(), d.RemoteAddr(), local, addr)
		}
		if n, err := d.WriteTo([]byte("hello"), nil); n != 5 || err != nil {
			w.Errorf("WriteTo the peer = %d, %v", n, err)
		}
		if got := w.receivedPacket(far); got != "hello" {
			w.Errorf("%q was received", got)
		}
	})
}
