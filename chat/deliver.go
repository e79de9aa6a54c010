package chat

import "github.com/go-asynchat/asynchat/terminator"

// A wholeHandler has a function that takes elements which came in one piece, instead of
// CollectIncomingData and FoundTerminator; nil while something is gathered. Only what nobody can
// embed may be one, or methods of a session that stand before those two would not be called.
type wholeHandler interface {
	takesWhole() func(c *Channel, element []byte)
}

// setAsker gives the input to who asks for it, for good.
func (c *Channel) setAsker(a asker) {
	c.extension().asker = a
	c.special |= actsAsker
}

// dropAsker has the input handed to the handler again, and returns who has asked for it, and not
// consumed unread.
func (c *Channel) dropAsker() (a asker, unread []byte) {
	if c.special&actsAsker == 0 {
		return nil, nil
	}
	c.special &^= actsAsker
	a, c.ext.asker = c.ext.asker, nil
	return a, a.giveUp()
}

// deliver is the input loop. It hands buf to the handler step by step, looking before each step
// whether it still may, and keeps what is left. owned says that buf is ours to keep; otherwise it
// is the loop's buffer.
func (c *Channel) deliver(buf []byte, owned bool) {
	c.input.phase = delivering
	if c.special&actsAsker != 0 {
		c.endDelivery(c.offer(buf, owned))
		return
	}
	if c.pressed() { // by what was posted: no way of delivery may have an element more than another
		c.flushOrThrottle()
	}
	d := &onLoopOf(c.Loop()).handing
	d.buf, d.left = buf, len(buf)
	left := c.settings.ElementsPerTurn
	for c.mayDeliver() {
		if c.isPlain() && c.matcher.FindsWhole() {
			if buf, left = c.deliverWhole(d, buf, left); c.heedPosts() || !c.mayDeliver() {
				break
			}
		}
		if !c.inputHas(terminatorPending) {
			if c.special&actsUnread != 0 {
				buf, owned = c.withUnread(buf, owned)
				d.buf, d.left = buf, len(buf)
			}
			collect, skip, complete := c.matcher.Next(buf)
			if collect == 0 && skip == 0 && !complete && !c.matcher.Skipped() {
				if err := c.matcher.Err(); err != nil && c.matcherFailed(err) {
					continue
				}
				break
			}
			data := c.matcher.Data()
			if data == nil {
				data = buf[:collect:collect] // or a handler that appends to it writes over the rest
			}
			buf = buf[collect+skip:]
			d.left = len(buf)
			c.addToElement(collect + skip)
			c.collect(data, complete)
			continue
		}
		c.foundTerminator()
		if left--; left == 0 {
			c.yieldTurn()
			break
		}
		if c.pressed() {
			c.flushOrThrottle()
		}
	}
	d.buf = nil
	c.noteElements(left)
	c.endDelivery(buf, owned)
}

// noteElements takes note of how many elements may still be delivered at once.
func (c *Channel) noteElements(left int) {
	c.event &^= manyElements
	if left <= c.settings.ElementsPerTurn/2 {
		c.event |= manyElements
	}
}

func (c *Channel) endDelivery(rest []byte, owned bool) {
	c.input.phase = idle
	outboxOf(c.Loop()).EmptyLeft()
	if c.traits&rests != 0 {
		inner(c.handler).(rester).rest()
	}
	c.keep(rest, owned)
}

// deliverWhole is the short way of the loop: it delivers the elements that are whole in buf, as
// long as the channel is plain, at most left-1 of them. It returns the rest, and how many more may
// be delivered.
func (c *Channel) deliverWhole(d *handing, buf []byte, left int) ([]byte, int) {
	var f func(*Channel, []byte)
	if h, ok := c.handler.(wholeHandler); ok {
		if f = h.takesWhole(); f == nil {
			return buf, left
		}
	}
	before := left
	defer func() { c.countElements(before - left) }() // also if a callback panics
	phase := collecting
	if c.traits&borrows != 0 {
		phase = collectingWhole
	}
	for len(buf) > 0 && left > 1 && c.isPlain() {
		n, size := c.matcher.Whole(buf)
		if size == 0 {
			break
		}
		element := buf[:n:n] // or a handler that appends to it writes over the rest
		buf = buf[size:]
		d.left = len(buf)
		if f == nil && n > 0 {
			c.input.phase = phase
			c.handler.CollectIncomingData(element)
			c.input.phase = delivering
			if c.pressed() {
				c.flushOrThrottle()
			}
			if !c.isPlain() {
				c.collected(size)
				break
			}
		}
		left--
		c.foundElement()
		if f != nil {
			f(c, element)
		} else {
			c.handler.FoundTerminator()
		}
		if c.progress.has(expectMore) {
			c.addToElement(size)
		} else {
			c.endElement()
		}
		if c.pressed() {
			c.flushOrThrottle()
		}
	}
	return buf, left
}

// collected is called where FoundTerminator may not follow at once.
func (c *Channel) collected(size int) {
	if !c.inputHas(dropped) {
		c.addToElement(size)
		c.setInput(terminatorPending)
		if c.traits&borrows != 0 {
			c.handler.(borrower).own()
		}
	}
}

// offer shows buf to who asks for it.
func (c *Channel) offer(buf []byte, owned bool) ([]byte, bool) {
	if c.mayDeliver() {
		buf, owned = c.withUnread(buf, owned)
		buf = c.ext.asker.offer(buf)
		c.heedPosts()
	}
	return buf, owned
}

// withUnread puts before buf what was unread.
func (c *Channel) withUnread(buf []byte, owned bool) ([]byte, bool) {
	if c.special&actsUnread == 0 {
		return buf, owned
	}
	return append(c.takeUnread(), buf...), true
}

// collect hands over a part of an element, or what an element has before its end.
func (c *Channel) collect(data []byte, complete bool) {
	if complete {
		c.setInput(terminatorPending)
	} else if c.matcher.Skipped() {
		c.setInput(terminatorPending | skippedEnd)
	}
	if len(data) > 0 {
		c.input.phase = collecting
		c.handler.CollectIncomingData(data)
		c.input.phase = delivering
		c.heedPosts()
	}
	if c.matcher.TooLong() {
		c.input.phase = collecting // the terminator that it sets is for the next element
		c.tellTooLong()
		c.input.phase = delivering
	}
	if c.pressed() {
		c.flushOrThrottle()
	}
}

// yieldTurn leaves what is still to be delivered for the next turn: others first.
func (c *Channel) yieldTurn() {
	c.setInput(rescan)
	c.extension().yieldedAt = c.conn.Loop().Turn()
	c.updateWant()
	c.conn.NextTurn()
}

func (c *Channel) yielded() bool {
	return c.ext != nil && c.ext.yieldedAt == c.conn.Loop().Turn()
}

// foundTerminator tells the handler that an element has ended, or was dropped.
func (c *Channel) foundTerminator() {
	skipped := c.inputHas(skippedEnd)
	c.clearInput(terminatorPending | skippedEnd)
	c.foundElement()
	if c.special&actsTerminator != 0 {
		c.matcher.Set(*c.takeTerminator())
	}
	if skipped {
		if h, ok := as[SkippedHandler](c.handler); ok {
			h.HandleSkipped()
		}
	} else {
		c.countElements(1)
		c.countDown()
		c.handler.FoundTerminator()
	}
	c.heedPosts()
	if c.life.bits&firstGrace != 0 {
		c.shutdownGrace()
	}
	if c.progress.has(expectMore) {
		return
	}
	c.endElement()
	if c.life.stop == stopElement && !c.busy() {
		c.stopSoon(ErrShutdown)
	}
}

// keep holds what the input loop has left. The usual rest, a few bytes of a terminator, stays in
// the memory of the one before.
func (c *Channel) keep(rest []byte, owned bool) {
	switch {
	case c.inputHas(dropped) || c.life.phase == closed:
		c.clearInput(dropped)
		c.unconsumed = nil
	case len(rest) == 0:
		if cap(c.unconsumed) > smallHeld {
			c.unconsumed = nil
		}
		c.unconsumed = c.unconsumed[:0]
	case owned && (len(rest) > smallHeld || cap(rest) <= 2*smallHeld):
		c.unconsumed = rest
	default:
		c.unconsumed = append(c.unconsumed, rest...)
	}
	if limit := c.settings.MaxBuffered; limit > 0 && len(c.unconsumed) > limit {
		c.close(ErrBuffered)
	}
}

// matcherFailed deals with a stop of the matcher, and reports whether the handler has got it going
// again.
func (c *Channel) matcherFailed(err error) (goesOn bool) {
	if err == terminator.ErrTooLong {
		c.tellTooLong()
	}
	if c.matcher.Err() == nil {
		return true
	}
	c.stopSoon(err)
	return false
}

func (c *Channel) tellTooLong() {
	if h, ok := as[TooLongHandler](c.handler); ok && c.mayDeliver() {
		h.HandleTooLong()
		c.heedPosts()
	}
}
