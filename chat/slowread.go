package chat

// recv is Recv as far as the rate allows. It returns 0 and no error if it does not now.
func (c *Channel) recv(p []byte) (int, error) {
	m := c.readMeter()
	if m == nil {
		return c.conn.Recv(p)
	}
	room := m.take(len(p), maxWorth)
	if room == 0 {
		c.readSlowly()
		return 0, nil
	}
	n, err := c.conn.Recv(p[:room])
	m.settle(room - n)
	if n == room && m.mustWait(maxWorth) {
		c.readSlowly()
	}
	return n, err
}

// readSlowly stops the reading, and the input clock: it is not the peer who is slow.
func (c *Channel) readSlowly() {
	if !c.has(slowRead) {
		c.flags |= slowRead
		c.extra.pace.stopped = c.now()
	}
}

// readOn ends that.
func (c *Channel) readOn() {
	if c.has(slowRead) {
		c.flags &^= slowRead
		if c.input > 0 {
			c.input += c.now() - c.extra.pace.stopped
		}
	}
}

// readFreely ends the waiting: what still comes is dropped, and that is not bounded.
func (c *Channel) readFreely() {
	c.readOn()
	c.readMeter().leave()
}

// readAgain reads when there is enough in the bucket again.
func (c *Channel) readAgain() {
	if c.isOpen() && !c.has(eof|look|paused|throttled) {
		c.readOn()
		c.receive()
	} else {
		c.readFreely() // it waits for something else
	}
	if c.state != closed {
		c.updateWant()
		c.updateClock()
	}
}
