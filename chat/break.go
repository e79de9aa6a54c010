package chat

// A direction that breaks takes nothing with it: what came before is delivered.

// breakOutput ends our direction, and no more, after a failure: what is queued is dropped, pushes
// fail, and what the peer has sent before is delivered up to its end. Then the channel closes, for
// the reason err. It calls no handler.
func (c *Channel) breakOutput(err error) {
	if !c.life.breakOutput() {
		return
	}
	c.setCloseReason(err)
	c.countQueued()
	c.dropBacklog()
	c.queue.CloseWhenDone() // also to a push that has set off the write
	c.queue.DiscardWith(err)
	if c.special&actsTLS != 0 {
		c.ext.tls.wire.Discard()
	}
	c.outputWaits(waitNothing)
	c.endStall()
	c.forgetIdle()
	c.deferSettle()
}

// breakInput ends the peer's direction after a failed read: behind what has come, as the end of the
// stream.
func (c *Channel) breakInput(err error) {
	c.breakOutput(err)
	c.setIn(inEnded)
	c.matcher.EOF()
	c.deferSettle()
}

// refuseSlow ends the channel of a peer that takes nothing of what it has asked for. What it has
// said before is delivered as far as it has been read; it may go on for ever.
func (c *Channel) refuseSlow() {
	c.breakOutput(ErrSlowReader)
	if c.special&actsTLS != 0 {
		c.ext.tls.eof = true
	} else if c.life.in == inOpen {
		c.setIn(inEnded)
		c.matcher.EOF()
	}
	c.scheduleRescan()
}

// whyBroken returns the reason for which our direction has broken before, else err.
func (c *Channel) whyBroken(err error) error {
	if c.life.out == outBroken {
		return c.closeReason()
	}
	return err
}
