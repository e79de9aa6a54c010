package core_test

import (
	"errors"
	"fmt"
	"net"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/core"
)

// refused returns a connected UDP socket that has sent to where nobody is, and the address.
func (w *world) refused(h any, want core.Ready) (*core.PacketConn, net.Addr) {
	w.Helper()
	gone, addr, err := w.k.Kernel.Listen(core.ListenConfig{}, "udp", "127.0.0.1:0")
	require.NoError(w, err)
	c, err := core.DialPacket(w.l, nil, addr, h, want)
	require.NoError(w, err)
	w.k.Kernel.Close(gone)
	_, err = c.WriteTo([]byte("to nobody"), nil)
	require.NoError(w, err)
	return c, addr
}

// W41: what a peer that is not there answers is an error of one read. It ends nothing, and is told
// once.
func TestRefusedPacket(t *testing.T) {
	everywhere(t, func(w *world) {
		var c *core.PacketConn
		h := w.noting("a")
		w.reader(h, &c, 8)
		c, addr := w.refused(h, core.Readable)
		w.untilNoted(1)
		w.check(fmt.Sprintf(`"" <nil> read udp: read: %v`, syscall.ECONNREFUSED))
		w.settle()
		w.check()
		w.hears(c, addr, `"hello" `+addr.String()+" <nil>")
	})
}

// hears fails unless c hears somebody who has come to its peer's address.
func (w *world) hears(c *core.PacketConn, addr net.Addr, want string) {
	w.Helper()
	back, _, err := w.k.Kernel.Listen(core.ListenConfig{}, "udp", addr.String())
	require.NoError(w, err)
	w.sendPacket(w.own(back), c, "hello")
	w.untilNoted(1)
	w.check(want)
}

// When nothing is wanted, it neither closes the socket nor keeps the loop busy.
func TestRefusedPacketUnwanted(t *testing.T) {
	for _, silent := range []bool{false, true} {
		everywhere(t, func(w *world) {
			var c *core.PacketConn
			h := w.noting("a")
			w.reader(h, &c, 8)
			var any any = h
			if silent {
				any = struct{}{}
			}
			c, addr := w.refused(any, 0)
			w.checkNoSpin("an error that nobody waits for")
			w.check()
			if c.Closed() {
				w.Fatal("the error closed the socket")
			}
			if !silent {
				c.SetWant(core.Readable)
				w.hears(c, addr, `"hello" `+addr.String()+" <nil>")
			}
		})
	}
}

// Where there is no room, WriteTo would block, and HandleWrite tells when there is room again.
func TestWriteToWouldBlock(t *testing.T) {
	needsUnix(t)
	everywhere(t, func(w *world) {
		h := w.noting("a")
		full, _, _ := w.packets("unixgram", nil, 0)
		c, err := core.DialPacket(w.l, nil, full.LocalAddr(), h, 0)
		require.NoError(w, err)
		sent := 0
		for ; sent < 1<<16; sent++ {
			n, err := c.WriteTo([]byte("x"), nil)
			if err != nil {
				if err != core.ErrWouldBlock || n != 0 {
					w.Errorf("WriteTo without room = %d, %v, want 0, ErrWouldBlock", n, err)
				}
				break
			}
		}
		if err := core.ErrWouldBlock; !errors.Is(err, syscall.EAGAIN) {
			w.Error("ErrWouldBlock is not EAGAIN")
		}
		h.write = func() {
			n, err := c.WriteTo([]byte("at last"), nil)
			w.note("%d %v", n, err)
			c.SetWant(0)
		}
		c.SetWant(core.Writable)
		w.settle()
		w.check()
		got := 0
		w.until("all are read", func() bool {
			for {
				if _, _, err := full.ReadFrom(make([]byte, 16)); err != nil {
					return got >= sent && len(w.did) > 0
				}
				got++
			}
		})
		w.check("7 <nil>")
		w.settle()
	})
}

// Of a datagram, too, EINTR is made again, and other errors name the peer.
func TestPacketErrnos(t *testing.T) {
	w := simulated(t)
	faulty := &faultyPackets{Kernel: w.sim}
	w.k.Kernel = faulty
	c, far, addr := w.packets("udp", nil, 0)
	w.sendPacket(far, c, "hello")
	faulty.errs = []error{syscall.EINTR, syscall.EINTR}
	if n, _, err := c.ReadFrom(make([]byte, 8)); n != 5 || err != nil {
		t.Errorf("ReadFrom interrupted = %d, %v, want 5", n, err)
	}
	faulty.errs = []error{syscall.EINTR}
	if n, err := c.WriteTo([]byte("hello"), addr); n != 5 || err != nil {
		t.Errorf("WriteTo interrupted = %d, %v, want 5", n, err)
	}
	faulty.errs = []error{syscall.EHOSTUNREACH}
	_, err := c.WriteTo([]byte("hello"), addr)
	if want := "write udp " + addr.String() + ": write: " + syscall.EHOSTUNREACH.Error(); err == nil ||
		err.Error() != want {
		t.Errorf("WriteTo: %v, want %s", err, want)
	}
	faulty.errs = []error{syscall.ENOMEM}
	if _, _, err := c.ReadFrom(nil); !errors.Is(err, syscall.ENOMEM) || c.Closed() {
		t.Errorf("ReadFrom: %v, want ENOMEM, and nothing closed", err)
	}
}

// faultyPackets fails as often as it has errors.
type faultyPackets struct {
	core.Kernel
	errs []error
}

func (k *faultyPackets) fault() error {
	if len(k.errs) == 0 {
		return nil
	}
	err := k.errs[0]
	k.errs = k.errs[1:]
	return err
}

func (k *faultyPackets) ReadBatch(fd int, m []core.Datagram) (int, error) {
	if err := k.fault(); err != nil {
		return 0, err
	}
	return k.Kernel.ReadBatch(fd, m)
}

func (k *faultyPackets) WriteBatch(fd int, m []core.Datagram) (int, error) {
	if err := k.fault(); err != nil {
		return 0, err
	}
	return k.Kernel.WriteBatch(fd, m)
}
