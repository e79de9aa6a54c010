//go:build unix && !aix

package core_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/go-asynchat/asynchat/core"
)

// S51, B30: what the kernel hands out does not block, and no child inherits it, whatever it was
// made of.
func TestDescriptorFlags(t *testing.T) {
	k, err := core.System("")
	require.NoError(t, err)
	var fds [2]int
	require.NoError(t, unix.Pipe(fds[:]))
	in, out := os.NewFile(uintptr(fds[0]), "in"), os.NewFile(uintptr(fds[1]), "out")
	defer in.Close()
	defer out.Close()

	adopted, err := k.Adopt(in)
	require.NoError(t, err)
	ln, addr, err := k.Listen(core.ListenConfig{}, "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	near, err := k.Connect("tcp", nil, addr)
	require.NoError(t, err)
	w := newWorld(t, k)
	w.arrive(ln)
	far, _, err := k.Accept(ln)
	require.NoError(t, err)
	for what, fd := range map[string]int{"Adopt": adopted, "Listen": ln, "Connect": near,
		"Accept": far} {
		defer k.Close(fd)
		if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0); err != nil ||
			flags&unix.O_NONBLOCK == 0 {
			t.Errorf("%s: flags %#o, %v, want non-blocking", what, flags, err)
		}
		if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err != nil ||
			flags&unix.FD_CLOEXEC == 0 {
			t.Errorf("%s: flags %#o, %v, want close on exec", what, flags, err)
		}
		if what == "Adopt" {
			continue
		}
		if on, err := unix.GetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY); err != nil || on == 0 {
			t.Errorf("%s: TCP_NODELAY is %d, %v, want on", what, on, err)
		}
	}
}

// The file of a Unix socket goes with the listener, so that the next one can take its place.
func TestUnixSocketFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "socket")
	for range 2 {
		l, err := core.New()
		require.NoError(t, err)
		_, err = core.Listen(l, "unix", name, nil)
		require.NoError(t, err)
		if _, err := os.Stat(name); err != nil {
			t.Errorf("while it listens: %v", err)
		}
		l.Close()
		if _, err := os.Stat(name); !os.IsNotExist(err) {
			t.Errorf("after the close: %v, want no file", err)
		}
	}
}
