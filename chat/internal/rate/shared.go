package rate

import (
	"sync"
	"time"

	"github.com/go-asynchat/asynchat/chat/internal/list"
)

// A SharedBucket bounds the sum of many limiters, on any number of loops. A limiter that finds it
// empty joins the waiters of its loop, with a ticket that orders the waiters of all loops. The
// first waiter of each loop has a clock. It takes bytes when there are enough and no limiter of
// another loop is before it. If its loop is held up, so that it does not take its bytes, it loses
// its turn after a moment, and does not delay the others.
type SharedBucket struct {
	mu     sync.Mutex
	bucket bucket
	base   time.Time // when its clock was 0
	loops  []*Waiters
	ticket uint64
}

// A Loop runs limiters, one at a time. Its clock shows the time since Epoch. Post may be called
// from any goroutine, and has the loop call a function.
type Loop interface {
	Epoch() time.Time
	Post(func()) error
}

// Waiters are the limiters of one loop that wait for a SharedBucket, whose lock is theirs.
type Waiters struct {
	bucket *SharedBucket
	loop   Loop
	queue  list.List[*Limiter]
	call   func() // callFirst

	// Of the first.
	patience time.Duration // until when it lets another loop go first; 0: it need not
	yielding bool          // it waits for another loop
	late     bool          // it did not come when it could
}

// grace is how long the first of a loop waits for one before it that could take and does not.
const grace = 5 * time.Millisecond

// NewShared returns a bucket that is full at base, nil if r is no bound.
func NewShared(r Rate, base time.Time) *SharedBucket {
	if r.PerSecond <= 0 {
		return nil
	}
	return &SharedBucket{bucket: newBucket(r, 0), base: base}
}

// Join returns the waiters of a loop that has none yet; nil if s is nil.
func (s *SharedBucket) Join(l Loop) *Waiters {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	w := &Waiters{bucket: s, loop: l}
	w.call = w.callFirst
	s.loops = append(s.loops, w)
	return w
}

// offset returns what the loop's clock is behind the bucket's: that stands still while the loop is
// held up.
func (w *Waiters) offset() time.Duration { return w.loop.Epoch().Sub(w.bucket.base) }

// next returns the waiters whose first is next, nil if nobody waits.
func (s *SharedBucket) next() (next *Waiters) {
	for _, w := range s.loops {
		if w.first() != nil && (next == nil || w.before(next)) {
			next = w
		}
	}
	return next
}

func (w *Waiters) before(other *Waiters) bool {
	if w.late != other.late {
		return other.late
	}
	return w.first().ticket < other.first().ticket
}

func (w *Waiters) first() *Limiter {
	if n := w.queue.First(); n != nil {
		return n.Value
	}
	return nil
}

// take gives m up to want bytes. If it gives 0, m waits until its turn comes and there are need
// bytes, and is to ask again at the time that is returned; if that is 0 too, callFirst sets it.
func (w *Waiters) take(m *Limiter, now time.Duration, want, need int) (n int, at time.Duration) {
	s := w.bucket
	s.mu.Lock()
	defer s.mu.Unlock()
	now += w.offset()
	s.bucket.refill(now)
	if !m.node.Listed() {
		if s.next() == nil && s.bucket.tokens() > 0 {
			return s.bucket.take(want), 0
		}
		w.add(m, min(need, s.bucket.quantum()))
	}
	if w.first() != m {
		return 0, 0
	}
	w.late = false
	if s.bucket.tokens() < m.need {
		w.yielding, w.patience = false, 0
		return 0, w.due(m)
	}
	if next := s.next(); next != w {
		if w.patience == 0 {
			w.patience = now + grace
		}
		if now < w.patience {
			w.yielding = true
			return 0, w.patience - w.offset()
		}
		next.late = true
	}
	w.remove(m)
	if s.next() != nil {
		want = min(want, s.bucket.quantum()) // the others want something too
	}
	return s.bucket.take(want), 0
}

// due returns when there is enough for m, on its loop's clock.
func (w *Waiters) due(m *Limiter) time.Duration {
	return max(1, w.bucket.bucket.when(m.need)-w.offset())
}

// refund puts back what was taken and not used, and sees to it that those who wait know.
func (w *Waiters) refund(unused int) {
	w.bucket.mu.Lock()
	w.bucket.bucket.refund(unused)
	w.callNext(unused > 0)
}

// leave has m wait no more.
func (w *Waiters) leave(m *Limiter) {
	w.bucket.mu.Lock()
	w.remove(m)
	w.callNext(false)
}

// callNext sets the clock of the first of this loop, and of the one who is next if it is of another
// loop and could take sooner than it knows. It unlocks the bucket.
func (w *Waiters) callNext(more bool) {
	s := w.bucket
	next := s.next()
	if next == w || next != nil &&
		!more && !next.yielding && s.bucket.tokens() < next.first().need {
		next = nil
	}
	s.mu.Unlock()
	if next != nil {
		next.loop.Post(next.call)
	}
	w.callFirst()
}

// callFirst sets the clock of the first of the loop. It is called on that loop.
func (w *Waiters) callFirst() {
	w.bucket.mu.Lock()
	m := w.first()
	if m != nil {
		m.at = w.due(m)
		w.yielding, w.late = false, false
	}
	w.bucket.mu.Unlock()
	if m != nil {
		m.rearm()
	}
}

func (w *Waiters) add(m *Limiter, need int) {
	w.bucket.ticket++
	m.ticket, m.need = w.bucket.ticket, need
	w.queue.PushBack(&m.node)
}

func (w *Waiters) remove(m *Limiter) {
	if w.first() == m {
		w.patience = 0
	}
	w.queue.Remove(&m.node)
}
