//go:build dragonfly || freebsd || illumos || (linux && (386 || s390x))

package core

import (
	"net/netip"

	"golang.org/x/sys/unix"
)

func sysAccept(fd int) (int, netip.AddrPort, error) {
	conn, sa, err := unix.Accept4(fd, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
	if err != nil {
		return -1, netip.AddrPort{}, err
	}
	return conn, addrPortOf(sa), nil
}
