//go:build unix && !aix

package poll

import (
	"math"
	"time"

	"golang.org/x/sys/unix"

	"github.com/go-asynchat/asynchat/core/kernel"
)

// poll is the Poller on poll(2). It works everywhere; a Wait costs O(descriptors), which makes it
// the fallback, and the second opinion in tests.
type poll struct {
	fds    []unix.PollFd // the first is the waker's
	tokens []uint64
	index  map[int]int // of a descriptor in fds
	waker  pipe
	next   int // where the last Wait had to stop for want of room
}

func newPoll() (kernel.Poller, error) {
	w, err := newPipe()
	if err != nil {
		return nil, kernel.OpError("open", "pipe", "poll", nil, err)
	}
	return &poll{
		fds:    []unix.PollFd{{Fd: int32(w.r), Events: unix.POLLIN}},
		tokens: []uint64{0},
		index:  make(map[int]int),
		waker:  w,
	}, nil
}

func (p *poll) Name() string { return "poll" }

func (p *poll) Add(fd int, token uint64, want kernel.Ready) error {
	if _, ok := p.index[fd]; ok {
		return unix.EEXIST
	}
	p.index[fd] = len(p.fds)
	p.fds = append(p.fds, unix.PollFd{Fd: int32(fd), Events: pollEvents(want)})
	p.tokens = append(p.tokens, token)
	return nil
}

func (p *poll) Modify(fd int, token uint64, want kernel.Ready) error {
	i, ok := p.index[fd]
	if !ok {
		return unix.ENOENT
	}
	p.fds[i].Events, p.tokens[i] = pollEvents(want), token
	return nil
}

func (p *poll) Remove(fd int) error {
	i, ok := p.index[fd]
	if !ok {
		return unix.ENOENT
	}
	last := len(p.fds) - 1
	p.fds[i], p.tokens[i] = p.fds[last], p.tokens[last]
	p.index[int(p.fds[i].Fd)] = i
	delete(p.index, fd)
	p.fds, p.tokens = p.fds[:last], p.tokens[:last]
	return nil
}

func (p *poll) Wait(events []kernel.Event, timeout time.Duration) (int, error) {
	n, err := unix.Poll(p.fds, milliseconds(timeout))
	if err == unix.EINTR {
		return 0, nil
	}
	if err != nil {
		return 0, kernel.OpError("wait", "poll", "poll", nil, err)
	}
	if n > 0 && p.fds[0].Revents != 0 {
		p.waker.drain()
		n--
	}
	// Begin behind where the last Wait ended, or the first descriptors could keep the others waiting.
	stored, all := 0, len(p.fds)-1
	if all == 0 || n == 0 {
		return 0, nil
	}
	start := p.next % all
	for k := range all {
		i := 1 + (start+k)%all
		if p.fds[i].Revents == 0 {
			continue
		}
		if stored == len(events) {
			p.next = i - 1
			break
		}
		events[stored] = kernel.Event{Token: p.tokens[i], Ready: pollReady(p.fds[i].Revents)}
		stored++
	}
	return stored, nil
}

func pollEvents(want kernel.Ready) (bits int16) {
	if want&kernel.Readable != 0 {
		bits |= unix.POLLIN
	}
	if want&kernel.Writable != 0 {
		bits |= unix.POLLOUT
	}
	if want&kernel.Priority != 0 {
		bits |= unix.POLLPRI
	}
	return bits
}

func pollReady(bits int16) (r kernel.Ready) {
	if bits&unix.POLLIN != 0 {
		r |= kernel.Readable
	}
	if bits&unix.POLLOUT != 0 {
		r |= kernel.Writable
	}
	if bits&unix.POLLPRI != 0 {
		r |= kernel.Priority
	}
	if bits&unix.POLLHUP != 0 {
		r |= kernel.HangUp
	}
	if bits&(unix.POLLERR|unix.POLLNVAL) != 0 {
		r |= kernel.Failed
	}
	return r
}

func (p *poll) Wake() error { return p.waker.wake() }

func (p *poll) Close() error { return p.waker.close() }

// milliseconds rounds up, so that a Wait does not end before its time and spin until it comes.
func milliseconds(d time.Duration) int {
	if d < 0 {
		return -1
	}
	if d > math.MaxInt32*time.Millisecond {
		return math.MaxInt32
	}
	return int((d + time.Millisecond - 1) / time.Millisecond)
}
