package chat

import "github.com/go-asynchat/asynchat/core"

// settle is called at safe points, when no callback of the handler is running. It makes the calls
// that are due.
func (c *Channel) settle() {
	if c.life.phase >= opening && c.securing() {
		c.settleHandshake()
	}
	if c.life.phase == opening && !c.securing() {
		c.opened()
	}
	if c.holds(holdUse) && c.life.phase != closed && !c.securing() {
		c.ext.next.begin(c)
	}
	if c.life.phase < open || c.life.phase >= lingering {
		return
	}
	c.heedAsker()
	if !c.rescans() {
		if c.gathers() {
			return
		}
		c.transmit()
	}
	if c.settlePlain() {
		return
	}
	if c.outputHas(outFailed) {
		c.fail(c.closeReason())
		return
	}
	if c.holds(holdOutput) || c.outputHigh() {
		c.throttle()
	}
	if c.rescans() {
		c.deliverBySettle()
		if c.gathers() {
			return
		}
		c.transmit()
		c.throttle()
	}
	if c.backlogged() && !c.outputHas(inputBefore) {
		c.drainBacklog()
		c.throttle()
	}
	if c.outputHas(outFailed) { // of the answers to what was delivered here
		c.fail(c.closeReason())
		return
	}
	c.updateWant()
	if c.life.phase < lingering && c.outputEmpty() && !c.backlogged() && !c.securing() &&
		!c.hearsAgain() {
		c.outputSent()
	}
	if c.special&actsAsker != 0 && c.life.phase < lingering {
		c.ext.asker.outputMoved()
	}
	if c.life.phase != closed {
		c.updateStall()
		c.updateClock()
		c.accountOrRelieve()
	}
}

// deliverBySettle delivers what is held. What that sets off is a matter of the rest of settle, but
// for what comes first in there.
func (c *Channel) deliverBySettle() {
	c.event |= inRead
	c.deliverUnconsumed()
	again := c.event&settleQueued != 0
	c.event &^= inRead | settleQueued
	if again && (c.inputHas(rescan) || c.securing() || c.special&actsAsker != 0 || c.holds(holdUse)) {
		c.conn.Defer()
	}
}

// gathers reports whether what is queued waits for more: while work is in flight, its answer is
// likely to come before the loop is idle, and goes in the same write then. Everything else that is
// due waits with it, for the settle behind the answer, or for HandleIdle.
func (c *Channel) gathers() bool {
	if !c.holds(holdWork) || c.queue.Empty() || c.event&gatherNoMore != 0 || c.outputHigh() ||
		c.special&actsRate != 0 || !c.canSend() { // a rate that is due is due until it is used
		return false
	}
	c.conn.WhenIdle()
	return true
}

// endGather does what has waited, if it still does.
func (c *Channel) endGather() {
	if !c.holds(holdWork) {
		return
	}
	c.event |= gatherNoMore
	c.settle()
	c.event &^= gatherNoMore
}

// rescans reports whether input is to be delivered now. What that leads to goes together with what
// is queued.
func (c *Channel) rescans() bool {
	return c.hearsAgain() && !c.yielded() && !c.outputHigh()
}

// hearsAgain reports whether input is still to be delivered, now or in the next turn: what
// HandleEOF has unread comes before the end, too.
func (c *Channel) hearsAgain() bool { return c.inputHas(rescan) && c.mayDeliver() }

// settlePlain is the rest of settle for a channel that has only taken elements, answered them, or
// sent broadcasts: the end of most events. It reports whether that is so.
func (c *Channel) settlePlain() bool {
	if !c.isQuiet() || !c.queue.Empty() || c.partial() ||
		!c.progress.has(endedElement|sentOutput) ||
		c.holding > 0 || c.stalls() || c.conn.Want() != core.Readable ||
		c.traits&tellsDrained != 0 && c.outputHas(undrained) ||
		c.progress.has(firstElement) && !c.awaitsFirst() {
		return false
	}
	c.noteDrained()
	c.elementBytes = 0
	c.restartIdle()
	return true
}

// isQuiet reports whether the channel is plain, or its conversation has nothing to do but wait for
// the next element.
func (c *Channel) isQuiet() bool {
	return c.isPlain() || c.special == actsAsker && !c.shared.posted() && c.ext.asker.quiet()
}

// settleHandshake sends what was pushed before it, and begins it.
func (c *Channel) settleHandshake() {
	c.transmit()
	if s := c.ext.tls; s.shake == nil && c.life.phase != closed {
		s.begin()
		c.transmit()
	}
	if c.outputHas(outFailed) {
		c.fail(c.closeReason())
	}
	if c.life.phase != closed {
		c.updateWant()
		c.updateClock()
		c.accountOrRelieve()
	}
}

// opened makes the first call of the handler.
func (c *Channel) opened() {
	c.life.phase = open
	c.limitLifetime()
	if h, ok := as[ConnectHandler](c.handler); ok {
		h.HandleConnect()
		c.heedPosts()
	}
}

// heedAsker takes note of what has been asked for, and written, elsewhere.
func (c *Channel) heedAsker() {
	if c.special&actsAsker != 0 {
		c.ext.asker.settling()
	}
}
