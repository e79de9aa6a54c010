//go:build unix && !(aix || dragonfly || freebsd || illumos || linux)

package core

import (
	"net/netip"
	"syscall"

	"golang.org/x/sys/unix"
)

// The lock keeps a child that is forked in between from inheriting the descriptor.

func sysAccept(fd int) (int, netip.AddrPort, error) {
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
	return conn, addrPortOf(sa), nil
}
