package chat

import "io"

// smallHeld is how much of the input may be held and still be copied in front of the next read. More is appended to
// instead, or a long terminator that arrives byte by byte would cost its length each time.
const smallHeld = 512

// HandleRead makes one read and delivers what it brought. One read an event is what keeps a loop fair.
func (e *endpoint) HandleRead() {
	c := (*Channel)(e)
	if c.state == proxied {
		c.readHeader()
		return
	}
	if c.state == opening && !c.has(securing) {
		c.settle() // HandleConnect comes before what an adopted connection had already
	}
	c.flags |= receiving
	if s := c.tls(); s != nil && (c.state < draining || c.has(securing)) {
		s.receive()
	} else {
		c.receivePlain()
	}
	if c.has(eof) && !c.has(eofTold) && c.state != closed {
		c.lookAtHeld()
	}
	settles := c.has(due)
	c.flags &^= receiving | due
	if settles {
		c.settle()
	}
	if c.state == closed || settles && c.state >= open { // settle has done the rest
		return
	}
	if c.has(slowRead) {
		c.updateWant()
	}
	c.updateClock()
	if !c.mayTransmit() || c.has(blocked) {
		c.account() // else what was pushed is offered to the system first
	}
}

func (c *Channel) receivePlain() {
	buf := c.conn.Loop().ReadBuffer()
	if c.state >= draining {
		c.drop(buf)
		return
	}
	front := c.heldFront(buf)
	if c.element < shortRead || !c.out.Empty() { // what is read of a peer that does not take its replies has to be held
		buf = buf[:front+shortRead]
	}
	n, err := c.recv(buf[front:])
	c.countRead(n)
	c.passed(Received, buf[front:front+n])
	switch {
	case err == io.EOF:
		c.flags |= eof
		c.passedEnd(Received)
		c.matcher.EOF()
		c.updateWant()
	case err != nil:
		c.close(err)
	case n > 0:
		c.flags |= came
		c.take(buf[:front+n], front)
	}
}

// heldFront copies what is held to the beginning of buf, if it is little, and returns how much that was.
func (c *Channel) heldFront(buf []byte) int {
	if len(c.held) > smallHeld {
		return 0
	}
	return copy(buf, c.held)
}

// take delivers input that was read behind front bytes of what was held.
func (c *Channel) take(buf []byte, front int) {
	if front == len(c.held) {
		c.held = c.held[:0]
		c.deliver(buf, false)
		return
	}
	held := append(c.held, buf...)
	c.held = nil
	c.deliver(held, true)
}

// drop reads what comes in after CloseWhenDone, so that it cannot reset the connection and take our last bytes
// with it.
func (c *Channel) drop(buf []byte) {
	n, err := c.conn.Recv(buf)
	c.countRead(n)
	c.passed(Received, buf[:n])
	if err == io.EOF {
		c.passedEnd(Received)
	}
	switch {
	case err == nil:
	case c.state == lingering:
		c.close(c.why()) // whether the peer closed or reset: everything was sent
	case err == io.EOF:
		c.flags |= eof
		c.updateWant()
	default:
		c.close(err)
	}
}

func (c *Channel) lookAgain() {
	if c.state != closed {
		c.flags |= look
		c.settleSoon()
	}
}

// lookAtHeld delivers what is held as far as that is possible, and tells the end of the input once all is delivered.
func (c *Channel) lookAtHeld() {
	c.flags &^= look
	c.deliverHeld()
	if s := c.tls(); s != nil && !c.has(securing) {
		before := c.flags & eof
		s.decrypt()
		if c.flags&eof != before {
			c.deliverHeld() // no longer as the beginning of a delimiter
		}
	}
	if c.has(eof) && !c.has(eofTold|look) && c.mayDeliver() {
		c.peerEnded()
	}
}

func (c *Channel) deliverHeld() {
	held := c.held
	c.held = nil
	c.deliver(held, true)
}

// partial reports whether an element has begun and not ended.
func (c *Channel) partial() bool {
	return c.matcher.Partial() || c.has(unfinished) || len(c.held) > 0 || c.extra != nil && len(c.extra.unread) > 0
}

func (c *Channel) mayDeliver() bool { return c.isOpen() && !c.has(waits|discarded) }
