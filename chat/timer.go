package chat

import (
	"slices"
	"time"

	"github.com/go-asynchat/asynchat/core"
)

// After calls f on the channel's loop once d has passed, unless the timer is stopped or the channel
// closed before; [core.Loop.After] is for what is to outlive it. If d is not positive, f runs as if
// it were posted: see [Channel.Post]. If f panics, the channel is closed.
func (c *Channel) After(d time.Duration, f func()) *core.Timer {
	if d > 0 {
		return c.ownTimer(c.conn.After(d, func() { c.callUnlessClosed(f) }))
	}
	t := c.ownTimer(c.conn.After(0, func() { c.callUnlessClosed(func() { c.callPosted(f) }) }))
	// What waits for f does so until a timer behind it, since that may be stopped, or put off.
	c.shared.addPost()
	c.conn.After(0, func() {
		c.shared.dropPost()
		c.postsRan()
	})
	return t
}

// Every calls f on the channel's loop every d, until the timer is stopped or the channel closed.
// Calls that a busy loop missed are not made up for. If f panics, the channel is closed. Every
// panics if d is not positive.
func (c *Channel) Every(d time.Duration, f func()) *core.Timer {
	return c.ownTimer(c.conn.Every(d, func() { c.callUnlessClosed(f) }))
}

// callUnlessClosed calls f of a timer, which its owner may have reset after the close.
func (c *Channel) callUnlessClosed(f func()) {
	if c.life.phase != closed {
		f()
	}
}

// ownTimer makes t end with the channel.
func (c *Channel) ownTimer(t *core.Timer) *core.Timer {
	if c.life.phase == closed {
		t.Stop()
		return t
	}
	x := c.extension()
	if n := len(x.timers); n == cap(x.timers) {
		// Those that have fired or were stopped make room: each costs O(1), on average.
		x.timers = slices.DeleteFunc(x.timers, func(t *core.Timer) bool { return !t.Armed() })
		if len(x.timers) > n/2 {
			x.timers = slices.Grow(x.timers, n)
		}
	}
	x.timers = append(x.timers, t)
	return t
}

func (x *extension) stopTimers() {
	for _, t := range x.timers {
		t.Stop()
	}
}
