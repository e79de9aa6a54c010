package system

import "golang.org/x/sys/unix"

// peerPID returns 0 if the system does not tell.
func peerPID(fd int) int {
	pid, _ := unix.GetsockoptInt(fd, unix.SOL_LOCAL, unix.LOCAL_PEERPID)
	return pid
}
