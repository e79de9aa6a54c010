//go:build darwin || dragonfly || freebsd || netbsd || openbsd || (linux && kqueuemodel)

package poll

import (
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"github.com/go-asynchat/asynchat/core/internal/sys"
	"github.com/go-asynchat/asynchat/core/kernel"
)

// kqueue is the Poller on kqueue(2). A descriptor has a filter for each thing that is wanted of it,
// level-triggered, and a quiet one (EV_CLEAR: told once for each change) where HangUp and Failed
// could not be learnt otherwise; the file poller_kqueue_watch.go says which. The kernel reports
// each filter as an event of its own, found here by the number of the descriptor: the field for
// user data has the size of a pointer, so a token does not fit into it everywhere. Nothing can be
// reported for a number that has been closed and used again, because the filters go with the
// descriptor.
type kqueue struct {
	fd      int
	waker   kqueueWaker
	always  always
	watches []watch // by descriptor
	again   []int   // descriptors whose quiet filters have told what must be told again
	raw     []keventT
	changes [2]keventT
	timeout unix.Timespec
}

func newKqueue() (kernel.Poller, error) {
	fd, err := kqueueOpen()
	if err != nil {
		return nil, kernel.OpError("open", "kqueue", "kqueue", nil, err)
	}
	p := &kqueue{fd: fd}
	if p.waker, err = newKqueueWaker(fd); err != nil {
		kqueueClose(fd)
		return nil, kernel.OpError("open", "kevent", "kqueue", nil, err)
	}
	return p, nil
}

func (p *kqueue) Name() string { return "kqueue" }

// Add costs a system call more than elsewhere: a regular file must be known by its type, kqueue is
// silent at its end.
func (p *kqueue) Add(fd int, token uint64, want kernel.Ready) error {
	if p.always.has(fd) || fd >= 0 && fd < len(p.watches) && p.watches[fd].kind != 0 {
		return unix.EEXIST
	}
	kind, err := sys.KindOf(fd)
	if err != nil {
		return err
	}
	if kind == sys.KindRegular {
		p.always.add(fd, token, want, 0)
		return nil
	}
	if err := supported(kind, want); err != nil {
		return err
	}
	if fd >= len(p.watches) {
		p.watches = slices.Grow(p.watches, fd+1-len(p.watches))[:fd+1]
	}
	w := &p.watches[fd]
	*w = watch{token: token, want: want, kind: kind}
	if err := p.arm(fd, w, false); err != nil {
		p.disarm(fd, w)
		return err
	}
	return nil
}

func (p *kqueue) Modify(fd int, token uint64, want kernel.Ready) error {
	if p.always.modify(fd, token, want) {
		return nil
	}
	w := p.find(fd)
	if w == nil {
		return unix.ENOENT
	}
	if err := supported(w.kind, want); err != nil {
		return err
	}
	w.token, w.want = token, want
	return p.arm(fd, w, false)
}

func (p *kqueue) Remove(fd int) error {
	if p.always.remove(fd) {
		return nil
	}
	w := p.find(fd)
	if w == nil {
		return unix.ENOENT
	}
	return p.disarm(fd, w)
}

func (p *kqueue) find(fd int) *watch {
	if fd < 0 || fd >= len(p.watches) || p.watches[fd].kind == 0 {
		return nil
	}
	return &p.watches[fd]
}

// arm registers the filters of a descriptor as they are to be; renew also registers the quiet ones
// anew, which makes the kernel look at once whether there is something to tell.
func (p *kqueue) arm(fd int, w *watch, renew bool) error {
	for f, to := range w.modes() {
		if w.armed[f] == to && !(renew && to == quiet) {
			continue
		}
		err := p.change(fd, w, filter(f), to)
		switch {
		case err == nil:
		case f == int(writeFilter) && w.kind == sys.KindPipeOut:
			// it has no reader any more, which some kernels say so
			p.disarm(fd, w)
			p.always.add(fd, w.token, w.want, kernel.HangUp)
			return nil
		case f == int(writeFilter) && to == quiet: // it cannot be written to at all
			w.tell(kernel.Writable, true)
		default:
			return err
		}
	}
	return nil
}

// change registers one filter. It is deleted first: to add it again would not change whether it is
// quiet.
func (p *kqueue) change(fd int, w *watch, f filter, to mode) error {
	changes := p.changes[:0]
	if w.armed[f] != off {
		changes = append(changes, f.event(fd, evDelete))
	}
	switch to {
	case level:
		changes = append(changes, f.event(fd, evAdd))
	case quiet:
		changes = append(changes, f.event(fd, evAdd|evClear))
	}
	w.armed[f] = off
	_, err := kevent(p.fd, changes, nil, nil)
	if err == unix.EINTR {
		err = nil // the changes have been made
	}
	if err == nil {
		w.armed[f] = to
	}
	return err
}

// disarm deletes the filters of a descriptor, and forgets it.
func (p *kqueue) disarm(fd int, w *watch) (err error) {
	for f, mode := range w.armed {
		if mode != off {
			if e := p.change(fd, w, filter(f), off); err == nil {
				err = e
			}
		}
	}
	if w.again {
		p.again = slices.DeleteFunc(p.again, func(other int) bool { return other == fd })
	}
	w.kind, w.again = 0, false
	return err
}

func (p *kqueue) Wait(events []kernel.Event, timeout time.Duration) (int, error) {
	p.renew()
	return p.always.wait(events, timeout, p.watched)
}

// renew makes levels of what quiet filters have told.
func (p *kqueue) renew() {
	list := p.again
	p.again = p.again[:0]
	for _, fd := range list {
		w := &p.watches[fd]
		w.again = false
		// it fails of what was closed under the poller, and has nothing to tell any more
		p.arm(fd, w, true)
	}
}

// maxTimeout is what every system takes: macOS refuses more than some weeks.
const maxTimeout = 24 * time.Hour

// watched is Wait for what kqueue watches. What only quiet filters have to say may be of no
// interest, then it goes on waiting.
func (p *kqueue) watched(events []kernel.Event, timeout time.Duration) (int, error) {
	if len(p.raw) < len(events) {
		p.raw = make([]keventT, len(events))
	}
	var end time.Time
	if timeout > 0 {
		end = time.Now().Add(timeout)
	}
	for again := false; ; again = true {
		n, err := p.receive(p.raw[:len(events)], timeout)
		if err != nil {
			return 0, err
		}
		stored, woken := p.merge(p.raw[:max(n, 0)], events)
		if stored > 0 || woken || n < 0 {
			return stored, nil
		}
		if timeout > 0 {
			timeout = max(0, time.Until(end))
		}
		// a second look, because the end of one direction made it ask for the other
		if timeout == 0 && (n == 0 || again) {
			return 0, nil
		}
	}
}

// receive returns how many events there are, -1 after a signal.
func (p *kqueue) receive(raw []keventT, timeout time.Duration) (int, error) {
	var limit *unix.Timespec
	if timeout >= 0 {
		p.timeout = unix.NsecToTimespec(int64(min(timeout, maxTimeout)))
		limit = &p.timeout
	}
	n, err := kevent(p.fd, nil, raw, limit)
	if err == unix.EINTR || err == unix.ETIMEDOUT { // macOS has been seen to say the latter
		return -1, nil
	}
	if err != nil {
		return 0, kernel.OpError("wait", "kevent", "kqueue", nil, err)
	}
	return n, nil
}

// merge makes one event of those of the same descriptor.
func (p *kqueue) merge(raw []keventT, events []kernel.Event) (stored int, woken bool) {
	for i := range raw {
		if p.waker.woke(&raw[i]) {
			woken = true
			continue
		}
		fd := int(raw[i].Ident)
		w := p.find(fd)
		if w == nil {
			continue
		}
		ready := p.note(fd, w, &raw[i])
		if ready == 0 {
			continue
		}
		if w.at == 0 {
			events[stored] = kernel.Event{Token: w.token}
			stored++
			w.at = int32(stored)
		}
		events[w.at-1].Ready |= ready
	}
	for i := range raw {
		if w := p.find(int(raw[i].Ident)); w != nil {
			w.at = 0
		}
	}
	return stored, woken
}

func (p *kqueue) Wake() error { return p.waker.wake() }

func (p *kqueue) Close() error {
	p.waker.close()
	return kqueueClose(p.fd)
}
