//go:build unix && !aix

package core_test

import (
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/go-asynchat/asynchat/core"
)

// What a descriptor has to undo is done when it is closed, and not when the next one with its
// number is.
func TestUndoOnce(t *testing.T) {
	onSystem(t, func(w *world) {
		path := filepath.Join(shortDir(w.T), "s")
		k := w.k.Kernel
		first, _, err := k.Listen(core.ListenConfig{}, "unix", path)
		require.NoError(w, err)
		require.NoError(w, k.Close(first))
		require.NoError(w, os.WriteFile(path, []byte("another's"), 0o600))
		var reserves []int
		for range 20 {
			next, err := k.Reserve()
			require.NoError(w, err)
			reserves = append(reserves, next)
		}
		if !slices.Contains(reserves, first) {
			w.Logf("the number %d was not given again: %v", first, reserves)
		}
		for _, fd := range reserves {
			k.Close(fd)
		}
		if _, err := os.Lstat(path); err != nil {
			w.Errorf("another's file was removed: %v", err)
		}
	})
}

// S109: an adopted descriptor shares its mode with the original. Once it is closed, that blocks
// again, if it did before.
func TestAdoptRestoresTheMode(t *testing.T) {
	for _, before := range []bool{false, true} {
		onSystem(t, func(w *world) {
			var fds [2]int
			require.NoError(w, unix.Pipe(fds[:]))
			for _, fd := range fds {
				require.NoError(w, unix.SetNonblock(fd, before))
			}
			in, out := os.NewFile(uintptr(fds[0]), "in"), os.NewFile(uintptr(fds[1]), "out")
			defer in.Close()
			defer out.Close()
			c, err := core.Adopt(w.l, in)
			require.NoError(w, err)
			h := w.noting("pipe")
			h.read = func() {
				n, err := c.Recv(w.l.ReadBuffer())
				w.note("%q %v", w.l.ReadBuffer()[:n], err)
				c.Close()
			}
			require.NoError(w, c.Attach(h, core.Readable))
			w.settle()
			if !nonblocking(w.T, fds[0]) {
				w.Error("an adopted descriptor blocks")
			}
			out.WriteString("hello")
			w.untilNoted(2)
			w.check(`"hello" <nil>`, "pipe closed <nil>")
			if got := nonblocking(w.T, fds[0]); got != before {
				w.Errorf("after the close it is non-blocking: %t, before it was %t", got, before)
			}
		})
	}
}

// The descriptor is shown, and an IPv4 connection of a socket of both versions has the options of
// IPv4.
func TestControl(t *testing.T) {
	onSystem(t, func(w *world) {
		l := w.plain()
		var c *core.Conn
		ln, err := core.Listen(l, "tcp", "[::]:0", &handler{accepted: func(got *core.Conn) { c = got }})
		if err != nil {
			w.Skipf("no IPv6: %v", err)
		}
		client, err := core.Dial(l, "tcp4", (&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1),
			Port: ln.Addr().(*net.TCPAddr).Port}).String(), nil, 0)
		require.NoError(w, err)
		w.l = l
		w.until("the connection", func() bool { return c != nil })
		require.NoError(w, c.SetOption(core.TypeOfService, 0x10))
		tos, mine := 0, 0
		if err := c.Control(func(fd uintptr) {
			tos, err = unix.GetsockoptInt(int(fd), unix.IPPROTO_IP, unix.IP_TOS)
			sa, _ := unix.Getpeername(int(fd))
			mine = sa.(*unix.SockaddrInet6).Port
		}); err != nil {
			w.Errorf("Control: %v", err)
		}
		if tos != 0x10 || err != nil {
			w.Errorf("IP_TOS of an IPv4 connection is %#x, %v, want 0x10", tos, err)
		}
		if want := client.LocalAddr().(*net.TCPAddr).Port; mine != want {
			w.Errorf("the descriptor is of a connection with port %d, want %d", mine, want)
		}
		c.Close()
		client.Close()
		w.settle()
	})
}
