//go:build darwin || freebsd || linux || openbsd

package system

import (
	"golang.org/x/sys/unix"

	"github.com/go-asynchat/asynchat/core/kernel"
)

// ReportLocal implements kernel.LocalReporter.
func (s *Kernel) ReportLocal(fd int) error {
	sa, err := unix.Getsockname(fd)
	switch sa.(type) {
	case *unix.SockaddrInet4:
		return unix.SetsockoptInt(fd, unix.IPPROTO_IP, reportLocal4, 1)
	case *unix.SockaddrInet6: // Linux tells of IPv4 datagrams too, by a mapped address
		return unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_RECVPKTINFO, 1)
	}
	if err == nil {
		err = kernel.ErrUnsupported
	}
	return err
}
