package chat

import "time"

// startClock begins the input clock anew.
func (c *Channel) startClock(k clock) {
	c.clock = k
	c.due = 0
	if limit := c.limitOf(k); limit > 0 {
		c.due = c.now() + limit
	}
	c.progress &^= gotInput | sentOutput | endedElement
	if c.inputHas(rateWait) {
		c.ext.rate.stopped = c.now()
	}
	c.arm()
}

// restartIdle is startClock(idleClock) for a plain channel.
func (c *Channel) restartIdle() {
	c.clock, c.due = idleClock, 0
	c.progress &^= gotInput | sentOutput | endedElement
	if limit := c.settings.IdleTimeout; limit > 0 {
		c.due = c.now() + limit
	}
	if c.ext == nil {
		c.conn.SetDeadline(c.due)
	} else {
		c.arm() // it may have a lifetime
	}
}

// stopClock takes the input clock away, until it is looked at again.
func (c *Channel) stopClock() { c.clock, c.due = noClock, 0 }

// putOffClock lets the input clock ring later.
func (c *Channel) putOffClock(d time.Duration) {
	if c.due > 0 {
		c.due += d
	}
}

// endStall says that the output does not wait for the peer any longer.
func (c *Channel) endStall() { c.stall = 0 }

func (c *Channel) limitOf(k clock) time.Duration {
	s := c.settings
	switch k {
	case firstClock:
		if c.life.bits&firstGrace != 0 && (s.FirstTimeout < 0 || s.FirstTimeout > shutdownFirst) {
			return shutdownFirst
		}
		return s.FirstTimeout
	case elementClock:
		return s.ElementTimeout
	case idleClock:
		if s.IdleTimeout < 0 && c.life.out == outBroken {
			return DefaultIdleTimeout // a client waits for its answer, but not for ever behind a break
		}
		return s.IdleTimeout
	case handshakeClock:
		return s.HandshakeTimeout
	case lingerClock:
		if s.owner != nil && s.owner.isDraining() {
			return min(s.Linger, shutdownLinger)
		}
		return s.Linger
	}
	return 0
}

// updateClock lets the input clock be of the kind that fits now. While we do not read, the peer
// cannot be blamed for what it does not send; while it takes our output, it is not idle.
func (c *Channel) updateClock() {
	if c.life.phase == lingering || c.securing() {
		c.arm()
		return
	}
	if c.progress.has(gotInput) && !c.partial() { // under None no element ends
		c.pastFirst()
		c.elementBytes = 0
		if c.life.bits&firstGrace != 0 {
			c.shutdownGrace()
			return
		}
	}
	if c.life.stop == stopElement && !c.partial() { // it was skipped, or discarded
		c.stopSoon(ErrShutdown)
	}
	k := c.fittingClock()
	switch {
	case k != c.clock, k == idleClock && c.progress.has(gotInput|sentOutput),
		k == elementClock && c.progress.has(endedElement):
		c.startClock(k)
	default:
		c.arm()
	}
}

func (c *Channel) fittingClock() clock {
	k, broken := noClock, c.life.out == outBroken
	switch {
	case !c.life.delivers() || c.input.holds != 0 && (!broken || c.holds(holdWork)):
	case c.input.holds != 0:
		k = idleClock // who holds the input is not to keep for ever what is broken
	case c.life.in == inTold:
		k = idleClock
	case c.partial():
		k = elementClock
		if c.progress.has(firstElement) && !broken {
			k = firstClock
		}
	case c.progress.has(firstElement) && !broken:
		k = firstClock
	default:
		k = idleClock
	}
	if k == idleClock && !c.outputEmpty() {
		k = noClock
	}
	return k
}

// arm tells the loop when to look again.
func (c *Channel) arm() {
	at := c.inputDue()
	if c.stall > 0 && (at == 0 || c.stall < at) {
		at = c.stall
	}
	if x := c.ext; x != nil && x.lifetime > 0 && (at == 0 || x.lifetime < at) {
		at = x.lifetime
	}
	if c.special&actsRate != 0 {
		at = c.readLimit().DueBefore(c.writeLimit().DueBefore(at))
	}
	c.conn.SetDeadline(at)
}

// inputDue returns when the input clock rings, 0 for never. What an element has brought already
// gains it time, so that a large one may come over a slow line, and one byte a second gains
// nothing.
func (c *Channel) inputDue() time.Duration {
	if c.inputHas(rateWait) {
		return 0
	}
	if c.clock == elementClock && c.due > 0 && c.settings.MinRate > 0 {
		return c.due + time.Duration(c.elementBytes/int64(c.settings.MinRate))*time.Second
	}
	return c.due
}

// updateStall lets the output clock run while output waits for the peer: also where the last
// attempt to send was not cut short. What was sent has set the clock to 0.
func (c *Channel) updateStall() {
	switch limit := c.settings.StallTimeout; {
	case c.life.phase < opening || !c.waitsForPeer():
		c.endStall()
	case c.stall == 0 && limit > 0:
		c.stall = c.now() + limit
	}
}

// waitsForPeer reports whether there is output that goes as soon as the peer takes it: not that
// which waits for more of a producer, for the rate, or for a handshake.
func (c *Channel) waitsForPeer() bool {
	if c.output.wait == waitRate {
		return false
	}
	if c.special&actsTLS != 0 && !c.ext.tls.wire.Empty() {
		return true
	}
	return !c.queue.Empty() && !c.queue.Waiting() && !c.securing()
}

// ring is called when a clock may be due.
func (c *Channel) ring() {
	now := c.now()
	switch {
	case c.life.phase == closed:
	case c.ext != nil && c.ext.lifetime > 0 && c.ext.lifetime <= now:
		c.ext.lifetime = 0
		c.timeout(ErrLifetime)
	case c.stall > 0 && c.stall <= now:
		c.close(ErrStalled) // nothing that is pushed now would go anywhere
	case c.due > 0 && !c.inputHas(rateWait) && c.inputDue() <= now:
		c.inputRings()
	case c.rateDue(now):
	default:
		c.arm()
	}
}

func (c *Channel) inputRings() {
	k := c.clock
	c.due = 0
	switch k {
	case lingerClock:
		c.close(c.closeReason())
	case handshakeClock:
		c.close(ErrHandshake)
	case firstClock:
		if c.life.phase == proxied {
			c.ext.header.late(c)
			return
		}
		if c.life.bits&firstGrace != 0 {
			c.shutdownGrace()
			return
		}
		c.timeout(ErrNoElement)
	case elementClock:
		c.timeout(ErrTooSlow)
	case idleClock:
		c.timeout(ErrIdle)
	}
}

// timeout ends the channel. A handler that has HandleTimeout may say a last word.
func (c *Channel) timeout(reason error) {
	h, ok := as[TimeoutHandler](c.handler)
	if !ok || !c.life.delivers() {
		c.close(c.whyBroken(reason))
		return
	}
	h.HandleTimeout(reason)
	c.stopSoon(reason)
	if c.closeReason() == nil {
		c.setCloseReason(reason) // the handler has called CloseWhenDone
	}
}

// limitLifetime begins the channel's lifetime, if it has one.
func (c *Channel) limitLifetime() {
	if c.settings.Lifetime > 0 {
		c.extension().lifetime = c.now() + c.settings.Lifetime
	} else if c.ext != nil {
		c.ext.lifetime = 0
	}
}
