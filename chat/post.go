package chat

import (
	"math"
	"time"

	"github.com/go-asynchat/asynchat/core"
)

// Closed reports whether the channel has been closed; HandleClose may still be to come. Any
// goroutine may call it.
func (c *Channel) Closed() bool { return c.shared.gone() }

// Post runs f on the channel's loop. Any goroutine may call it. If it returns nil, f runs, even if
// the channel is closed before; otherwise it returns [ErrClosed]. If f panics, the channel is
// closed.
//
// If a callback of the channel posts f, f runs before the next callback of input, and before an
// end: CloseWhenDone, CloseWrite and the end of the peer wait for f, as for work of [Channel.Go],
// and f may push. So the result does not depend on whether the next element has come already. The
// same is true of [Channel.After] with a time of 0. If a channel posts again and again, its input
// waits for a hundred turns at most.
func (c *Channel) Post(f func()) error {
	if c.shared.gone() {
		return ErrClosed
	}
	c.shared.addPost()
	err := c.conn.Post(func() {
		c.shared.dropPost()
		c.callPosted(f)
		c.postsRan()
	})
	if err != nil {
		c.shared.dropPost()
	}
	return err
}

// callPosted calls what was posted. It may push although an end waits for it.
func (c *Channel) callPosted(f func()) {
	if !c.inputHas(postWait) || !c.life.ends() {
		f()
		return
	}
	c.ext.answering = true
	f()
	c.ext.answering = false
}

// After calls f on the channel's loop once d has passed, unless the timer is stopped or the channel
// closed before. Use [core.Loop.After] for a timer that outlives the channel. If d is not positive,
// f runs as if it were posted: see [Channel.Post]. If f panics, the channel is closed.
func (c *Channel) After(d time.Duration, f func()) *core.Timer {
	c.touch()
	if d > 0 {
		return c.ownTimer(c.conn.After(d, func() { c.callUnlessClosed(f) }))
	}
	// In one order with what is posted. The timer is there to be stopped, or reset.
	t := c.ownTimer(c.conn.After(never, func() { c.callUnlessClosed(f) }))
	c.Post(func() {
		if at, armed := t.When(); armed && at == never {
			t.Stop()
			c.callUnlessClosed(f)
		}
	})
	return t
}

const never = time.Duration(math.MaxInt64)

// Every calls f on the channel's loop every d, until the timer is stopped or the channel closed. If
// a busy loop misses calls, they are skipped. If f panics, the channel is closed. Every panics if d
// is not positive.
func (c *Channel) Every(d time.Duration, f func()) *core.Timer {
	c.touch()
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
	c.extension().timers.add(t)
	return t
}
