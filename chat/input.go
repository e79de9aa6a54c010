package chat

import "github.com/go-asynchat/asynchat/terminator"

// input is what a channel does with its input.
//
//	                     delivery stops               reading stops   input clock
//	a hold               yes                          yes             stands still
//	a TLS handshake      yes                          no              that of the handshake
//	asksSoon         as the hold says             no              as the hold says
//	rateWait             no: what was read is ours    yes             stands still
//	rescan               no, but TLS decrypts no more yes             as before
//	postWait             yes                          for a moment    as before
//	dropped              to the end of the loop       no              as before
//
// While the channel drains, nothing stops the reading: what comes is dropped.
type input struct {
	holds holds
	phase inputPhase
	bits  inputBits
}

// holds are why input is not delivered, each with an owner of its own.
type holds uint8

const (
	holdUser    holds = 1 << iota // PauseReading
	holdOutput                    // the queue of output is above its high-water mark
	holdWork                      // work of Go is in flight
	holdUnasked                   // a conversation, or Reads, asks for nothing
	holdUse                       // another handler is about to begin
)

// inputPhase is where in the input loop the channel is.
type inputPhase uint8

const (
	idle       inputPhase = iota
	delivering            // in the input loop
	collecting            // in CollectIncomingData
	// The same, and FoundTerminator follows at once, unless that call stops it.
	collectingWhole
)

type inputBits uint8

const (
	terminatorPending inputBits = 1 << iota // FoundTerminator is due, delivery stopped before it
	rescan                                  // what is unconsumed is to be looked at again
	dropped                                 // DiscardBuffers was called in the input loop
	rateWait                                // the rate lets nothing be read now
	postWait                                // what was posted goes first
	skippedEnd                              // what terminatorPending is due for was over its limit
	asksSoon                                // who has been given input, elsewhere, will want more
)

func (c *Channel) setInput(b inputBits) {
	c.input.bits |= b
	c.special |= actsInput
}

func (c *Channel) clearInput(b inputBits) {
	c.input.bits &^= b
	c.special.set(actsInput, c.input.bits != 0)
}

func (c *Channel) inputHas(b inputBits) bool { return c.input.bits&b != 0 }

// holds reports whether one of these stops the input.
func (c *Channel) holds(h holds) bool { return c.input.holds&h != 0 }

// setHold changes a hold, and reports whether that was one. The loop learns what is wanted of it
// when the channel settles: to hold and to release within one callback costs no system call.
func (c *Channel) setHold(h holds, on bool) bool {
	if c.holds(h) == on || c.life.phase == closed {
		return false
	}
	c.input.holds ^= h
	c.special.set(actsHold, c.input.holds != 0)
	return true
}

// hold stops the delivery of input at once.
func (c *Channel) hold(h holds) {
	if c.setHold(h, true) {
		c.deferSettle()
	}
}

// release has what is held delivered, as soon as the callback in progress has returned.
func (c *Channel) release(h holds) {
	if c.setHold(h, false) {
		c.scheduleRescan()
	}
}

// scheduleRescan has what is unconsumed looked at again at the next safe point.
func (c *Channel) scheduleRescan() {
	if c.life.phase != closed {
		c.setInput(rescan)
		c.deferSettle()
	}
}

// maxPostTurns is how long input and ends wait for posts that lead to others: programs may post
// without end, and other goroutines faster than the loop can run what they post.
const maxPostTurns = 100

// heedPosts is called behind each callback behind which more input may be delivered, and before an
// end: what was posted goes first. It reports whether there is something to wait for.
func (c *Channel) heedPosts() bool {
	if c.shared.posted() && !c.inputHas(postWait) && c.life.phase != closed {
		c.extension().postsSince = c.conn.Loop().Turn()
		c.setInput(postWait)
	}
	return c.inputHas(postWait)
}

// forgetInput drops what is unconsumed, and what has come of the element in progress.
func (c *Channel) forgetInput() {
	c.unconsumed = nil
	c.takeUnread()
	c.dropElement()
	c.clearInput(terminatorPending | skippedEnd)
}

// securing reports whether a TLS handshake is in progress, or about to be.
func (c *Channel) securing() bool { return c.special&actsTLS != 0 && c.ext.tls.securing }

// shakesElsewhere reports whether a worker has the handshake: the peer cannot be late then.
func (c *Channel) shakesElsewhere() bool { return c.special&actsTLS != 0 && c.ext.tls.away() }

// mayDeliver reports whether the handler may get the next piece of input.
func (c *Channel) mayDeliver() bool {
	return c.life.delivers() && c.input.holds == 0 && !c.inputHas(dropped|postWait) &&
		!c.securing()
}

// partial reports whether an element has begun and not ended.
func (c *Channel) partial() bool {
	return c.matcher.Partial() || c.progress.has(expectMore) || len(c.unconsumed) > 0 ||
		c.special&actsUnread != 0 || c.special&actsAsker != 0 && c.ext.asker.midElement()
}

// restOfInput returns what has come of an element whose end did not. (A session that embeds the
// channel must not get the method of an unfinisher.)
func (c *Channel) restOfInput() (rest []byte) {
	if h, ok := inner(c.handler).(unfinisher); ok {
		rest = h.unfinished()
	}
	if c.special&actsUnread != 0 {
		rest = append(rest[:len(rest):len(rest)], c.ext.unread...)
	}
	return append(rest[:len(rest):len(rest)], c.unconsumed...)
}

// readAll reports whether there is nothing more to be read from the system.
func (c *Channel) readAll() bool {
	return c.life.in != inOpen || c.special&actsTLS != 0 && c.ext.tls.eof
}

// Terminator returns the terminator that was set last, at first None.
func (c *Channel) Terminator() terminator.Terminator {
	c.touch()
	if c.special&actsTerminator != 0 {
		return *c.ext.terminator
	}
	return c.matcher.Terminator()
}

// takeTerminator returns what was set for the next element, nil if nothing was, and forgets it.
func (c *Channel) takeTerminator() (t *terminator.Terminator) {
	if c.special&actsTerminator != 0 {
		c.special &^= actsTerminator
		t, c.ext.terminator = c.ext.terminator, nil
	}
	return t
}

// unread makes p, which is the channel's from now on, the next input.
func (c *Channel) unread(p []byte) {
	x := c.extension()
	x.unread = append(p, x.unread...)
	c.special |= actsUnread
}

func (c *Channel) takeUnread() (p []byte) {
	if c.special&actsUnread != 0 {
		c.special &^= actsUnread
		p, c.ext.unread = c.ext.unread, nil
	}
	return p
}

// setCountdown has delivery pause by itself when n more elements have been delivered; 0: it does
// not.
func (c *Channel) setCountdown(n int) {
	if n > 0 || c.special&actsCount != 0 {
		c.extension().countdown = n
		c.special.set(actsCount, n > 0)
	}
}

// countDown is called before each FoundTerminator, so that this may resume.
func (c *Channel) countDown() {
	if c.special&actsCount == 0 {
		return
	}
	c.setCountdown(c.ext.countdown - 1)
	if c.special&actsCount == 0 {
		c.hold(holdUser)
	}
}
