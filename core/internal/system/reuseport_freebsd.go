package system

import "golang.org/x/sys/unix"

// SO_REUSEPORT alone gives every connection to the socket that came last.
func reusePort(fd int) error {
	return unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEPORT_LB, 1)
}
