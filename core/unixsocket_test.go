//go:build unix && !aix

package core_test

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/go-asynchat/asynchat/core"
)

// opened listens at path, or receives there, and returns what to close.
func opened(w *world, config core.ListenConfig, network, path string) (interface{ Close() error },
	error) {
	if network == "unixgram" {
		c, err := config.ListenPacket(w.l, network, path, nil, 0)
		if err != nil {
			return nil, err
		}
		return c, nil
	}
	ln, err := config.Listen(w.l, network, path, &handler{accepted: func(c *core.Conn) { c.Close() }})
	if err != nil {
		return nil, err
	}
	return ln, nil
}

// withUmask runs f under a umask of its own.
func withUmask(mask int, f func()) {
	defer unix.Umask(unix.Umask(mask))
	f()
}

// The file of a Unix socket has the mode that was asked for, whatever the umask is. Without one,
// the umask decides.
func TestUnixSocketMode(t *testing.T) {
	for _, network := range []string{"unix", "unixgram"} {
		onSystem(t, func(w *world) {
			for _, tt := range []struct {
				umask      int
				mode, want fs.FileMode
			}{
				{0, 0o600, 0o600},
				{0o077, 0o666, 0o666},
				{0o022, 0o660, 0o660},
				{0o077, 0, 0o700},
				{0, fs.ModeSetuid | 0o640, 0o640},
			} {
				withUmask(tt.umask, func() {
					path := filepath.Join(shortDir(w.T), "s")
					c, err := opened(w, core.ListenConfig{Mode: tt.mode}, network, path)
					require.NoError(w, err)
					info, err := os.Lstat(path)
					require.NoError(w, err)
					if got := info.Mode().Perm(); got != tt.want || info.Mode().Type() != fs.ModeSocket {
						w.Errorf("%s with Mode %v under umask %o is %v, want %v", network, tt.mode, tt.umask,
							info.Mode(), tt.want)
					}
					c.Close()
					w.settle()
					if _, err := os.Lstat(path); !os.IsNotExist(err) {
						w.Errorf("after the close: %v, want no file", err)
					}
				})
			}
		})
	}
}

// stale leaves the file of a Unix socket behind, as a process does that is killed.
func stale(w *world, network, path string) {
	w.Helper()
	if network == "unixgram" {
		c, err := net.ListenUnixgram(network, &net.UnixAddr{Name: path, Net: network})
		require.NoError(w, err)
		c.Close() // package net leaves it
	} else {
		ln, err := net.ListenUnix(network, &net.UnixAddr{Name: path, Net: network})
		require.NoError(w, err)
		ln.SetUnlinkOnClose(false)
		ln.Close()
	}
	_, err := os.Lstat(path)
	require.NoError(w, err)
}

// A file on which nobody listens is replaced if that is asked for, and only then.
func TestReplaceStale(t *testing.T) {
	for _, network := range []string{"unix", "unixgram"} {
		onSystem(t, func(w *world) {
			path := filepath.Join(shortDir(w.T), "s")
			stale(w, network, path)
			if c, err := opened(w, core.ListenConfig{}, network, path); c != nil ||
				!errors.Is(err, syscall.EADDRINUSE) {
				w.Errorf("%s beside a stale file = %v, %v, want EADDRINUSE", network, c, err)
			}
			c, err := opened(w, core.ListenConfig{ReplaceStale: true}, network, path)
			if err != nil {
				w.Fatalf("%s with ReplaceStale: %v", network, err)
			}
			client, err := net.Dial(network, path)
			if err != nil {
				w.Errorf("nobody listens at the new file: %v", err)
			} else {
				client.Close()
			}
			c.Close()
			w.settle()
			if _, err := os.Lstat(path); !os.IsNotExist(err) {
				w.Errorf("after the close: %v, want no file", err)
			}
			if _, err := opened(w, core.ListenConfig{ReplaceStale: true}, network, path); err != nil {
				w.Errorf("%s with ReplaceStale where nothing is: %v", network, err)
			}
		})
	}
}

// One on which somebody listens stays, and so does he.
func TestReplaceStaleRefusesTheLiving(t *testing.T) {
	for _, network := range []string{"unix", "unixgram"} {
		onSystem(t, func(w *world) {
			path := filepath.Join(shortDir(w.T), "s")
			_, err := opened(w, core.ListenConfig{}, network, path)
			require.NoError(w, err)
			before, err := os.Lstat(path)
			require.NoError(w, err)
			if c, err := opened(w, core.ListenConfig{ReplaceStale: true}, network, path); c != nil ||
				!errors.Is(err, syscall.EADDRINUSE) {
				w.Errorf("%s where somebody listens = %v, %v, want EADDRINUSE", network, c, err)
			}
			if after, err := os.Lstat(path); err != nil || !os.SameFile(before, after) {
				w.Errorf("the file of the living was touched: %v", err)
			}
			w.settle()
			client, err := net.Dial(network, path)
			if err != nil {
				w.Errorf("the living does not listen any more: %v", err)
			} else {
				client.Close()
			}
			w.settle()
		})
	}
}

// One who has no room for more connections is alive, too.
func TestReplaceStaleRefusesTheBusy(t *testing.T) {
	onSystem(t, func(w *world) {
		path := filepath.Join(shortDir(w.T), "s")
		busy, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
		require.NoError(w, err)
		defer unix.Close(busy)
		require.NoError(w, unix.Bind(busy, &unix.SockaddrUnix{Name: path}))
		require.NoError(w, unix.Listen(busy, 0))
		for full := false; !full; {
			fd, err := w.k.Kernel.Connect("unix", nil, &net.UnixAddr{Name: path, Net: "unix"})
			if full = err != nil; !full {
				w.own(fd)
			}
			if len(w.k.mine) > 100 {
				w.Skip("the system has room for any number")
			}
		}
		if c, err := opened(w, core.ListenConfig{ReplaceStale: true}, "unix", path); c != nil ||
			!errors.Is(err, syscall.EADDRINUSE) {
			w.Errorf("Listen where somebody is busy = %v, %v, want EADDRINUSE", c, err)
		}
		if _, err := os.Lstat(path); err != nil {
			w.Errorf("the file of the busy is gone: %v", err)
		}
	})
}

// What is no socket is never removed: a file, a directory, a link to either, a link to a stale
// socket.
func TestReplaceStaleRemovesSocketsOnly(t *testing.T) {
	for _, network := range []string{"unix", "unixgram"} {
		onSystem(t, func(w *world) {
			dir := shortDir(w.T)
			file, folder, link, socket := filepath.Join(dir, "f"), filepath.Join(dir,
				"d"), filepath.Join(dir, "l"), filepath.Join(dir, "s")
			require.NoError(w, os.WriteFile(file, []byte("precious"), 0o600))
			require.NoError(w, os.Mkdir(folder, 0o700))
			require.NoError(w, os.Symlink(file, link))
			require.NoError(w, os.Symlink(socket, link+"s"))
			stale(w, network, socket)
			for _, path := range []string{file, folder, link, link + "s"} {
				if c, err := opened(w, core.ListenConfig{ReplaceStale: true}, network, path); c != nil ||
					!errors.Is(err, syscall.EADDRINUSE) {
					w.Errorf("%s at %s = %v, %v, want EADDRINUSE", network, filepath.Base(path), c, err)
				}
				if _, err := os.Lstat(path); err != nil {
					w.Errorf("%s is gone: %v", filepath.Base(path), err)
				}
			}
			if data, err := os.ReadFile(file); string(data) != "precious" {
				w.Errorf("the file holds %q, %v", data, err)
			}
		})
	}
}

// nonblocking returns whether a descriptor is.
func nonblocking(t *testing.T, fd int) bool {
	t.Helper()
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
	require.NoError(t, err)
	return flags&unix.O_NONBLOCK != 0
}
