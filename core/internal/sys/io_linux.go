package sys

import (
	"syscall"
	"unsafe"
)

// The calls of the hot path are made raw, without telling the scheduler: they are on non-blocking
// descriptors and return at once. Told, the scheduler's monitor takes the processor away from the
// loop and gives it back, at 13 to 17 % of the throughput. The price is that a garbage collection
// waits for the call, so nothing here may block, and one write is bounded.

// MaxIO bounds one read or write.
const MaxIO = 256 << 10

// Read is read(2).
func Read(fd int, p []byte) (int, error) {
	return rawIO(syscall.SYS_READ, fd, unsafe.Pointer(unsafe.SliceData(p)), min(len(p), MaxIO))
}

// Write is write(2).
func Write(fd int, p []byte) (int, error) {
	return rawIO(syscall.SYS_WRITE, fd, unsafe.Pointer(unsafe.SliceData(p)), min(len(p), MaxIO))
}

func rawIO(trap uintptr, fd int, p unsafe.Pointer, n int) (int, error) {
	r, _, errno := syscall.RawSyscall(trap, uintptr(fd), uintptr(p), uintptr(n))
	if errno != 0 {
		return 0, errno
	}
	return int(r), nil
}

// Writev is writev(2).
func Writev(fd int, v [][]byte) (int, error) {
	var vec [64]syscall.Iovec
	n, total := 0, 0
	for _, p := range v {
		if len(p) == 0 {
			continue
		}
		if n == len(vec) || total == MaxIO {
			break
		}
		p = p[:min(len(p), MaxIO-total)]
		total += len(p)
		vec[n].Base = unsafe.SliceData(p)
		vec[n].SetLen(len(p))
		n++
	}
	return rawIO(syscall.SYS_WRITEV, fd, unsafe.Pointer(&vec[0]), n)
}
