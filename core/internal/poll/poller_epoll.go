//go:build linux

package poll

import (
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/go-asynchat/asynchat/core/kernel"
)

// epoll is the Poller on epoll(7), level-triggered: a handler may leave bytes unread. The token is
// kept in the event's data.
type epoll struct {
	fd      int
	waker   eventfd
	always  always
	events  []unix.EpollEvent
	parking parking
}

const wakeToken = ^uint64(0)

func newEpoll() (kernel.Poller, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, kernel.OpError("open", "epoll_create1", "epoll", nil, err)
	}
	p := &epoll{fd: fd}
	if p.waker, err = newEventfd(); err == nil {
		if err = p.Add(p.waker.fd, wakeToken, kernel.Readable); err == nil {
			return p, nil
		}
		p.waker.close()
	}
	unix.Close(fd)
	return nil, kernel.OpError("open", "eventfd", "epoll", nil, err)
}

func (p *epoll) Name() string { return "epoll" }

// Add finds out what cannot be watched by asking: epoll says EPERM.
func (p *epoll) Add(fd int, token uint64, want kernel.Ready) error {
	if p.always.has(fd) {
		return unix.EEXIST
	}
	err := p.control(unix.EPOLL_CTL_ADD, fd, token, want)
	if err == unix.EPERM {
		p.always.add(fd, token, want, 0)
		return nil
	}
	return err
}

func (p *epoll) Modify(fd int, token uint64, want kernel.Ready) error {
	if p.always.modify(fd, token, want) {
		return nil
	}
	return p.control(unix.EPOLL_CTL_MOD, fd, token, want)
}

func (p *epoll) Remove(fd int) error {
	if p.always.remove(fd) {
		return nil
	}
	return p.control(unix.EPOLL_CTL_DEL, fd, 0, 0)
}

func (p *epoll) control(op, fd int, token uint64, want kernel.Ready) error {
	ev := unix.EpollEvent{Fd: int32(uint32(token)), Pad: int32(uint32(token >> 32))}
	if want&kernel.Readable != 0 {
		ev.Events |= unix.EPOLLIN
	}
	if want&kernel.Writable != 0 {
		ev.Events |= unix.EPOLLOUT
	}
	if want&kernel.Priority != 0 {
		ev.Events |= unix.EPOLLPRI
	}
	_, _, errno := syscall.RawSyscall6(syscall.SYS_EPOLL_CTL, uintptr(p.fd), uintptr(op), uintptr(fd),
		uintptr(unsafe.Pointer(&ev)), 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}

func (p *epoll) Wait(events []kernel.Event, timeout time.Duration) (int, error) {
	p.countWait()
	return p.always.wait(events, timeout, p.watched)
}

// watched is Wait for what epoll watches.
func (p *epoll) watched(events []kernel.Event, timeout time.Duration) (int, error) {
	p.grow(len(events))
	n, err := p.wait(p.events[:len(events)], timeout)
	return p.report(events, n, err)
}

func (p *epoll) grow(n int) {
	if len(p.events) < n {
		p.events = make([]unix.EpollEvent, n)
	}
}

// report stores the n events that were found.
func (p *epoll) report(events []kernel.Event, n int, err error) (int, error) {
	if err == unix.EINTR {
		return 0, nil
	}
	if err != nil {
		return 0, kernel.OpError("wait", "epoll_wait", "epoll", nil, err)
	}
	stored := 0
	for _, ev := range p.events[:n] {
		token := uint64(uint32(ev.Fd)) | uint64(uint32(ev.Pad))<<32
		if token == wakeToken {
			p.waker.drain()
			continue
		}
		events[stored] = kernel.Event{Token: token, Ready: epollReady(ev.Events)}
		stored++
	}
	return stored, nil
}

func (p *epoll) wait(events []unix.EpollEvent, timeout time.Duration) (int, error) {
	if timeout != 0 {
		return unix.EpollWait(p.fd, events, milliseconds(timeout))
	}
	n, _, errno := syscall.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(p.fd),
		uintptr(unsafe.Pointer(&events[0])), uintptr(len(events)), 0, 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}

func epollReady(bits uint32) (r kernel.Ready) {
	if bits&unix.EPOLLIN != 0 {
		r |= kernel.Readable
	}
	if bits&unix.EPOLLOUT != 0 {
		r |= kernel.Writable
	}
	if bits&unix.EPOLLPRI != 0 {
		r |= kernel.Priority
	}
	if bits&unix.EPOLLHUP != 0 {
		r |= kernel.HangUp
	}
	if bits&unix.EPOLLERR != 0 {
		r |= kernel.Failed
	}
	return r
}

func (p *epoll) Wake() error { return p.waker.wake() }

func (p *epoll) Close() error {
	p.closeLot()
	p.waker.close()
	return unix.Close(p.fd)
}
