package chat

import (
	"github.com/go-asynchat/asynchat/chat/internal/rate"
	"github.com/go-asynchat/asynchat/core"
)

// A lane is what a service has on one of its loops. But for what is published, it is used on that loop only, so that counting an event or an element
// is an addition and no more.
type lane struct {
	service   *service
	loop      *core.Loop
	settings  *settings // of its channels
	counts    counts
	published counts // under the loop's lock: see core.Loop.Published
	warned    warned
	read      *rate.Waiters // for the rates of the server; nil: it has none
	write     *rate.Waiters
}

// counts are what has happened on a lane.
type counts struct {
	accepted uint64
	refused  Refusals
	closed   ReasonCounts
	elements uint64
	read     uint64
	written  uint64
	queued   int // the most that one channel had
}

func (n *counts) add(m *counts) {
	n.accepted += m.accepted
	n.refused.add(m.refused)
	for r, k := range m.closed {
		n.closed[r] += k
	}
	n.elements += m.elements
	n.read += m.read
	n.written += m.written
	n.queued = max(n.queued, m.queued)
}

func newLane(v *service, l *core.Loop, limits Limits) *lane {
	n := &lane{service: v, loop: l}
	n.settings = &settings{Limits: limits, service: v, lane: n}
	l.OnPublish(func() { n.published = n.counts })
	read, write := v.server.sharedRates(l)
	n.read, n.write = read.Join(l), write.Join(l)
	return n
}

// lane returns the lane on which conn lives.
func (v *service) lane(l *core.Loop) *lane {
	for _, n := range v.lanes {
		if n.loop == l {
			return n
		}
	}
	panic("chat: a connection on a loop that is not the server's")
}

// counted is called with the bytes that were read or written, for statistics.
func (c *Channel) countRead(bytes int) {
	if n := c.settings.lane; n != nil {
		n.counts.read += uint64(bytes)
	}
	if x := c.extra; x != nil && x.trace != nil {
		x.trace.read += int64(bytes)
	}
}

func (c *Channel) countWritten(bytes int) {
	if n := c.settings.lane; n != nil {
		n.counts.written += uint64(bytes)
	}
	if x := c.extra; x != nil && x.trace != nil {
		x.trace.written += int64(bytes)
	}
}

func (c *Channel) countElement() {
	if n := c.settings.lane; n != nil {
		n.counts.elements++
	}
	if x := c.extra; x != nil && x.trace != nil {
		x.trace.elements++
	}
}

// countQueued is called when output may be waiting.
func (c *Channel) countQueued() {
	if n := c.settings.lane; n != nil {
		n.counts.queued = max(n.counts.queued, c.out.Len())
	}
}
