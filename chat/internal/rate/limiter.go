package rate

import (
	"time"

	"github.com/go-asynchat/asynchat/chat/internal/list"
)

// A Limiter bounds one direction of a connection by a bucket of its own and by one that is shared.
// It is used on one loop, whose clock all its times are of.
type Limiter struct {
	own    bucket        // without a rate: none
	shared *Waiters      // nil: no shared bucket
	at     time.Duration // when to try again; 0: not now, or the waiters will tell
	rearm  func()        // is called when they have set at

	// As long as it waits for the shared bucket.
	node   list.Node[*Limiter]
	need   int
	ticket uint64
}

// NewLimiter returns a limiter that replaces old, which may be nil. It returns old if old has the
// rate r, and nil if there is no bound. A bucket is full at first, but replacing a limiter does not
// fill it again. rearm is called when the result of DueBefore changes without a call of the
// limiter.
func NewLimiter(old *Limiter, r Rate, w *Waiters, now time.Duration, rearm func()) *Limiter {
	if r.PerSecond <= 0 && w == nil {
		return nil
	}
	m := &Limiter{own: newBucket(r, now), shared: w, rearm: rearm}
	m.node.Value = m
	if old == nil {
		return m
	}
	if m.own.rate == old.own.rate && m.own.burst == old.own.burst {
		return old
	}
	if old.own.rate > 0 && m.own.rate > 0 {
		old.own.refill(now)
		m.own.level = min(m.own.level, old.own.level)
	}
	return m
}

// Take returns how many bytes may go now, at most want. If that is 0, the limiter waits until need
// bytes may pass: it is due at a time, or waits for the shared bucket.
func (m *Limiter) Take(now time.Duration, want, need int) int {
	m.at = 0
	if m.own.rate > 0 {
		m.own.refill(now)
		if want = min(want, m.own.tokens()); want == 0 {
			m.at = m.own.when(min(need, m.own.quantum()))
			return 0
		}
	}
	if m.shared != nil {
		if want, m.at = m.shared.take(m, now, want, need); want == 0 {
			return 0
		}
	}
	if m.own.rate > 0 {
		m.own.take(want)
	}
	return want
}

// Refund puts back bytes that were taken and not used. Call it after each Take of more than 0.
func (m *Limiter) Refund(unused int) {
	if m.own.rate > 0 {
		m.own.refund(unused)
	}
	if m.shared != nil {
		m.shared.refund(unused)
	}
}

// MustWait reports whether no byte may pass now. If so, the limiter waits, as after Take.
func (m *Limiter) MustWait(now time.Duration, need int) bool {
	n := m.Take(now, 1, need)
	if n > 0 {
		m.Refund(n)
	}
	return n == 0
}

// Leave ends the waiting of m, which may be nil.
func (m *Limiter) Leave() {
	if m == nil {
		return
	}
	m.at = 0
	if m.node.Listed() {
		m.shared.leave(m)
	}
}

// DueBefore returns the earlier of two times: at, and the next attempt of m, which may be nil. 0 is
// never.
func (m *Limiter) DueBefore(at time.Duration) time.Duration {
	if m != nil && m.at > 0 && (at == 0 || m.at < at) {
		return m.at
	}
	return at
}

// IsDue reports whether m, which may be nil, should try again now.
func (m *Limiter) IsDue(now time.Duration) bool { return m != nil && m.at > 0 && m.at <= now }
