package chat

import "github.com/go-asynchat/asynchat/terminator"

// SetTerminator sets what ends the next element. It stays in force until it is replaced. In
// FoundTerminator it applies to the very next byte. In CollectIncomingData it applies to the next
// element, or, if the terminator is None, to the bytes after this call. At any other time the
// element in progress ends here, and what is held back of the input is looked at again as soon as
// the callback in progress has returned.
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

// PauseReading stops the delivery of input at once, also of what has been read already, until
// ResumeReading; it is a state, and not counted. The clocks of the input stand still, except that a
// producer that is not ready has IdleTimeout. The end of the stream is noticed when reading is
// resumed. A reset is noticed at once: the channel closes if nothing came before it; else pushes
// fail, and what came is delivered when reading is resumed, which has to be within IdleTimeout.
func (c *Channel) PauseReading() {
	c.touch()
	c.hold(holdUser)
}

// ResumeReading goes on where PauseReading or PauseAfter stopped, as soon as the callback in
// progress has returned. If neither did, it does nothing.
func (c *Channel) ResumeReading() {
	c.touch()
	c.release(holdUser)
}

// PauseAfter pauses reading by itself, as PauseReading does, when n more elements have been
// delivered: the one in progress is the first of them. Reading is paused already when the last
// FoundTerminator of them is called, so that this may resume it. PauseAfter(1) before each
// ResumeReading is delivery on demand, for a handler that has room for one element, or for n.
// PauseAfter(0) is PauseReading, and [NoLimit] takes an earlier count away. An element over its
// limit that is skipped does not count, and ResumeReading does not change the count.
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

// Unread makes p, which it copies, the next input, before what has not been delivered yet. It
// closes the channel with [ErrBuffered] if more than MaxBuffered is held then. It costs a copy of
// all that was unread before and not delivered.
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
