package kqueuemodel

import (
	"encoding/binary"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/go-asynchat/asynchat/core/internal/sys"
)

// A model keeps the filters of each sort in an epoll of its own, and all of these in one that can
// be waited for. EV_CLEAR is EPOLLET: both tell once for each change.
type model struct {
	sorts [filters]int
	user  int // an eventfd: what EVFILT_USER counts
	// which sort is asked first, and how often all were: the kernel promises no order
	turn  int
	notes map[note]bool // false: registered, and never ready
	buf   []unix.EpollEvent
}

// A filter is one of the three that a descriptor may have.
type filter uint8

const (
	readFilter filter = iota
	writeFilter
	exceptFilter
	filters = iota
)

type note struct {
	fd int
	f  filter
}

var models sync.Map // by the descriptor of the epoll that stands for the kqueue

// Open is kqueue(2).
func Open() (kq int, err error) {
	var fds [filters + 1]int
	for i := range fds {
		if fds[i], err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
			closeAll(fds[:i])
			return -1, err
		}
	}
	m := &model{sorts: [filters]int(fds[1:]), notes: make(map[note]bool)}
	if m.user, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err != nil {
		closeAll(fds[:])
		return -1, err
	}
	kq = fds[0]
	for _, fd := range append(fds[1:], m.user) {
		unix.EpollCtl(kq, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN})
	}
	models.Store(kq, m)
	return kq, nil
}

func closeAll(fds []int) {
	for _, fd := range fds {
		unix.Close(fd)
	}
}

// Close closes a kqueue.
func Close(kq int) error {
	v, ok := models.LoadAndDelete(kq)
	if !ok {
		return unix.EBADF
	}
	m := v.(*model)
	unix.Close(m.user)
	closeAll(m.sorts[:])
	return unix.Close(kq)
}

// Kevent is kevent(2).
func Kevent(kq int, changes, events []Event, timeout *unix.Timespec) (int, error) {
	v, ok := models.Load(kq)
	if !ok {
		return 0, unix.EBADF
	}
	m := v.(*model)
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
		if _, err := unix.Ppoll([]unix.PollFd{{Fd: int32(kq), Events: unix.POLLIN}}, left,
			nil); err != nil {
			return 0, err
		}
	}
}

func (m *model) change(ev *Event) error {
	n := note{fd: int(ev.Ident)}
	add := unix.EpollEvent{Fd: int32(ev.Ident)}
	switch ev.Filter {
	case User:
		if ev.Fflags&Trigger != 0 {
			return m.trigger()
		}
		return nil
	case Read:
		n.f, add.Events = readFilter, unix.EPOLLIN|unix.EPOLLRDHUP
	case Write:
		n.f, add.Events = writeFilter, unix.EPOLLOUT
	case Except:
		n.f, add.Events = exceptFilter, unix.EPOLLPRI|unix.EPOLLIN // macOS: ready for ordinary data too
	default:
		return unix.EINVAL
	}
	ready, registered := m.notes[n]
	if ev.Flags&Delete != 0 {
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
		if ev.Flags&Clear != 0 {
			add.Events |= unix.EPOLLET
		}
		err = unix.EpollCtl(m.sorts[n.f], unix.EPOLL_CTL_ADD, n.fd, &add)
	}
	if err == nil {
		m.notes[n] = ready
	}
	return err
}

// trigger counts one event of the program's own.
func (m *model) trigger() error {
	var one [8]byte
	binary.NativeEndian.PutUint64(one[:], 1)
	if _, err := sys.Write(m.user, one[:]); err != unix.EAGAIN {
		return err
	}
	return nil // counted already
}

// attach reports whether a filter that is added can ever be ready, or why it cannot be added.
func attach(n note) (bool, error) {
	kind, err := sys.KindOf(n.fd)
	switch {
	case err != nil:
		return false, err
	case kind == sys.KindRegular:
		return false, nil // as if it were at its end
	case kind == sys.KindPipeIn && n.f == writeFilter, kind == sys.KindPipeOut && n.f == readFilter:
		return false, nil // FreeBSD, NetBSD: the wrong end
	case kind == sys.KindPipeOut && ErrorPending(n.fd):
		return false, unix.EPIPE
	case kind == sys.KindOther && n.f == writeFilter && !writable(n.fd):
		return false, unix.EINVAL // a device that is only read
	case n.f == exceptFilter && kind != sys.KindSocket:
		return false, unix.EINVAL
	}
	return true, nil
}

func writable(fd int) bool {
	flags, _ := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
	return flags&unix.O_ACCMODE != unix.O_RDONLY
}

// collect stores what is ready, without waiting.
func (m *model) collect(events []Event) (n int) {
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

func (m *model) collectUser(events []Event) int {
	var count [8]byte
	if n, _ := sys.Read(m.user, count[:]); n <= 0 {
		return 0
	}
	events[0] = Event{Filter: User, Flags: Clear}
	return 1
}

// told returns the event of a filter that is ready.
func (f filter) told(fd int, bits uint32) (ev Event) {
	end := bits&unix.EPOLLHUP != 0
	switch f {
	case readFilter:
		Set(&ev, fd, Read, 0)
		end = end || bits&unix.EPOLLRDHUP != 0
		data, err := unix.IoctlGetInt(fd, unix.TIOCINQ)
		if err != nil {
			data = 1 // a listener
		}
		ev.Data = int64(data)
	case writeFilter:
		Set(&ev, fd, Write, 0)
		end = end || shutDown(fd, bits)
	case exceptFilter:
		Set(&ev, fd, Except, 0)
		if bits&unix.EPOLLPRI != 0 {
			ev.Fflags = OOB
			return ev
		}
	}
	if end {
		ev.Flags |= EOF
		if bits&unix.EPOLLERR != 0 {
			ev.Fflags = uint32(syscall.ECONNRESET) // Linux does not tell which error without clearing it
		}
	}
	return ev
}

// shutDown reports whether nothing can be sent any more, which Linux does not tell of this
// direction alone.
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

// ErrorPending reports whether an error is pending, and leaves it there. (To peek, as on a BSD,
// would take it.)
func ErrorPending(fd int) bool {
	fds := []unix.PollFd{{Fd: int32(fd)}}
	unix.Poll(fds, 0)
	return fds[0].Revents&unix.POLLERR != 0
}

// Looks returns how often a kqueue has checked its filters for readiness.
func Looks(kq int) int {
	v, _ := models.Load(kq)
	return v.(*model).turn
}
