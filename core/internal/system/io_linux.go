//go:build linux && !386 && !s390x

package system

import (
	"syscall"
	"unsafe"

	"github.com/go-asynchat/asynchat/core/internal/sys"
)

// Read and Write are recv(2) and send(2), a shorter way through the kernel than read(2) and
// write(2), at 1 to 2 % of an echo. What is no socket says so, and is read and written then: a
// pipe, or a terminal, that was adopted. RawSyscall6 is one call less than RawSyscall: behind a
// system call a processor has lost the addresses that it returns to, and each return costs as much
// as a missed branch.

func (s *Kernel) Read(fd int, p []byte) (int, error) {
	n, _, errno := syscall.RawSyscall6(syscall.SYS_RECVFROM, uintptr(fd),
		uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(min(len(p), sys.MaxIO)), 0, 0, 0)
	switch errno {
	case 0:
		return int(n), nil
	case syscall.ENOTSOCK:
		return sys.Read(fd, p)
	}
	return 0, errno
}

func (s *Kernel) Write(fd int, p []byte) (int, error) {
	n, _, errno := syscall.RawSyscall6(syscall.SYS_SENDTO, uintptr(fd),
		uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(min(len(p), sys.MaxIO)),
		syscall.MSG_NOSIGNAL, 0, 0)
	switch errno {
	case 0:
		return int(n), nil
	case syscall.ENOTSOCK:
		return sys.Write(fd, p)
	}
	return 0, errno
}
