//go:build unix && !aix

package system

import (
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// NetConn implements kernel.Giver. Package net makes a non-blocking duplicate of the descriptor.
// Both descriptors share this mode, so closing ours must not change it.
func (s *Kernel) NetConn(fd int) (net.Conn, error) {
	dup, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	file := os.NewFile(uintptr(dup), "connection")
	defer file.Close()
	conn, err := net.FileConn(file)
	if err == nil {
		s.KeepFile(fd)
	}
	return conn, err
}
