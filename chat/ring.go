package chat

import (
	"time"

	"github.com/go-asynchat/asynchat/core"
)

// maxHeard is how many reads are made before a clock that rings is believed: more than the system
// holds of a connection.
const maxHeard = 128

// ring is called when a clock may be due. Nobody is judged unheard: first is read, or sent, what
// can be, and then the clock is looked at again.
func (c *Channel) ring() {
	now := c.now()
	switch x := c.ext; {
	case c.life.phase == closed:
	case x != nil && x.lifetime > 0 && x.lifetime <= now:
		x.lifetime = 0
		c.timeout(ErrLifetime)
	case c.isStalled(now):
		(*endpoint)(c).HandleWrite()
		if c.isStalled(now) {
			c.close(ErrStalled) // nothing that is pushed now would go anywhere
		}
	case c.isLate(now):
		c.hear(func() bool { return c.isLate(now) })
		if c.isLate(now) {
			c.inputRings(now)
		}
	case c.rateDue(now):
	}
	if c.life.phase != closed {
		c.arm()
	}
}

func (c *Channel) isStalled(now time.Duration) bool { return c.stalls() && c.ext.stall <= now }

// isLate reports whether a clock of the input has come.
func (c *Channel) isLate(now time.Duration) bool {
	at, _ := c.timing().next()
	return c.life.phase != closed && (at > 0 && at <= now || c.isSilent(now))
}

func (c *Channel) isSilent(now time.Duration) bool {
	return c.ext != nil && c.ext.silence.next() > 0 && c.ext.silence.next() <= now
}

// hear reads and delivers what has come, for as long as there is something and it is wanted. It is
// called when no callback of the handler is running.
func (c *Channel) hear(wanted func() bool) {
	for range maxHeard {
		if !wanted() || c.life.phase == closed || c.conn.Want()&core.Readable == 0 {
			return
		}
		c.listen()
		(*endpoint)(c).HandleRead()
		if !c.progress.has(gotInput) {
			return
		}
	}
}

func (c *Channel) inputRings(now time.Duration) {
	at, k := c.timing().next()
	if at == 0 || at > now {
		c.ext.silence = watch{}
		c.timeout(ErrSilent)
		return
	}
	c.rang()
	switch k {
	case lingerClock:
		c.close(c.closeReason())
	case handshakeClock:
		c.close(ErrHandshakeTimeout)
	case firstClock:
		if c.life.phase == proxied {
			c.ext.header.late(c)
			return
		}
		if c.life.bits&firstGrace != 0 {
			c.shutdownGrace()
			return
		}
		c.timeout(ErrFirstTimeout)
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
	if c.closeReason() == nil && c.life.phase != closed {
		c.setCloseReason(reason) // the handler has called CloseWhenDone
	}
}
