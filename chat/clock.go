package chat

import (
	"time"
)

// A channel has one clock for its input, of one of these kinds at a time, and one for its output, which runs while the peer takes nothing.
// Both are times on the loop's clock, kept in the channel, and set anew by a store; the loop looks at them only when the earlier one might be
// due.
type clock uint8

const (
	noClock        clock = iota
	firstClock           // no element has ended yet
	elementClock         // an element has begun
	idleClock            // between two elements
	handshakeClock       // of TLS
	lingerClock          // everything is sent, the peer is to close
)

func (c *Channel) now() time.Duration { return c.conn.Loop().Clock() }

// startClock begins the input clock anew.
func (c *Channel) startClock(k clock) {
	c.clock = k
	c.input = 0
	if limit := c.limitOf(k); limit > 0 {
		c.input = c.now() + limit
	}
	c.flags &^= came | went | ended
	if c.has(slowRead) {
		c.extra.pace.stopped = c.now()
	}
	c.arm()
}

func (c *Channel) limitOf(k clock) time.Duration {
	s := c.settings
	switch k {
	case firstClock:
		if c.has(newcomer) && (s.FirstTimeout < 0 || s.FirstTimeout > shutdownFirst) {
			return shutdownFirst
		}
		return s.FirstTimeout
	case elementClock:
		return s.ElementTimeout
	case idleClock:
		return s.IdleTimeout
	case handshakeClock:
		return s.HandshakeTimeout
	case lingerClock:
		if v := s.service; v != nil && v.draining.Load() {
			return min(s.Linger, shutdownLinger)
		}
		return s.Linger
	}
	return 0
}

// updateClock lets the input clock be of the kind that fits now. While we do not read, the peer cannot be blamed for what it does not
// send; while it takes our output, it is not idle.
func (c *Channel) updateClock() {
	if c.state == lingering || c.has(securing) {
		c.arm()
		return
	}
	if c.has(came) && !c.partial() { // under None no element ends, and none is unfinished
		c.flags &^= first
		c.element = 0
	}
	k := noClock
	switch {
	case !c.isOpen() || c.has(waits):
	case c.has(eofTold):
		k = idleClock
	case c.partial():
		k = elementClock
		if c.has(first) {
			k = firstClock
		}
	case c.has(first):
		k = firstClock
	default:
		k = idleClock
	}
	if k == idleClock && !c.outputEmpty() {
		k = noClock
	}
	switch {
	case k != c.clock, k == idleClock && c.has(came|went), k == elementClock && c.has(ended):
		c.startClock(k)
	default:
		c.arm()
	}
}

// arm tells the loop when to look again.
func (c *Channel) arm() {
	at := c.inputDue()
	if c.stall > 0 && (at == 0 || c.stall < at) {
		at = c.stall
	}
	if x := c.extra; x != nil && x.end > 0 && (at == 0 || x.end < at) {
		at = x.end
	}
	at = c.readMeter().DueBefore(c.writeMeter().DueBefore(at))
	c.conn.SetDeadline(at)
}

// ExpectMore is for requests of several elements: a head and its body, headers line by line. Called in FoundTerminator it says that the element
// that has ended is not the last of its request. All of them together then have the time, and the least rate, of one element, or a peer could
// take IdleTimeout for each; between them the end of the input is io.ErrUnexpectedEOF, and a shutdown of the server waits for the last.
func (c *Channel) ExpectMore() { c.flags |= unfinished }

// inputDue returns when the input clock rings, 0 for never. What an element has brought already gains it time, so that a large one may come
// over a slow line, and one byte a second gains nothing.
func (c *Channel) inputDue() time.Duration {
	if c.has(slowRead) {
		return 0
	}
	if c.clock == elementClock && c.input > 0 && c.settings.MinRate > 0 {
		return c.input + time.Duration(c.element/int64(c.settings.MinRate))*time.Second
	}
	return c.input
}

// updateStall lets the output clock run while output waits for the peer: also where the last attempt to send was not cut short. What was sent
// has set the clock to 0.
func (c *Channel) updateStall() {
	switch limit := c.settings.StallTimeout; {
	case c.state < opening || !c.waitsForPeer():
		c.stall = 0
	case c.stall == 0 && limit > 0:
		c.stall = c.now() + limit
	}
}

// waitsForPeer reports whether there is output that goes as soon as the peer takes it: not that which waits for more of a producer, for the rate,
// or for a handshake.
func (c *Channel) waitsForPeer() bool {
	if c.has(slowWrite) && !c.has(blocked) {
		return false
	}
	s := c.tls()
	if s != nil && !s.wire.Empty() {
		return true
	}
	return !c.out.Empty() && !c.out.Waiting() && !c.has(securing)
}

// ring is called when a clock may be due.
func (c *Channel) ring() {
	now := c.now()
	switch {
	case c.state == closed:
	case c.extra != nil && c.extra.end > 0 && c.extra.end <= now:
		c.extra.end = 0
		c.timeout(ErrLifetime)
	case c.stall > 0 && c.stall <= now:
		c.close(ErrStalled) // nothing that is pushed now would go anywhere
	case c.input > 0 && !c.has(slowRead) && c.inputDue() <= now:
		c.inputRings()
	case c.rateDue(now):
	default:
		c.arm()
	}
}

func (c *Channel) inputRings() {
	k := c.clock
	c.input = 0
	switch k {
	case lingerClock:
		c.close(c.why())
	case handshakeClock:
		c.close(ErrHandshake)
	case firstClock:
		if c.state == proxied {
			c.headerIsLate()
			return
		}
		if c.has(newcomer) {
			c.shutdownNewcomer()
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
	if !ok || !c.isOpen() {
		c.close(reason)
		return
	}
	h.HandleTimeout(reason)
	c.drain(reason)
	if c.why() == nil {
		c.because(reason) // the handler has called CloseWhenDone
	}
}
