package chat

// pushShared queues a message that others have too. It is sent in the next turn, in one write with
// others that come in this one.
func (c *Channel) pushShared(l letter) {
	if c.mayPush() != nil {
		return
	}
	c.notePush()
	c.conn.NextTurn()
	if c.aboveHighWater() {
		c.transmit() // it may be no more than a burst
	}
	if c.backlogged() || c.aboveHighWater() {
		c.enqueueBacklog(l)
	} else {
		c.queueLetter(l)
	}
}

// hasRoomFor reports whether pushShared queues n bytes, in as many messages as may be.
func (c *Channel) hasRoomFor(n int) bool {
	return !c.backlogged() && !c.aboveHighWater() && c.outputLen()+n <= c.highWater()
}

func (c *Channel) queueLetter(l letter) {
	if len(l.head) > 0 {
		c.queue.PushShared(l.head)
	}
	c.queue.PushShared(l.body)
}

// pushOwn queues a message that the channel itself broadcasts, as a push, behind what it has heard
// of others.
func (c *Channel) pushOwn(l letter) {
	if c.admitNow() == nil {
		c.queueBacklog()
		c.queueLetter(l)
	}
}

// enqueueBacklog keeps a message for later, if the policy lets it. The limit is looked at before
// the message is added, as for a push.
func (c *Channel) enqueueBacklog(l letter) {
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
	x.backlog.push(l)
	c.special |= actsBacklog
}

// dequeueBacklog queues the message that has waited longest.
func (c *Channel) dequeueBacklog() {
	b := &c.ext.backlog
	c.queueLetter(b.pop())
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
