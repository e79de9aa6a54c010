//go:build linux && !amd64 && !arm64

package core

import (
	"syscall"
	"unsafe"
)

func rawIO(trap uintptr, fd int, p unsafe.Pointer, n int) (int, error) {
	r, _, errno := syscall.RawSyscall(trap, uintptr(fd), uintptr(p), uintptr(n))
	if errno != 0 {
		return 0, errno
	}
	return int(r), nil
}
