package chat

import (
	"sync"
	"time"

	"github.com/go-asynchat/asynchat/core"
)

// A pool is the bucket that all channels of a server share in one direction. Who finds it empty waits in the queue of its lane, with a ticket that orders
// those of all lanes. The first of each lane has a clock, and takes when there is enough and nobody of another lane is before it. One that could
// and does not come, since its loop is held up, is passed over after a moment, so that it delays nobody else for longer.
type pool struct {
	mu     sync.Mutex
	bucket bucket
	base   time.Time // when its clock was 0
	queues []*queue
	ticket uint64
}

// A queue has the meters of one lane that wait. What is in it is the pool's to lock.
type queue struct {
	pool        *pool
	lane        *perLoop
	offset      time.Duration // what the loop's clock is behind the pool's
	first, last *meter
	yielding    bool   // first waits for that of another lane
	late        bool   // first did not come when it could
	call        func() // callFirst
}

// grace is how long the first of a lane waits for one before it that could come and does not.
const grace = 5 * time.Millisecond

// pools returns the buckets of the server, nil for what is not bounded.
func (s *Server) pools(l *core.Loop) (read, write *pool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.pooled {
		s.pooled = true
		s.read, s.write = newPool(s.TotalReadRate, l.Epoch()), newPool(s.TotalWriteRate, l.Epoch())
	}
	return s.read, s.write
}

func newPool(r Rate, base time.Time) *pool {
	if r.PerSecond <= 0 {
		return nil
	}
	return &pool{bucket: newBucket(r, 0), base: base}
}

// join makes the queue of a lane.
func (p *pool) join(n *perLoop) *queue {
	if p == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	q := &queue{pool: p, lane: n, offset: n.loop.Epoch().Sub(p.base)}
	q.call = q.callFirst
	p.queues = append(p.queues, q)
	return q
}

// take gives m up to want bytes. If it gives 0, m waits until its turn comes and there are need bytes, and is to ask again at the time that is returned;
// if that is 0 too, its clock is set later.
func (q *queue) take(m *meter, now time.Duration, want, need int) (n int, at time.Duration) {
	p := q.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	now += q.offset
	p.bucket.fill(now)
	if !m.waits {
		if p.next() == nil && p.bucket.holds() > 0 {
			return p.give(want), 0
		}
		m.need = min(need, p.bucket.worth())
		q.push(m)
	}
	if q.first != m {
		return 0, 0
	}
	q.late = false
	if p.bucket.holds() < m.need {
		q.yielding, m.patience = false, 0
		return 0, q.due(m)
	}
	if next := p.next(); next != q {
		if m.patience == 0 {
			m.patience = now + grace
		}
		if now < m.patience {
			q.yielding = true
			return 0, m.patience - q.offset
		}
		next.late = true
	}
	q.remove(m)
	if p.next() != nil {
		want = min(want, p.bucket.worth()) // the others want something too
	}
	return p.give(want), 0
}

// give takes up to want bytes from the bucket.
func (p *pool) give(want int) int {
	n := min(want, p.bucket.holds())
	p.bucket.add(-n)
	return n
}

// due returns when there is enough for m, on its loop's clock.
func (q *queue) due(m *meter) time.Duration { return max(1, q.pool.bucket.when(m.need)-q.offset) }

// next returns the queue whose first is next, nil if nobody waits.
func (p *pool) next() (next *queue) {
	for _, q := range p.queues {
		if q.first != nil && (next == nil || q.before(next)) {
			next = q
		}
	}
	return next
}

func (q *queue) before(r *queue) bool {
	if q.late != r.late {
		return r.late
	}
	return q.first.ticket < r.first.ticket
}

// settle puts back what was taken and not used, and sees to it that those who wait know.
func (q *queue) settle(unused int) {
	q.pool.mu.Lock()
	q.pool.bucket.add(unused)
	q.goOn(unused > 0)
}

// leave has m wait no more.
func (q *queue) leave(m *meter) {
	q.pool.mu.Lock()
	if m.waits {
		q.remove(m)
	}
	q.goOn(false)
}

// goOn sets the clocks of those who are next: of this lane, and of another one that could come sooner than it knows. It unlocks the pool.
func (q *queue) goOn(more bool) {
	next := q.pool.next()
	if next != nil && (next == q || !more && !next.yielding && q.pool.bucket.holds() < next.first.need) {
		next = nil
	}
	q.pool.mu.Unlock()
	if next != nil {
		next.lane.loop.Post(next.call)
	}
	q.callFirst()
}

// callFirst sets the clock of the first of the lane. It is called on the lane's loop.
func (q *queue) callFirst() {
	q.pool.mu.Lock()
	m := q.first
	if m != nil {
		m.at = q.due(m)
		q.yielding, q.late = false, false
	}
	q.pool.mu.Unlock()
	if m != nil {
		m.c.arm()
	}
}

func (q *queue) push(m *meter) {
	q.pool.ticket++
	m.ticket, m.waits, m.patience = q.pool.ticket, true, 0
	m.prev, m.next = q.last, nil
	if q.last == nil {
		q.first = m
	} else {
		q.last.next = m
	}
	q.last = m
}

func (q *queue) remove(m *meter) {
	if m.prev == nil {
		q.first, q.yielding, q.late = m.next, false, false
	} else {
		m.prev.next = m.next
	}
	if m.next == nil {
		q.last = m.prev
	} else {
		m.next.prev = m.prev
	}
	m.prev, m.next, m.waits = nil, nil, false
}

// rateWaiters returns the queues of a loop for the rates of the server.
func (s *Server) rateWaiters(n *perLoop) (read, write *queue) {
	r, w := s.pools(n.loop)
	return r.join(n), w.join(n)
}
