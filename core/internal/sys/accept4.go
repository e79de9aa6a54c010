//go:build dragonfly || freebsd || illumos || (linux && (386 || s390x))

package sys

import (
	"net/netip"

	"golang.org/x/sys/unix"
)

// Accept returns the next connection, non-blocking and closed on exec, and its peer if that has an
// IP address.
func Accept(fd int) (int, netip.AddrPort, error) {
	conn, sa, err := unix.Accept4(fd, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
	if err != nil {
		return -1, netip.AddrPort{}, err
	}
	return conn, AddrPortOf(sa), nil
}
