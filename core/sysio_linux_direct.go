//go:build linux && (amd64 || arm64)

package core

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// rawIO makes a system call that cannot block. RawSyscall would be two calls more: on the way back from the kernel a processor has lost the
// addresses that it returns to, and each return costs as much as a missed branch. This one does not look at the result, which is negative for an error.
func rawIO(trap uintptr, fd int, p unsafe.Pointer, n int) (int, error) {
	r, _ := unix.RawSyscallNoError(trap, uintptr(fd), uintptr(p), uintptr(n))
	if int(r) < 0 {
		return 0, syscall.Errno(-r)
	}
	return int(r), nil
}
