package core_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/go-asynchat/asynchat/core"
)

// The file is never more open than its mode, not for a moment: somebody looks at it all the time
// while it comes into being.
func TestUnixSocketIsNeverMoreOpen(t *testing.T) {
	w := newWorld(t, must(core.System("")))
	dir := shortDir(t)
	withUmask(0, func() {
		for i := range 100 {
			path := filepath.Join(dir, strconv.Itoa(i))
			var done atomic.Bool
			seen := make(chan os.FileMode)
			go func() {
				most := os.FileMode(0)
				for !done.Load() {
					if info, err := os.Lstat(path); err == nil {
						most |= info.Mode().Perm()
					}
				}
				seen <- most
			}()
			c, err := opened(w, core.ListenConfig{Mode: 0o600}, "unix", path)
			done.Store(true)
			if most := <-seen; most&^0o600 != 0 {
				t.Fatalf("the file was open for a moment: %v", most)
			}
			require.NoError(t, err)
			c.Close()
			w.settle()
		}
	})
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// openPty returns both ends of a pseudo-terminal.
func openPty(t *testing.T) (master, slave *os.File) {
	t.Helper()
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Skipf("no pseudo-terminal: %v", err)
	}
	master = os.NewFile(uintptr(fd), "master")
	t.Cleanup(func() { master.Close() })
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Skipf("no pseudo-terminal: %v", err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	require.NoError(t, err)
	name := fmt.Sprintf("/dev/pts/%d", n)
	fd, err = unix.Open(name, unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Skipf("no pseudo-terminal: %v", err)
	}
	slave = os.NewFile(uintptr(fd), name)
	t.Cleanup(func() { slave.Close() })
	return master, slave
}

// S106, S109: a terminal can be adopted, and is left as it was, so that the shell that comes after
// us is not troubled.
func TestAdoptTerminal(t *testing.T) {
	onSystem(t, func(w *world) {
		master, slave := openPty(w.T)
		fd := int(slave.Fd())
		before := nonblocking(w.T, fd)
		c, err := core.Adopt(w.l, slave)
		require.NoError(w, err)
		h := w.noting("terminal")
		h.read = func() {
			n, err := c.Recv(w.l.ReadBuffer())
			w.note("%q %v", w.l.ReadBuffer()[:n], err)
		}
		require.NoError(w, c.Attach(h, core.Readable))
		master.WriteString("half a li")
		w.settle()
		w.check()
		master.WriteString("ne\n")
		w.untilNoted(1)
		w.check(`"half a line\n" <nil>`)
		if n, err := c.Send([]byte("answer")); n != 6 || err != nil {
			w.Errorf("Send = %d, %v", n, err)
		}
		c.Close()
		w.settle()
		if got := nonblocking(w.T, fd); got != before || before {
			w.Errorf("after the close it is non-blocking: %t, before it was %t", got, before)
		}
	})
}
