package poll

import (
	"errors"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/go-asynchat/asynchat/core/kernel"
)

// A lot is where an epoll parks: Go's own poller watches a duplicate of its descriptor, so that the
// goroutine waits as for any file, and a deadline in the past wakes it. While there is one, each
// event may wake a thread that waits for Go's poller too, so it is closed when the epoll has long
// not been parked.
type lot struct {
	file     *os.File
	raw      syscall.RawConn
	deadline time.Time // that the file has
	waits    int       // since it was last used
}

// mostWaits is after how many other waits a lot is closed.
const mostWaits = 64

// parking is the part of an epoll that is parked.
type parking struct {
	lot      atomic.Pointer[lot] // nil: none is open
	unparked atomic.Bool
	look     func(fd uintptr) bool // made once
	room     int                   // for events; then what look has found
	n        int
	err      error
}

var past = time.Unix(1, 0)

// Park implements [kernel.Parker].
func (p *epoll) Park(events []kernel.Event, timeout time.Duration) (int, error) {
	if timeout == 0 || p.openLot() == nil {
		return p.Wait(events, timeout)
	}
	return p.always.wait(events, timeout, p.park)
}

// Unpark implements [kernel.Parker].
func (p *epoll) Unpark() error {
	p.parking.unparked.Store(true)
	if l := p.parking.lot.Load(); l != nil {
		return l.file.SetReadDeadline(past)
	}
	return p.Wake() // it is opened just now, or cannot be
}

// openLot returns nil if Go's poller does not take the descriptor.
func (p *epoll) openLot() *lot {
	if l := p.parking.lot.Load(); l != nil {
		return l
	}
	fd, err := unix.FcntlInt(uintptr(p.fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	unix.SetNonblock(fd, true) // or the file is none for Go's poller
	l := &lot{file: os.NewFile(uintptr(fd), "epoll")}
	if l.raw, err = l.file.SyscallConn(); err == nil {
		err = l.file.SetReadDeadline(time.Time{})
	}
	if err != nil {
		l.file.Close()
		return nil
	}
	p.parking.look = p.lookParked
	p.parking.lot.Store(l)
	return l
}

func (p *epoll) closeLot() {
	if l := p.parking.lot.Swap(nil); l != nil {
		l.file.Close()
	}
}

// countWait is called at each wait that does not park.
func (p *epoll) countWait() {
	if l := p.parking.lot.Load(); l != nil {
		if l.waits++; l.waits > mostWaits {
			p.closeLot()
		}
	}
}

// lookParked reports whether there is something to return.
func (p *epoll) lookParked(uintptr) bool {
	k := &p.parking
	k.n, k.err = p.wait(p.events[:k.room], 0)
	return k.n > 0 || k.err != nil || k.unparked.Load()
}

// park is watched, in the lot.
func (p *epoll) park(events []kernel.Event, timeout time.Duration) (int, error) {
	if timeout == 0 {
		return p.watched(events, 0)
	}
	k, l, end := &p.parking, p.parking.lot.Load(), time.Time{}
	if timeout > 0 {
		end = time.Now().Add(timeout)
	}
	p.grow(len(events))
	l.waits, k.room, k.n, k.err = 0, len(events), 0, nil
	for {
		if err := l.setDeadline(end); err != nil {
			return p.watched(events, timeout)
		}
		err := l.raw.Read(k.look)
		switch {
		case k.n > 0 || k.err != nil:
			return p.report(events, k.n, k.err)
		case k.unparked.Swap(false):
			l.deadline = past
			return 0, nil
		case timeout > 0 && !time.Now().Before(end):
			return 0, nil
		case err != nil && !errors.Is(err, os.ErrDeadlineExceeded):
			return p.watched(events, timeout)
		}
		l.deadline = past // of an Unpark that had ended a wait before
	}
}

// setDeadline sets the deadline, if that is not what the file has: a timer is dear. One that comes
// a little early is set again then.
func (l *lot) setDeadline(end time.Time) error {
	early := end.Sub(l.deadline)
	if end.IsZero() == l.deadline.IsZero() && early >= 0 && early < time.Millisecond {
		return nil
	}
	l.deadline = end
	return l.file.SetReadDeadline(end)
}
