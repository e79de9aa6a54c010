package chat

import (
	"time"

	"github.com/go-asynchat/asynchat/terminator"
)

// timing returns what the clocks show.
func (c *Channel) timing() timing {
	return timing{c.clock, watch{c.due, c.progress.has(dueStands)},
		watch{c.idle, c.progress.has(idleStands)}}
}

func (c *Channel) setTiming(t timing) {
	c.clock, c.due, c.idle = t.kind, t.due.at, t.idle.at
	c.progress &^= dueStands | idleStands | sentOutput | endedElement
	if t.due.stands {
		c.progress |= dueStands
	}
	if t.idle.stands {
		c.progress |= idleStands
	}
}

// startClock begins a clock of what the peer owes anew, and lets the loop know.
func (c *Channel) startClock(k clock) {
	t := c.timing()
	t.kind = k
	t.due.start(c.now(), c.limitOf(k))
	c.setTiming(t)
	c.arm()
}

// restartIdle is updateClock for a plain channel between two elements, or one that awaitsFirst.
func (c *Channel) restartIdle() {
	if !c.progress.has(firstElement) {
		c.clock, c.due = noClock, 0
	}
	c.idle = 0
	c.progress &^= dueStands | idleStands | sentOutput | endedElement
	if limit := c.settings.IdleTimeout; limit > 0 {
		c.idle = c.now() + limit
	}
	if c.ext == nil && c.clock == noClock {
		c.conn.SetDeadline(c.idle)
	} else {
		c.arm() // it may have a lifetime
	}
}

// awaitsFirst reports whether a plain channel that waits for its first element goes on to do so,
// with the clock that fits.
func (c *Channel) awaitsFirst() bool {
	return c.elementBytes == 0 && c.clock == c.fittingClock()
}

// stopClock takes the input clocks away, until they are looked at again.
func (c *Channel) stopClock() { c.setTiming(timing{}) }

// rang lets the clocks ring no more, until they are looked at again.
func (c *Channel) rang() { c.setTiming(timing{kind: c.clock}) }

// forgetIdle has the time of idleness begin anew when the clocks are looked at again: a handler
// that holds the input of a channel that breaks has all of it to resume.
func (c *Channel) forgetIdle() {
	c.idle = 0
	c.progress &^= idleStands
}

// limitOf returns the whole time of a clock; 0 or less is no limit.
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

// came says that n bytes have come of what is in progress. Less than 0 takes bytes back.
func (c *Channel) came(n int) {
	if c.clock == elementClock || c.ext != nil {
		c.credit(n)
	}
}

func (c *Channel) credit(n int) {
	if c.clock == elementClock {
		t := c.timing()
		t.due.gain(n, c.settings.MinRate, c.now(), c.settings.ElementTimeout)
		c.due = t.due.at
	}
	if x := c.ext; x != nil && x.silence.at > 0 && n > 0 {
		stands := x.silence.stands
		x.silence.start(c.now(), c.settings.SilenceTimeout)
		x.silence.stand(stands, c.now())
	}
}

// updateClock lets the clocks show what fits now.
func (c *Channel) updateClock() {
	if c.elementBytes > 0 && !c.partial() {
		c.dropElement()
		if c.underNone() { // where every byte is an element
			c.pastFirst()
			c.endElement()
			if c.life.bits&firstGrace != 0 {
				c.shutdownGrace()
				return
			}
		}
	}
	if c.life.stop == stopElement && !c.midRequest() { // it was skipped, or discarded
		c.stopSoon(ErrShutdown)
	}
	k := c.fittingClock()
	notRead := c.notRead()
	c.setTiming(c.timing().follow(situation{
		now: c.now(), kind: k, limit: c.limitOf(k), idleLimit: c.idleLimit(),
		ended: c.progress.has(endedElement), sent: c.progress.has(sentOutput),
		dueStands: notRead, idleStands: c.idleStands(),
	}))
	if c.ext != nil {
		c.ext.silence.stand(notRead || !c.life.delivers() || c.life.in != inOpen, c.now())
	}
	c.arm()
}

// idleLimit returns IdleTimeout. A broken channel has one in any case: a client may wait forever
// for its answer, but not after a break.
func (c *Channel) idleLimit() time.Duration {
	if c.life.out == outBroken && c.settings.IdleTimeout <= 0 {
		return defaultIdleTimeout
	}
	return c.settings.IdleTimeout
}

func (c *Channel) underNone() bool { return c.matcher.Terminator().Equal(terminator.None) }

// fittingClock returns what the peer owes us.
func (c *Channel) fittingClock() clock {
	switch {
	case c.life.phase == lingering || c.securing():
		return c.clock // which began with that
	case !c.life.delivers() || c.life.in == inTold:
		return noClock
	case c.life.bits&firstGrace != 0,
		c.progress.has(firstElement) && c.settings.FirstTimeout > 0 && !c.underNone() &&
			c.life.out != outBroken:
		return firstClock
	case c.partial(), c.special&actsTLS != 0 && c.ext.tls.begun() > 0:
		return elementClock
	}
	return noClock
}

// notRead reports whether the peer is not listened to, and so cannot be late. The end of a channel
// waits for no handler.
func (c *Channel) notRead() bool {
	return c.inputHas(rateWait) || c.shakesElsewhere() || c.input.holds != 0 &&
		!c.securing() && !c.life.drops() && c.life.bits&firstGrace == 0
}

// idleStands reports whether nothing is to be expected of the peer, or there is another clock for
// it. While a producer is not ready it is to be asked whether anybody still waits.
func (c *Channel) idleStands() bool {
	switch {
	case c.holds(holdWork), c.shakesElsewhere():
		return true
	case c.life.out == outBroken:
		return false // whoever holds the input is not to keep forever what is broken
	case c.inputHas(rateWait), c.output.wait == waitRate, c.waitsForPeer(), c.busy():
		return true
	case c.queue.Waiting():
		return false
	}
	return c.input.holds&^holdOutput != 0
}

// arm tells the loop when to look again.
func (c *Channel) arm() {
	at, _ := c.timing().next()
	if x := c.ext; x != nil {
		at = earlier(earlier(earlier(at, x.stall), x.lifetime), x.silence.next())
	}
	if c.special&actsRate != 0 {
		at = c.readLimit().DueBefore(c.writeLimit().DueBefore(at))
	}
	c.conn.SetDeadline(at)
}

// earlier returns the earlier one of two times, of which 0 is never.
func earlier(a, b time.Duration) time.Duration {
	if a == 0 || b > 0 && b < a {
		return b
	}
	return a
}

// stalls reports whether the clock of the output runs.
func (c *Channel) stalls() bool { return c.ext != nil && c.ext.stall > 0 }

// endStall says that the output does not wait for the peer any longer.
func (c *Channel) endStall() {
	if c.ext != nil {
		c.ext.stall = 0
	}
}

// taken says that the peer has taken n bytes of the output.
func (c *Channel) taken(n int) {
	if !c.stalls() {
		return
	}
	w := watch{at: c.ext.stall}
	if s := c.settings; s.MinWriteRate > 0 {
		w.gain(n, s.MinWriteRate, c.now(), s.StallTimeout)
	} else {
		w.start(c.now(), s.StallTimeout)
	}
	c.ext.stall = w.at
}

// updateStall lets the output clock run while output waits for the peer: also where the last
// attempt to send was not cut short.
func (c *Channel) updateStall() {
	switch limit := c.settings.StallTimeout; {
	case c.life.phase < opening || !c.waitsForPeer():
		c.endStall()
	case limit > 0 && !c.stalls():
		c.extension().stall = c.now() + limit
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

// limitLifetime begins the channel's lifetime, and waits to hear of the peer, as far as those are
// limited.
func (c *Channel) limitLifetime() {
	s := c.settings
	if s.Lifetime <= 0 && s.SilenceTimeout <= 0 && c.ext == nil {
		return
	}
	x := c.extension()
	x.lifetime = 0
	if s.Lifetime > 0 {
		x.lifetime = c.now() + s.Lifetime
	}
	x.silence.start(c.now(), s.SilenceTimeout)
}
