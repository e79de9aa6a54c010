package chat

import "io"

// smallHeld is how much of the input may be held and still be copied in front of the next read.
// More is appended to instead, or a long terminator that arrives byte by byte would cost its length
// each time.
const smallHeld = 512

const (
	// frontRoom is the beginning of the loop's buffer, at whose end what is unconsumed goes, so that
	// reads go to the beginning of a page: the system copies up to twice as fast to there.
	frontRoom = 4 << 10
	// maxReads is how many reads one event may make, if no other channel has an event; those of a turn
	// share them. What is read at once of one connection is faster, since the system has just written
	// it; the others wait for at most 4 MiB, about a millisecond.
	maxReads = 64
)

// receivePlain reads, and delivers what that brought: once, or more often while there is bulk
// input.
func (c *Channel) receivePlain() {
	if c.life.drops() {
		c.drop(c.conn.Loop().ReadBuffer())
		return
	}
	for reads := 1; ; reads++ {
		buf := c.readBuffer()
		front := c.copyHeld(buf[:frontRoom])
		size := c.readSize(len(buf) - frontRoom)
		n, err := c.recv(buf[frontRoom : frontRoom+size])
		c.countRead(n)
		c.tapBytes(DirectionReceived, buf[frontRoom:frontRoom+n])
		switch {
		case err == io.EOF:
			c.readEnded()
			c.updateWant()
		case err != nil:
			c.breakInput(err)
			c.updateWant()
		case n > 0:
			c.noteInput()
			c.came(n)
			c.take(buf[frontRoom-front:frontRoom+n], front)
		}
		if !c.adaptReads(n, size) || reads*c.conn.Loop().Ready() >= maxReads {
			return
		}
	}
}

// readBuffer returns the buffer into which to read: that of the loop, or of a function that takes
// much on a goroutine of its own.
func (c *Channel) readBuffer() []byte {
	if c.special&actsAsker != 0 && len(c.unconsumed) == 0 {
		if buf := c.ext.asker.room(); buf != nil {
			return buf
		}
	}
	return c.conn.Loop().ReadBuffer()
}

// readSize returns how much to read at once, at most limit. It is little where output waits: what
// is read of a peer that takes no replies has to be held.
func (c *Channel) readSize(limit int) int {
	switch {
	case !c.queue.Empty():
		return shortRead
	case c.elementBytes >= shortRead, c.event&largestReads != 0:
		return limit
	case c.event&largeReads != 0:
		return 2 * shortRead
	}
	return shortRead
}

// adaptReads makes the next read larger if one of size was filled and brought neither output nor
// more elements than are fair, and as small as the first if it brought no more than that takes. It
// reports whether one more may be made at once.
func (c *Channel) adaptReads(n, size int) bool {
	larger := c.event & (largeReads | largestReads)
	c.event &^= largeReads | largestReads
	acts := c.special &^ actsAsker
	given := c.input.bits == asksSoon && c.input.holds == holdUnasked
	if given {
		acts &^= actsHold | actsInput
	}
	if n < shortRead || c.life.phase != open || acts != 0 || !c.queue.Empty() ||
		c.outputHas(undrained) {
		return false
	}
	if n < size || c.event&manyElements != 0 { // more might bring more than may be delivered at once
		c.event |= larger
		return false
	}
	if larger == 0 {
		c.event |= largeReads
	} else {
		c.event |= largestReads
	}
	return !given
}

// copyHeld copies what is unconsumed to the end of room, if it is little, and returns how much that
// was.
func (c *Channel) copyHeld(room []byte) int {
	n := len(c.unconsumed)
	if n > smallHeld {
		return 0
	}
	return copy(room[len(room)-n:], c.unconsumed)
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
	if n > 0 {
		c.noteInput()
	}
	c.countRead(n)
	if c.special&actsTLS == 0 { // a tap sees what is plain, and this was not decrypted
		c.tapBytes(DirectionReceived, buf[:n])
	}
	if err == io.EOF {
		c.tapEnd(DirectionReceived)
	}
	switch {
	case err == nil:
	case c.life.phase == lingering:
		c.close(c.closeReason()) // whether the peer closed or reset: everything was sent
	case err == io.EOF:
		c.setIn(inEnded)
		c.updateWant()
	case c.workWaits(): // which has come before it
		c.breakInput(err)
		c.updateWant()
	default:
		c.close(c.whyBroken(err))
	}
}

// readEnded takes note that the peer has ended its direction: a beginning of a terminator is none.
func (c *Channel) readEnded() {
	c.setIn(inEnded)
	c.tapEnd(DirectionReceived)
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
