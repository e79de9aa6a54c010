package chat

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

// pushOwn queues a message that the channel itself broadcasts, as a push, behind what it has heard
// of others.
func (c *Channel) pushOwn(message []byte) {
	if c.admitNow() == nil {
		c.queueBacklog()
		c.queue.PushShared(message)
	}
}

// enqueueBacklog keeps a message for later, if the policy lets it. The limit is looked at before
// the message is added, as for a push.
func (c *Channel) enqueueBacklog(message []byte) {
	x := c.extension()
	limit := c.settings.MaxOutput
	over := func() bool { return limit > 0 && c.outputLen()+x.backlog.cost() > limit }
	switch c.settings.Slow {
	case SlowDropNewest:
		if over() {
			x.dropped++
			return
		}
	case SlowDropOldest:
		for x.backlog.count > 0 && over() {
			x.backlog.pop()
			x.dropped++
		}
	default:
		if over() {
			c.refuseSlow()
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
