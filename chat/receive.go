package chat

import "io"

// smallHeld is how much of the input may be held and still be copied in front of the next read.
// More is appended to instead, or a long terminator that arrives byte by byte would cost its length
// each time.
const smallHeld = 512

// receivePlain makes one read, and delivers what it brought.
func (c *Channel) receivePlain() {
	buf := c.conn.Loop().ReadBuffer()
	if c.life.drops() {
		c.drop(buf)
		return
	}
	front := c.copyHeld(buf)
	if c.elementBytes < shortRead || !c.queue.Empty() {
		buf = buf[:front+shortRead] // what is read of a peer that takes no replies has to be held
	}
	n, err := c.recv(buf[front:])
	c.countRead(n)
	c.tapBytes(Received, buf[front:front+n])
	switch {
	case err == io.EOF:
		c.readEnded()
		c.updateWant()
	case err != nil:
		c.close(err)
	case n > 0:
		c.noteInput()
		c.take(buf[:front+n], front)
	}
}

// copyHeld copies what is unconsumed to the beginning of buf, if it is little, and returns how much
// that was.
func (c *Channel) copyHeld(buf []byte) int {
	if len(c.unconsumed) > smallHeld {
		return 0
	}
	return copy(buf, c.unconsumed)
}

// take delivers input that was read behind front bytes of what is unconsumed.
func (c *Channel) take(buf []byte, front int) {
	if front == len(c.unconsumed) {
		c.unconsumed = c.unconsumed[:0]
		c.deliver(buf, false)
		return
	}
	held := append(c.unconsumed, buf...)
	c.unconsumed = nil
	c.deliver(held, true)
}

// drop reads what comes in after CloseWhenDone, so that it cannot reset the connection and take our
// last bytes with it.
func (c *Channel) drop(buf []byte) {
	n, err := c.conn.Recv(buf)
	c.countRead(n)
	c.tapBytes(Received, buf[:n])
	if err == io.EOF {
		c.tapEnd(Received)
	}
	switch {
	case err == nil:
	case c.life.phase == lingering:
		c.close(c.closeReason()) // whether the peer closed or reset: everything was sent
	case err == io.EOF:
		c.setIn(inEnded)
		c.updateWant()
	default:
		c.close(err)
	}
}

// readEnded takes note that the peer has ended its direction: a beginning of a terminator is none.
func (c *Channel) readEnded() {
	c.setIn(inEnded)
	c.tapEnd(Received)
	c.matcher.EOF()
}

// deliverUnconsumed delivers what is held as far as that is possible, and tells the end of the
// input once all is delivered.
func (c *Channel) deliverUnconsumed() {
	c.clearInput(rescan)
	c.redeliver()
	if c.special&actsTLS != 0 && !c.securing() {
		before := c.life.in
		c.ext.tls.decrypt()
		if c.life.in != before {
			c.redeliver() // no longer as the beginning of a delimiter
		}
	}
	if c.life.in == inEnded && !c.inputHas(rescan) && c.mayDeliver() {
		c.peerEnded()
	}
}

func (c *Channel) redeliver() {
	held := c.unconsumed
	c.unconsumed = nil
	c.deliver(held, true)
}
