package simkernel

import (
	"errors"
	"slices"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/kernel"
)

// ErrDeadlock is returned by a Wait without a timeout if no event can ever end it.
var ErrDeadlock = errors.New("simkernel: a loop waits for ever, and nothing can happen")

// A poller keeps the sockets that may be ready in a queue, so that a Wait costs O(ready). Those
// that still are go to its end, which makes it level-triggered and fair.
type poller struct {
	k     *Kernel
	queue []*watch
	woken atomic.Bool // Wake may be called from any goroutine
	past  *past       // nil: nothing was removed under faults
}

// A watch is one registration of a socket. The next one of the same socket is another watch.
type watch struct {
	poller *poller // nil: removed
	s      *socket
	token  uint64
	want   core.Ready
	queued bool
}

func (w *watch) enqueue() {
	if w.poller != nil && !w.queued {
		w.queued = true
		w.poller.queue = append(w.poller.queue, w)
	}
}

// OpenPoller returns a poller for the kernel's sockets.
func (k *Kernel) OpenPoller() (core.Poller, error) { return &poller{k: k}, nil }

func (p *poller) Name() string { return "sim" }

func (p *poller) Add(fd int, token uint64, want core.Ready) error {
	s, err := p.k.socket(fd)
	if err != nil {
		return err
	}
	if s.watch != nil {
		return syscall.EEXIST
	}
	if l := p.k.luck; l != nil && l.roll(l.NoWatch) {
		p.k.log("add", fd, 0, syscall.ENOMEM)
		if s.wire != nil {
			l.noteBroken(s)
		}
		return syscall.ENOMEM
	}
	s.watch = &watch{poller: p, s: s, token: token, want: want}
	s.watch.enqueue()
	return nil
}

func (p *poller) Modify(fd int, token uint64, want core.Ready) error {
	s, err := p.k.socket(fd)
	if err != nil {
		return err
	}
	if s.watch == nil {
		return syscall.ENOENT
	}
	s.watch.token, s.watch.want = token, want
	s.watch.enqueue()
	return nil
}

func (p *poller) Remove(fd int) error {
	s, err := p.k.socket(fd)
	if err != nil {
		return err
	}
	if s.watch == nil {
		return syscall.ENOENT
	}
	if p.k.faulty() {
		p.noteRemoved(s.watch.token)
	}
	s.unwatch()
	return nil
}

// Wait does not wait: when nothing is ready, it moves the clock on, up to what happens next or by
// the timeout. Under a scheduler it lets others run.
func (p *poller) Wait(events []kernel.Event, timeout time.Duration) (int, error) {
	k := p.k
	if k.luck != nil && k.luck.running != nil {
		return k.luck.running.wait(p, events, timeout)
	}
	if k.happen(); p.blind(timeout) {
		return 0, nil
	}
	end := k.Now().Add(timeout)
	for {
		n := p.collect(events)
		if woken := p.woken.Swap(false); woken || n > 0 || timeout == 0 {
			return n, nil
		}
		next, ok := k.NextEvent()
		switch {
		case timeout < 0 && !ok:
			return 0, ErrDeadlock
		case timeout > 0 && (!ok || next.After(end)):
			k.moveTo(end)
			return 0, nil
		}
		k.moveTo(next)
		k.happen()
	}
}

func (p *poller) collect(events []kernel.Event) (n int) {
	seen, before := 0, p.k.luck.few(len(p.queue))
	for ; seen < before && n < len(events); seen++ {
		w := p.queue[seen]
		w.queued = false
		if w.poller == nil {
			continue
		}
		r := w.s.ready() & (w.want | kernel.HangUp | kernel.Failed)
		if l := p.k.luck; l != nil && !w.s.datagrams && l.roll(l.Vague) {
			r &= w.want
		}
		if r == 0 || p.k.luck != nil && p.k.holdBack(w) {
			continue
		}
		events[n] = kernel.Event{Token: w.token, Ready: r}
		n++
		w.enqueue()
	}
	p.queue = slices.Delete(p.queue, 0, seen)
	if p.k.luck != nil {
		n = p.lie(events, n)
	}
	return n
}

func (p *poller) Wake() error {
	p.woken.Store(true)
	return nil
}

// Close leaves the sockets to other pollers.
func (p *poller) Close() error {
	for _, s := range p.k.files {
		if s != nil && s.watch != nil && s.watch.poller == p {
			s.unwatch()
		}
	}
	return nil
}
