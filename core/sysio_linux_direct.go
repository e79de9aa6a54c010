//go:build linux && (amd64 || arm64)

package core

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Read and Write are one call from the kernel. Behind a system call a processor has lost the addresses that it returns to, and each return up a deep
// stack costs as much as a missed branch; RawSyscall alone would be three. RawSyscallNoError does not look at the result, which is negative
// for an error.

func (s *system) Read(fd int, p []byte) (int, error) {
	r, _ := unix.RawSyscallNoError(syscall.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(min(len(p), maxIO)))
	if int(r) < 0 {
		return failed(r)
	}
	return int(r), nil
}

func (s *system) Write(fd int, p []byte) (int, error) {
	r, _ := unix.RawSyscallNoError(syscall.SYS_WRITE, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(min(len(p), maxIO)))
	if int(r) < 0 {
		return failed(r)
	}
	return int(r), nil
}

func failed(r uintptr) (int, error) { return 0, syscall.Errno(-r) }
