package chat

// A backlog is the broadcasts that wait, in a ring. The zero value is empty, and an empty one owns
// no memory.
type backlog struct {
	ring  [][]byte // its length is a power of two
	first int
	count int
	bytes int
}

// messageCost is what a message that waits or is queued costs in memory, beside bytes that many
// share.
const messageCost = 96

// cost returns what counts against the limits: or a million empty lines would be free.
func (b *backlog) cost() int { return b.bytes + b.count*messageCost }

func (b *backlog) push(message []byte) {
	if b.count == len(b.ring) {
		ring := make([][]byte, max(4, 2*len(b.ring)))
		n := copy(ring, b.ring[b.first:])
		copy(ring[n:], b.ring[:b.first])
		b.ring, b.first = ring, 0
	}
	b.ring[(b.first+b.count)&(len(b.ring)-1)] = message
	b.count++
	b.bytes += len(message)
}

func (b *backlog) pop() []byte {
	message := b.ring[b.first]
	b.ring[b.first] = nil
	b.first = (b.first + 1) & (len(b.ring) - 1)
	b.count--
	b.bytes -= len(message)
	if b.count == 0 {
		*b = backlog{}
	}
	return message
}

func (c *Channel) backlogged() bool { return c.special&actsBacklog != 0 }

// pushShared queues a message that others have too. It is sent in the next turn, in one write with
// others that come in this one.
func (c *Channel) pushShared(message []byte) {
	if c.mayPush() != nil {
		return
	}
	c.notePush()
	c.conn.NextTurn()
	if c.aboveHighWater() {
		c.transmit() // it may be no more than a burst
	}
	if c.backlogged() || c.aboveHighWater() {
		c.enqueueBacklog(message)
	} else {
		c.queue.PushShared(message)
	}
}

// enqueueBacklog keeps a message for later, if the policy lets it. The limit is looked at before
// the message is added, as for a push.
func (c *Channel) enqueueBacklog(message []byte) {
	x := c.extension()
	limit := c.settings.MaxOutput
	over := func() bool { return limit > 0 && c.queue.Len()+x.backlog.cost() > limit }
	switch c.settings.Slow {
	case DropNewest:
		if over() {
			x.dropped++
			return
		}
	case DropOldest:
		for x.backlog.count > 0 && over() {
			x.backlog.pop()
			x.dropped++
		}
	default:
		if over() {
			c.close(ErrSlowReader)
			return
		}
	}
	x.backlog.push(message)
	c.special |= actsBacklog
}

// dequeueBacklog queues the message that has waited longest.
func (c *Channel) dequeueBacklog() {
	b := &c.ext.backlog
	c.queue.PushShared(b.pop())
	c.special.set(actsBacklog, b.count > 0)
}

// drainBacklog sends messages that have waited, as far as there is room.
func (c *Channel) drainBacklog() {
	for c.backlogged() && !c.aboveHighWater() {
		for c.backlogged() && !c.aboveHighWater() {
			c.dequeueBacklog()
		}
		c.transmit()
	}
}

// queueBacklog queues what waits, before the end of the queue.
func (c *Channel) queueBacklog() {
	for c.backlogged() {
		c.dequeueBacklog()
	}
}

func (c *Channel) dropBacklog() {
	if c.backlogged() {
		c.ext.backlog = backlog{}
		c.special &^= actsBacklog
	}
}

// Dropped returns how many broadcasts were not sent to this peer, because it was too slow and
// Limits.Slow says so.
func (c *Channel) Dropped() int {
	if c.ext == nil {
		return 0
	}
	return c.ext.dropped
}
