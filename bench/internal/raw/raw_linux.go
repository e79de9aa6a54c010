// Package raw makes system calls without telling Go's scheduler, as the bound to measure against
// and the load generator need them: on non-blocking descriptors, on a thread that has nothing else
// to do.
package raw

import (
	"os"
	"runtime"
	"strconv"
	"syscall"
	"time"
	"unsafe"
)

// An Epoll is an epoll descriptor and the memory for its events.
type Epoll struct {
	fd     int
	events []syscall.EpollEvent
}

// NewEpoll returns an Epoll that returns at most n events at a time.
func NewEpoll(n int) (*Epoll, error) {
	fd, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	return &Epoll{fd, make([]syscall.EpollEvent, n)}, err
}

// Add watches fd for events, which carry index as their Fd.
func (e *Epoll) Add(fd, index int, events uint32) error {
	return e.control(syscall.EPOLL_CTL_ADD, fd, index, events)
}

// Modify changes what Add has set.
func (e *Epoll) Modify(fd, index int, events uint32) error {
	return e.control(syscall.EPOLL_CTL_MOD, fd, index, events)
}

func (e *Epoll) control(op, fd, index int, events uint32) error {
	ev := syscall.EpollEvent{Events: events, Fd: int32(index)}
	_, _, errno := syscall.RawSyscall6(syscall.SYS_EPOLL_CTL, uintptr(e.fd), uintptr(op), uintptr(fd),
		uintptr(unsafe.Pointer(&ev)), 0, 0)
	return orNil(errno)
}

// Wait waits ms milliseconds for events; 0 does not wait, -1 waits forever. The result is valid
// until the next call. It first queries without waiting, because the scheduler must know of a wait.
func (e *Epoll) Wait(ms int) ([]syscall.EpollEvent, error) {
	trap, fd, p, n := uintptr(syscall.SYS_EPOLL_PWAIT), uintptr(e.fd),
		uintptr(unsafe.Pointer(&e.events[0])), uintptr(len(e.events))
	defer runtime.KeepAlive(e)
	got, _, errno := syscall.RawSyscall6(trap, fd, p, n, 0, 0, 0)
	for ms != 0 && (errno == 0 && got == 0 || errno == syscall.EINTR) {
		got, _, errno = syscall.Syscall6(trap, fd, p, n, uintptr(ms), 0, 0)
		if errno == 0 {
			break
		}
	}
	if errno != 0 {
		return nil, errno
	}
	return e.events[:got], nil
}

// Read reads once.
func Read(fd int, p []byte) (int, error) { return io(syscall.SYS_READ, fd, p) }

// Write writes once.
func Write(fd int, p []byte) (int, error) { return io(syscall.SYS_WRITE, fd, p) }

func io(trap uintptr, fd int, p []byte) (int, error) {
	n, _, errno := syscall.RawSyscall(trap, uintptr(fd),
		uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)))
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}

func orNil(errno syscall.Errno) error {
	if errno != 0 {
		return errno
	}
	return nil
}

// Sleep blocks the thread for d, to within some microseconds.
func Sleep(d time.Duration) {
	ts := syscall.NsecToTimespec(int64(d))
	syscall.RawSyscall(syscall.SYS_NANOSLEEP, uintptr(unsafe.Pointer(&ts)), 0, 0)
}

// CPU returns the processor time that all threads of a process have used, to the nanosecond.
func CPU(pid int) (time.Duration, error) {
	var ts syscall.Timespec
	clock := ^pid<<3 | 2 // the kernel's number for the scheduler's clock of a process
	_, _, errno := syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, uintptr(clock),
		uintptr(unsafe.Pointer(&ts)), 0)
	return time.Duration(ts.Nano()), orNil(errno)
}

// Pin lets the calling thread, which must be locked, and the processes that it starts run on these
// cores only.
func Pin(cores ...int) error {
	var mask [16]uint64
	for _, c := range cores {
		mask[c/64] |= 1 << (c % 64)
	}
	_, _, errno := syscall.RawSyscall(syscall.SYS_SCHED_SETAFFINITY, 0, unsafe.Sizeof(mask),
		uintptr(unsafe.Pointer(&mask)))
	return orNil(errno)
}

// GiveWay lets the threads of this process, and those that they begin, run only while nothing else
// wants their cores (SCHED_IDLE).
func GiveWay() error { return schedule(5, 0) }

// GoFirst lets them run before all else (SCHED_FIFO), for which a privilege is needed.
func GoFirst() error { return schedule(1, 1) }

func schedule(policy uintptr, priority int32) error {
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return err
	}
	for _, t := range threads {
		tid, _ := strconv.Atoi(t.Name())
		_, _, errno := syscall.RawSyscall(syscall.SYS_SCHED_SETSCHEDULER, uintptr(tid), policy,
			uintptr(unsafe.Pointer(&priority)))
		if errno != 0 {
			return errno
		}
	}
	return nil
}

// Cores returns the cores on which the calling thread may run.
func Cores() []int {
	var mask [16]uint64
	n, _, errno := syscall.RawSyscall(syscall.SYS_SCHED_GETAFFINITY, 0, unsafe.Sizeof(mask),
		uintptr(unsafe.Pointer(&mask)))
	if errno != 0 {
		return nil
	}
	var cores []int
	for c := range int(n) * 8 {
		if mask[c/64]&(1<<(c%64)) != 0 {
			cores = append(cores, c)
		}
	}
	return cores
}
