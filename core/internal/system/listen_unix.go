//go:build unix && !aix

package system

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/go-asynchat/asynchat/core/kernel"
)

// Listen keeps a duplicate of the descriptor that package net opened.
func (s *Kernel) Listen(
	config kernel.ListenConfig, network, address string,
) (int, net.Addr, error) {
	opened, addr, err := listening(config.Options()).open(network, address)
	if err != nil {
		return -1, nil, err
	}
	defer opened.Close()
	fd, err := s.Adopt(opened)
	if err != nil {
		return -1, nil, kernel.OpError("listen", "dup", network, addr, err)
	}
	if u, ok := opened.(*net.UnixListener); ok {
		u.SetUnlinkOnClose(false)
	}
	if strings.HasPrefix(network, "unix") {
		s.removeAtClose(fd, addr.String())
	}
	return fd, addr, nil
}

// removeAtClose has the file of a Unix socket removed with it, as package net does, unless the path
// has another file by then: that of a successor. "" and "@…" are no files.
func (s *Kernel) removeAtClose(fd int, path string) {
	if path == "" || strings.HasPrefix(path, "@") {
		return
	}
	bound, err := os.Lstat(path)
	if err != nil {
		return
	}
	s.atClose(fd, func() {
		// The socket is open still, so nobody else can have got the number of its inode.
		if now, err := os.Lstat(path); err == nil && os.SameFile(bound, now) {
			os.Remove(path)
		}
	})
}

// KeepFile implements kernel.FileKeeper.
func (s *Kernel) KeepFile(fd int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.onClose, fd)
}

// Open listens without accepting.
func Open(options kernel.ListenOptions, network, address string) (net.Listener, error) {
	if kernel.IsDatagram(network) {
		return nil, kernel.UnknownNetwork("listen", network)
	}
	opened, _, err := listening(options).open(network, address)
	if err != nil {
		return nil, err
	}
	return opened.(net.Listener), nil
}

// listening opens sockets by its options.
type listening kernel.ListenOptions

type closer interface {
	Close() error
	SyscallConn() (syscall.RawConn, error)
}

// open returns a net.Listener or a net.PacketConn. It leaves the parsing of addresses and dual
// stack to package net.
func (o listening) open(network, address string) (closer, net.Addr, error) {
	opened, addr, err := o.netListen(network, address)
	if o.ReplaceStale && errors.Is(err, unix.EADDRINUSE) {
		unlock := lockFolder(address)
		if removeStale(network, address) {
			opened, addr, err = o.netListen(network, address)
		}
		unlock()
	}
	if err != nil {
		return nil, nil, err
	}
	if err := o.finish(opened, network, addr); err != nil {
		opened.Close()
		return nil, nil, kernel.OpError("listen", "listen", network, addr, err)
	}
	return opened, addr, nil
}

func (o listening) netListen(network, address string) (closer, net.Addr, error) {
	lc := net.ListenConfig{Control: func(version, address string, rc syscall.RawConn) error {
		err := o.prepare(rc, network)
		if err == nil && o.Control != nil {
			err = o.Control(version, address, rc)
		}
		return err
	}}
	if kernel.IsDatagram(network) {
		c, err := lc.ListenPacket(context.Background(), network, address)
		if err != nil {
			return nil, nil, err
		}
		return c.(closer), c.LocalAddr(), nil
	}
	ln, err := lc.Listen(context.Background(), network, address)
	if err != nil {
		return nil, nil, err
	}
	return ln.(closer), ln.Addr(), nil
}

// prepare does what has to be done before the socket is bound.
func (o listening) prepare(rc syscall.RawConn, network string) (err error) {
	control := rc.Control(func(ufd uintptr) {
		fd := int(ufd)
		if o.ReusePort {
			err = reusePort(fd)
		}
		if o.ReuseAddr && err == nil {
			err = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1)
		}
		if o.Mode != 0 && strings.HasPrefix(network, "unix") {
			// on Linux the file is never more open than that, not even for a moment
			unix.Fchmod(fd, uint32(o.Mode.Perm()))
		}
	})
	return errors.Join(control, err)
}

// finish does what can be done only afterwards.
func (o listening) finish(opened closer, network string, addr net.Addr) (err error) {
	if path := addr.String(); o.Mode != 0 && strings.HasPrefix(network, "unix") &&
		!strings.HasPrefix(path, "@") {
		if err := os.Chmod(path, o.Mode.Perm()); err != nil {
			return err
		}
	}
	if o.Backlog <= 0 || kernel.IsDatagram(network) {
		return nil
	}
	rc, err := opened.SyscallConn()
	if err != nil {
		return err
	}
	control := rc.Control(func(fd uintptr) { err = unix.Listen(int(fd), o.Backlog) })
	return errors.Join(control, err)
}

// lockFolder keeps others from replacing a stale socket in the same folder until unlock is called:
// of two that find it stale, the second would remove the new file of the first. A folder that may
// not be read cannot be locked.
func lockFolder(path string) (unlock func()) {
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return func() {}
	}
	for {
		if err := unix.Flock(int(folder.Fd()), unix.LOCK_EX); err != unix.EINTR {
			return func() { folder.Close() }
		}
	}
}

// removeStale removes the file of a Unix socket if nobody listens on it, and reports whether it
// did.
func removeStale(network, path string) bool {
	if info, err := os.Lstat(path); err != nil || info.Mode().Type() != os.ModeSocket {
		return false
	}
	c, err := net.DialTimeout(network, path, time.Second)
	if err == nil {
		c.Close()
		return false
	}
	return errors.Is(err, unix.ECONNREFUSED) && os.Remove(path) == nil
}
