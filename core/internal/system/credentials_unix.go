//go:build darwin || freebsd || linux

package system

import (
	"golang.org/x/sys/unix"

	"github.com/go-asynchat/asynchat/core/kernel"
)

// isUnixSocket returns an error if fd is not a Unix socket: of others, some systems have
// credentials that mean nothing.
func isUnixSocket(fd int) error {
	sa, err := unix.Getsockname(fd)
	if _, ok := sa.(*unix.SockaddrUnix); !ok && err == nil {
		err = kernel.ErrUnsupported
	}
	return err
}
