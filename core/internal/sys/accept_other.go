//go:build unix && !(aix || dragonfly || freebsd || illumos || linux)

package sys

import (
	"net/netip"
	"syscall"

	"golang.org/x/sys/unix"
)

// The lock keeps a child that is forked in between from inheriting the descriptor.

// Accept returns the next connection, non-blocking and closed on exec, and its peer if that has an
// IP address.
func Accept(fd int) (int, netip.AddrPort, error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	conn, sa, err := unix.Accept(fd)
	if err != nil {
		return -1, netip.AddrPort{}, err
	}
	unix.CloseOnExec(conn)
	if err := unix.SetNonblock(conn, true); err != nil {
		unix.Close(conn)
		return -1, netip.AddrPort{}, err
	}
	return conn, AddrPortOf(sa), nil
}
