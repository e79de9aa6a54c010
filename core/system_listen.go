//go:build unix && !aix

package core

import (
	"context"
	"errors"
	"net"
	"os"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Listen leaves the parsing of addresses and dual stack to package net, and keeps a duplicate of the descriptor that it opened.
func (s *system) Listen(config ListenConfig, network, address string) (int, net.Addr, error) {
	fd, addr, err := s.listen(config, network, address)
	if config.ReplaceStale && errors.Is(err, unix.EADDRINUSE) && removeStale(network, address) {
		fd, addr, err = s.listen(config, network, address)
	}
	return fd, addr, err
}

func (s *system) listen(config ListenConfig, network, address string) (fd int, addr net.Addr, err error) {
	opened, addr, err := netListen(config, network, address)
	if err != nil {
		return -1, nil, err
	}
	defer opened.Close()
	fd, err = s.Adopt(opened)
	if err == nil && strings.HasPrefix(network, "unix") {
		err = s.ownFile(fd, addr.String(), config)
	}
	if err == nil && config.Backlog > 0 && !isDatagram(network) {
		err = unix.Listen(fd, config.Backlog)
	}
	if err == nil {
		return fd, addr, nil
	}
	if fd >= 0 {
		s.Close(fd)
	}
	return -1, nil, opError("listen", "listen", network, addr, err)
}

type closer interface{ Close() error }

// netListen opens the socket. The file of a Unix socket stays when package net closes its descriptor.
func netListen(config ListenConfig, network, address string) (closer, net.Addr, error) {
	lc := net.ListenConfig{Control: func(_, _ string, rc syscall.RawConn) error { return setUp(rc, config, network) }}
	if isDatagram(network) {
		c, err := lc.ListenPacket(context.Background(), network, address)
		if err != nil {
			return nil, nil, err
		}
		return c, c.LocalAddr(), nil
	}
	ln, err := lc.Listen(context.Background(), network, address)
	if err != nil {
		return nil, nil, err
	}
	if u, ok := ln.(*net.UnixListener); ok {
		u.SetUnlinkOnClose(false)
	}
	return ln, ln.Addr(), nil
}

// setUp does what has to be done before the socket is bound.
func setUp(rc syscall.RawConn, config ListenConfig, network string) (err error) {
	control := rc.Control(func(ufd uintptr) {
		fd := int(ufd)
		if config.ReusePort {
			err = reusePort(fd)
		}
		if config.ReuseAddr && err == nil {
			err = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1)
		}
		if config.Mode != 0 && strings.HasPrefix(network, "unix") {
			unix.Fchmod(fd, uint32(config.Mode.Perm())) // on Linux the file is never more open than that, not even for a moment
		}
	})
	return errors.Join(control, err)
}

// ownFile gives the file of a Unix socket its permissions, and has it removed with the socket, as package net does.
func (s *system) ownFile(fd int, path string, config ListenConfig) error {
	s.removeAtClose(fd, path)
	if config.Mode == 0 || strings.HasPrefix(path, "@") {
		return nil
	}
	return os.Chmod(path, config.Mode.Perm())
}

// removeAtClose has the file of a Unix socket removed with it. "" and "@…" are no files.
func (s *system) removeAtClose(fd int, path string) {
	if path != "" && !strings.HasPrefix(path, "@") {
		s.atClose(fd, func() { os.Remove(path) })
	}
}

// removeStale removes the file of a Unix socket if nobody listens on it, and reports whether it did.
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
