//go:build kqueuemodel

package core

import (
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A model of kqueue(2) for Linux, on which the conformance suite and all other tests drive poller_kqueue.go where no BSD is at hand:
//
//	go test -tags kqueuemodel ./core
//	GOFLAGS=-tags=kqueuemodel ASYNCHAT_POLLER=kqueue go test -count=1 ./...
//
// It was written from the manual pages and from the filters of the kernels (filt_soread, filt_sowrite, pipe_kqfilter of FreeBSD,
// NetBSD, OpenBSD, DragonFly and macOS), and does what is least convenient where they differ. It proves that the poller keeps its
// contract on a kqueue that is as described, not that a system's is. With the tag kqueuebare it has neither EVFILT_USER nor
// EVFILT_EXCEPT.

type keventT struct {
	Ident  uint64
	Filter int16
	Flags  uint16
	Fflags uint32
	Data   int64
}

// The numbers are macOS's.
const (
	evRead, evWrite        = -1, -2
	modelUser, modelExcept = -10, -15
	evAdd, evDelete        = 0x1, 0x2
	evClear, evEOF         = 0x20, 0x8000
	modelTrigger, modelOOB = 0x1000000, 0x2
)

func setKevent(ev *keventT, fd, filter, flags int) {
	ev.Ident, ev.Filter, ev.Flags = uint64(fd), int16(filter), uint16(flags)
}

// A kqueueModel keeps the filters of each sort in an epoll of its own, and all of these in one that can be waited for. EV_CLEAR
// is EPOLLET: both tell once for each change.
type kqueueModel struct {
	sorts [filters]int
	user  eventfd
	turn  int           // which sort is asked first, and how often all were: the kernel promises no order
	notes map[note]bool // false: registered, and never ready
	buf   []unix.EpollEvent
}

type note struct {
	fd int
	f  filter
}

var kqueueModels sync.Map // by the descriptor of the epoll that stands for the kqueue

func kqueueOpen() (kq int, err error) {
	var fds [filters + 1]int
	for i := range fds {
		if fds[i], err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
			closeAll(fds[:i])
			return -1, err
		}
	}
	m := &kqueueModel{sorts: [filters]int(fds[1:]), notes: make(map[note]bool)}
	if m.user, err = newEventfd(); err != nil {
		closeAll(fds[:])
		return -1, err
	}
	kq = fds[0]
	for _, fd := range append(fds[1:], m.user.fd) {
		unix.EpollCtl(kq, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN})
	}
	kqueueModels.Store(kq, m)
	return kq, nil
}

func closeAll(fds []int) {
	for _, fd := range fds {
		unix.Close(fd)
	}
}

func kqueueClose(kq int) error {
	v, ok := kqueueModels.LoadAndDelete(kq)
	if !ok {
		return unix.EBADF
	}
	m := v.(*kqueueModel)
	m.user.close()
	closeAll(m.sorts[:])
	return unix.Close(kq)
}

func kevent(kq int, changes, events []keventT, timeout *unix.Timespec) (int, error) {
	v, ok := kqueueModels.Load(kq)
	if !ok {
		return 0, unix.EBADF
	}
	m := v.(*kqueueModel)
	for i := range changes {
		if err := m.change(&changes[i]); err != nil {
			return 0, err
		}
	}
	if len(events) == 0 {
		return 0, nil
	}
	var end time.Time
	if timeout != nil {
		end = time.Now().Add(time.Duration(timeout.Nano()))
	}
	for {
		if n := m.collect(events); n > 0 {
			return n, nil
		}
		var left *unix.Timespec
		if timeout != nil {
			t := unix.NsecToTimespec(max(0, int64(time.Until(end))))
			if left = &t; t.Nano() == 0 {
				return 0, nil
			}
		}
		if _, err := unix.Ppoll([]unix.PollFd{{Fd: int32(kq), Events: unix.POLLIN}}, left, nil); err != nil {
			return 0, err
		}
	}
}

func (m *kqueueModel) change(ev *keventT) error {
	n := note{fd: int(ev.Ident)}
	add := unix.EpollEvent{Fd: int32(ev.Ident)}
	switch ev.Filter {
	case modelUser:
		if ev.Fflags&modelTrigger != 0 {
			return m.user.wake()
		}
		return nil
	case evRead:
		n.f, add.Events = readFilter, unix.EPOLLIN|unix.EPOLLRDHUP
	case evWrite:
		n.f, add.Events = writeFilter, unix.EPOLLOUT
	case modelExcept:
		n.f, add.Events = exceptFilter, unix.EPOLLPRI|unix.EPOLLIN // macOS: ready for ordinary data too
	default:
		return unix.EINVAL
	}
	ready, registered := m.notes[n]
	if ev.Flags&evDelete != 0 {
		delete(m.notes, n)
		if !registered {
			return unix.ENOENT
		}
		if ready {
			return unix.EpollCtl(m.sorts[n.f], unix.EPOLL_CTL_DEL, n.fd, nil)
		}
		return nil
	}
	if registered {
		return nil // EV_CLEAR stays as it was
	}
	ready, err := attach(n)
	if err == nil && ready {
		if ev.Flags&evClear != 0 {
			add.Events |= unix.EPOLLET
		}
		err = unix.EpollCtl(m.sorts[n.f], unix.EPOLL_CTL_ADD, n.fd, &add)
	}
	if err == nil {
		m.notes[n] = ready
	}
	return err
}

// attach reports whether a filter that is added can ever be ready, or why it cannot be added.
func attach(n note) (bool, error) {
	kind, err := kindOf(n.fd)
	switch {
	case err != nil:
		return false, err
	case kind == regular:
		return false, nil // as if it were at its end
	case kind == pipeIn && n.f == writeFilter, kind == pipeOut && n.f == readFilter:
		return false, nil // FreeBSD, NetBSD: the wrong end
	case kind == pipeOut && errorPending(n.fd):
		return false, unix.EPIPE
	case kind == other && n.f == writeFilter && !writable(n.fd):
		return false, unix.EINVAL // a device that is only read
	case n.f == exceptFilter && kind != socket:
		return false, unix.EINVAL
	}
	return true, nil
}

func writable(fd int) bool {
	flags, _ := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
	return flags&unix.O_ACCMODE != unix.O_RDONLY
}

// collect stores what is ready, without waiting.
func (m *kqueueModel) collect(events []keventT) (n int) {
	if len(m.buf) < len(events) {
		m.buf = make([]unix.EpollEvent, len(events))
	}
	m.turn++
	for i := range filters + 1 {
		if n == len(events) {
			break
		}
		f := (m.turn + i) % (filters + 1)
		if f == filters {
			n += m.collectUser(events[n:])
			continue
		}
		got, _ := unix.EpollWait(m.sorts[f], m.buf[:len(events)-n], 0)
		for _, ev := range m.buf[:max(got, 0)] {
			events[n] = filter(f).told(int(ev.Fd), ev.Events)
			n++
		}
	}
	return n
}

func (m *kqueueModel) collectUser(events []keventT) int {
	var count [8]byte
	if n, _ := sysRead(m.user.fd, count[:]); n <= 0 {
		return 0
	}
	events[0] = keventT{Filter: modelUser, Flags: evClear}
	return 1
}

// told returns the event of a filter that is ready.
func (f filter) told(fd int, bits uint32) (ev keventT) {
	end := bits&unix.EPOLLHUP != 0
	switch f {
	case readFilter:
		setKevent(&ev, fd, evRead, 0)
		end = end || bits&unix.EPOLLRDHUP != 0
		data, err := unix.IoctlGetInt(fd, unix.TIOCINQ)
		if err != nil {
			data = 1 // a listener
		}
		ev.Data = int64(data)
	case writeFilter:
		setKevent(&ev, fd, evWrite, 0)
		end = end || shutDown(fd, bits)
	case exceptFilter:
		setKevent(&ev, fd, modelExcept, 0)
		if bits&unix.EPOLLPRI != 0 {
			ev.Fflags = modelOOB
			return ev
		}
	}
	if end {
		ev.Flags |= evEOF
		if bits&unix.EPOLLERR != 0 {
			ev.Fflags = uint32(syscall.ECONNRESET) // Linux does not tell which error without clearing it
		}
	}
	return ev
}

// shutDown reports whether nothing can be sent any more, which Linux does not tell of this direction alone.
func shutDown(fd int, bits uint32) bool {
	sort, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE)
	if err != nil {
		return bits&unix.EPOLLERR != 0 // a pipe without a reader
	}
	if sort != unix.SOCK_STREAM || bits&unix.EPOLLERR != 0 {
		return false
	}
	return unix.Sendto(fd, nil, unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL, nil) == unix.EPIPE
}

// errorPending reports whether an error is pending, and leaves it there. (To peek, as on a BSD, would take it.)
func errorPending(fd int) bool {
	fds := []unix.PollFd{{Fd: int32(fd)}}
	unix.Poll(fds, 0)
	return fds[0].Revents&unix.POLLERR != 0
}
