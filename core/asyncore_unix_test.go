//go:build unix && !aix

package core_test

import (
	"errors"
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/go-asynchat/asynchat/core"
)

// S17, B1: select(2) knows descriptors below 1024 only.
func TestLargeDescriptor(t *testing.T) {
	onSystem(t, func(w *world) {
		near, far := w.descriptors()
		w.own(far)
		large, err := unix.FcntlInt(uintptr(near), unix.F_DUPFD_CLOEXEC, 1100)
		w.k.Kernel.Close(near)
		if err != nil {
			w.Skipf("no descriptor above 1100: %v", err)
		}
		c := core.NewConn(w.l, large)
		h := w.noting("a")
		h.read = func() {
			n, err := c.Recv(w.l.ReadBuffer())
			w.note("%d %v", n, err)
			c.Close()
		}
		require.NoError(w, c.Attach(h, core.Readable))
		w.send(far, "hello")
		w.untilNoted(2)
		w.check("5 <nil>", "a closed <nil>")
	})
}

// S82: core makes no stream socket that is neither connected nor connecting. One made elsewhere is
// at its end from the beginning: its first read fails, and there is no HandleConnect.
func TestUnconnectedSocket(t *testing.T) {
	onSystem(t, func(w *world) {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
		require.NoError(w, err)
		require.NoError(w, unix.SetNonblock(fd, true))
		c := core.NewConn(w.l, fd)
		h := w.noting("a")
		h.read = func() {
			_, err := c.Recv(w.l.ReadBuffer())
			w.note("read, ENOTCONN is %t", errors.Is(err, syscall.ENOTCONN))
			c.CloseWith(err)
		}
		h.closed = func(error) { w.note("closed") }
		require.NoError(w, c.Attach(h, core.Readable))
		w.untilNoted(2)
		w.check("read, ENOTCONN is true", "closed")
	})
}

// S106, S107: of a pipe the other end of which is gone, no error can be asked for. It is told all
// the same, also to one who wants nothing.
func TestPipeWithoutReader(t *testing.T) {
	onSystem(t, func(w *world) {
		in, out, err := os.Pipe()
		require.NoError(w, err)
		c, err := core.Adopt(w.l, out)
		require.NoError(w, err)
		out.Close()
		h := w.noting("pipe")
		h.closed = func(err error) { w.note("closed, %v", err) }
		require.NoError(w, c.Attach(h, 0))
		if _, err := c.Option(core.ReceiveBuffer); !errors.Is(err, syscall.ENOTSOCK) {
			w.Errorf("Option of a pipe: %v, want ENOTSOCK", err)
		}
		w.settle()
		w.check()
		in.Close()
		w.untilNoted(1)
		w.check("closed, read: " + syscall.EPIPE.Error())
	})
}
