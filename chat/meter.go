package chat

import "time"

// A meter measures one direction of a channel by its own bucket and that of its server.
type meter struct {
	c     *Channel
	own   bucket        // without a rate: none
	queue *queue        // nil: no bucket of the server
	at    time.Duration // when to try again, on the loop's clock; 0: not now, or the queue will tell

	// As long as it waits in the queue.
	waits      bool
	need       int
	ticket     uint64
	patience   time.Duration
	prev, next *meter
}

// newMeter returns old if it is as r says, nil if there is nothing to measure.
func (c *Channel) newMeter(old *meter, r Rate, q *queue) *meter {
	if r.PerSecond <= 0 && q == nil {
		return nil
	}
	m := &meter{c: c, own: newBucket(r, c.now()), queue: q}
	if old == nil {
		return m
	}
	if m.own.rate == old.own.rate && m.own.burst == old.own.burst {
		return old
	}
	if old.own.rate > 0 && m.own.rate > 0 {
		old.own.fill(c.now())
		m.own.level = min(m.own.level, old.own.level)
	}
	return m
}

// take returns how many bytes may go now, at most want. If that is 0, the meter waits until there are need of them: it has a clock, or is in
// the queue.
func (m *meter) take(want, need int) int {
	now := m.c.now()
	m.at = 0
	if m.own.rate > 0 {
		m.own.fill(now)
		if want = min(want, m.own.holds()); want == 0 {
			m.at = m.own.when(min(need, m.own.worth()))
			return 0
		}
	}
	if m.queue != nil {
		if want, m.at = m.queue.take(m, now, want, need); want == 0 {
			return 0
		}
	}
	if m.own.rate > 0 {
		m.own.add(-want)
	}
	return want
}

// settle puts back what was not used.
func (m *meter) settle(unused int) {
	if m.own.rate > 0 {
		m.own.add(unused)
	}
	if m.queue != nil {
		m.queue.settle(unused)
	}
}

// mustWait reports whether there is nothing now, and waits then.
func (m *meter) mustWait(need int) bool {
	n := m.take(1, need)
	if n > 0 {
		m.settle(n)
	}
	return n == 0
}

// leave has the meter wait no more.
func (m *meter) leave() {
	if m == nil {
		return
	}
	m.at = 0
	if m.waits {
		m.queue.leave(m)
	}
}

// dueBefore returns the earlier of at and when the meter is to try again, where 0 is never.
func (m *meter) dueBefore(at time.Duration) time.Duration {
	if m != nil && m.at > 0 && (at == 0 || m.at < at) {
		return m.at
	}
	return at
}

func (m *meter) isDue(now time.Duration) bool { return m != nil && m.at > 0 && m.at <= now }
