package simkernel

import (
	"slices"
	"time"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/kernel"
)

// past are the last registrations that were removed.
type past struct {
	tokens [8]uint64
	n      int
}

func (p *poller) noteRemoved(token uint64) {
	if p.past == nil {
		p.past = &past{}
	}
	p.past.tokens[p.past.n%len(p.past.tokens)] = token
	p.past.n++
}

const lateBy = 50 * time.Millisecond

// holdBack reports whether what w is ready for is told later.
func (k *Kernel) holdBack(w *watch) bool {
	if !k.luck.roll(k.luck.Late) {
		return false
	}
	k.log("late", w.s.fd, 0, nil)
	k.After(1+time.Duration(k.luck.upTo(lateBy)), w.enqueue)
	return true
}

// blind reports whether a Wait is interrupted before it has looked at what is ready.
func (p *poller) blind(timeout time.Duration) bool {
	if l := p.k.luck; timeout == 0 || l == nil || len(p.queue) == 0 || !l.roll(l.Blind) {
		return false
	}
	p.k.log("blind", 0, len(p.queue), nil)
	return true
}

// few returns how many of n registrations a Wait looks at.
func (l *luck) few(n int) int {
	if n > 1 && l != nil && l.roll(l.Few) {
		return l.some(n - 1)
	}
	return n
}

// lie makes the n events what Reorder, Spurious and Stale make of them, and returns how many they
// are then.
func (p *poller) lie(events []kernel.Event, n int) int {
	l := p.k.luck
	if n > 1 && l.roll(l.Reorder) {
		l.rand.Shuffle(n, func(i, j int) { events[i], events[j] = events[j], events[i] })
	}
	if n < len(events) && l.roll(l.Spurious) {
		n += p.invent(events, n)
	}
	if n < len(events) && l.roll(l.Stale) {
		n += p.remember(events, n)
	}
	return n
}

// invent adds an event of something that is not ready.
func (p *poller) invent(events []kernel.Event, n int) int {
	k := p.k
	if len(k.files) == 0 {
		return 0
	}
	s := k.files[k.luck.rand.IntN(len(k.files))]
	if s == nil || s.watch == nil || s.watch.poller != p || s.watch.want == 0 ||
		tells(events[:n], s.watch.token) {
		return 0
	}
	k.log("spurious", s.fd, int(s.watch.want), nil)
	events[n] = kernel.Event{Token: s.watch.token, Ready: s.watch.want}
	return 1
}

// remember adds an event of a registration that is no more.
func (p *poller) remember(events []kernel.Event, n int) int {
	k := p.k
	if p.past == nil {
		return 0
	}
	known := min(p.past.n, len(p.past.tokens))
	token := p.past.tokens[k.luck.rand.IntN(known)]
	alive := func(s *socket) bool {
		return s != nil && s.watch != nil && s.watch.poller == p && s.watch.token == token
	}
	if tells(events[:n], token) || slices.ContainsFunc(k.files, alive) {
		return 0 // it is known under this token again
	}
	k.log("stale", int(uint32(token)), int(token>>32), nil)
	events[n] = kernel.Event{Token: token, Ready: core.Ready(1 + k.luck.rand.IntN(31))}
	return 1
}

func tells(events []kernel.Event, token uint64) bool {
	return slices.ContainsFunc(events, func(e kernel.Event) bool { return e.Token == token })
}
