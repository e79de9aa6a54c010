//go:build unix && !(aix || dragonfly || freebsd || illumos || linux)

package core

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// The lock keeps a child that is forked in between from inheriting the descriptor.

func sysAccept(fd int) (int, unix.Sockaddr, error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	conn, sa, err := unix.Accept(fd)
	if err != nil {
		return -1, nil, err
	}
	return prepared(conn, sa)
}

func prepared(fd int, sa unix.Sockaddr) (int, unix.Sockaddr, error) {
	unix.CloseOnExec(fd)
	if err := unix.SetNonblock(fd, true); err != nil {
		unix.Close(fd)
		return -1, nil, err
	}
	return fd, sa, nil
}
