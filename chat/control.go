package chat

import "github.com/go-asynchat/asynchat/terminator"

// SetTerminator sets the terminator of the next element. It stays in force until it is replaced. In
// FoundTerminator it applies to the very next byte. In CollectIncomingData it applies to the next
// element, or, if the terminator is None, to the bytes after this call. At any other time the
// element in progress ends without a FoundTerminator, and held input is searched for the new
// terminator as soon as the callback in progress has returned.
func (c *Channel) SetTerminator(t terminator.Terminator) {
	c.touch()
	switch {
	case c.input.phase >= collecting && !c.matcher.Terminator().Equal(terminator.None):
		next := t // t itself would be on the heap for every call
		c.extension().terminator = &next
		c.special |= actsTerminator
	default:
		if c.input.phase >= collecting { // under None, where what has come is an element
			c.foundElement()
			c.endElement()
		}
		c.matcher.Set(t)
		c.takeTerminator() // what was set before it for the next element is replaced
		if c.input.phase == idle {
			c.cutElement()
			c.scheduleRescan()
		}
	}
}

// PauseReading stops the delivery of input at once, until ResumeReading. Input that has been read
// already waits too. Several calls count as one. The clocks of the input stand still, except that
// IdleTimeout runs while a producer is not ready. The end of the stream is noticed when reading is
// resumed. A reset is noticed at once. If no input came before the reset, the channel closes.
// Otherwise pushes fail, and the input is delivered when reading is resumed. This must happen
// within IdleTimeout.
func (c *Channel) PauseReading() {
	c.touch()
	c.hold(holdUser)
}

// ResumeReading ends the pause of PauseReading or PauseAfter, as soon as the callback in progress
// has returned. Without a pause, it does nothing.
func (c *Channel) ResumeReading() {
	c.touch()
	c.release(holdUser)
}

// PauseAfter pauses reading, as PauseReading does, after n more elements. The element in progress
// is the first of them. The pause begins before FoundTerminator is called for the last of them, so
// that this call may resume reading. To get one element at a time, call PauseAfter(1) before each
// ResumeReading. PauseAfter(0) is PauseReading, and [NoLimit] cancels an earlier count. A skipped
// element does not count, and ResumeReading does not change the count.
func (c *Channel) PauseAfter(n int) {
	c.touch()
	switch {
	case c.life.phase == closed:
	case n > 0:
		c.setCountdown(n)
	default:
		c.setCountdown(0)
		if n == 0 {
			c.PauseReading()
		}
	}
}

// Unread makes a copy of p the next input, before other undelivered input. It closes the channel
// with [ErrBuffered] if the channel then holds more than MaxBuffered. Each call also copies the
// input of earlier calls that is still undelivered.
func (c *Channel) Unread(p []byte) {
	c.touch()
	if len(p) == 0 || c.life.phase == closed {
		return
	}
	c.unread(append([]byte(nil), p...))
	limit := c.settings.MaxBuffered
	if limit > 0 && len(c.ext.unread)+len(c.unconsumed) > limit {
		c.close(ErrBuffered)
		return
	}
	if c.input.phase == idle {
		c.scheduleRescan()
	}
}
