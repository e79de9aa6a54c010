package chat

import (
	"io"

	"github.com/go-asynchat/asynchat/core"
)

// noteLife keeps what the fast ways ask. It is called behind each change of an end.
func (c *Channel) noteLife() { c.special.set(actsEnd, !c.life.plain()) }

func (c *Channel) setIn(e inEnd) {
	c.life.in = e
	c.noteLife()
}

func (c *Channel) setLifeBits(b lifeBits) {
	c.life.bits |= b
	c.noteLife()
}

func (c *Channel) clearLifeBits(b lifeBits) {
	c.life.bits &^= b
	c.noteLife()
}

// peerEnded tells the handler that all input has been delivered, or goes by the rule for handlers
// that do not want to know.
func (c *Channel) peerEnded() {
	c.setIn(inTold)
	if h, ok := as[RestHandler](c.handler); ok && c.partial() {
		h.HandleRest(c.restOfInput())
		if c.life.phase == closed || c.holds(holdUse) {
			return // there is nobody to be told, or another
		}
	}
	h, ok := as[EOFHandler](c.handler)
	switch {
	case c.life.out == outBroken: // by a reset or a failed write: the peer has chosen no end
		c.deferSettle()
	case c.life.bits&tlsTruncated != 0:
		c.stopSoon(ErrTruncated)
	case ok:
		h.HandleEOF()
		if c.life.out != outOpen {
			c.deferSettle() // both directions have ended, if everything is sent
		}
	case c.partial():
		c.stopSoon(io.ErrUnexpectedEOF)
	case c.life.out != outOpen:
		c.stopSoon(nil)
	default:
		c.stopSoon(io.EOF)
	}
}

// CloseWhenDone closes the channel when everything that was pushed has been sent, at once if
// nothing waits. No more input is delivered, and pushes fail. To make sure that the peer gets the
// last bytes, the channel ends our direction first, and drops later input until the peer closes
// too, or the Linger time has passed. HandleClose is called then, with nil. If work of [Channel.Go]
// is in flight, all of this begins when the work is done.
func (c *Channel) CloseWhenDone() {
	c.touch()
	c.stopSoon(nil)
}

func (c *Channel) stopSoon(reason error) {
	c.heedMail()
	if c.life.stopSoon() != actSeal {
		return
	}
	if c.life.out != outBroken { // else that is why
		c.setCloseReason(reason)
	}
	c.endReadWait()
	c.seal()
}

// seal puts the end behind what is pushed, unless there is work in flight, whose answer is to
// precede it, or what was posted.
func (c *Channel) seal() {
	c.noteLife()
	if !c.holds(holdWork) && !c.heedPosts() {
		c.putEnd()
	}
	c.updateWant()
	c.deferSettle()
}

func (c *Channel) putEnd() {
	c.life.seal()
	c.queueBacklog()
	c.queue.CloseWhenDone()
	c.noteLife()
}

// workDone goes on when no work is in flight any more.
func (c *Channel) workDone() {
	if c.life.ends() {
		c.seal()
	}
	c.scheduleRescan()
}

// postsRan goes on with what has waited for posts, if that was the last of them.
func (c *Channel) postsRan() {
	if !c.inputHas(postWait) || c.life.phase == closed {
		return
	}
	if c.shared.posted() && c.conn.Loop().Turn()-c.ext.postsSince < maxPostTurns {
		return
	}
	c.clearInput(postWait)
	if c.life.ends() && !c.holds(holdWork) {
		c.putEnd()
	}
	c.scheduleRescan()
}

// CloseWrite ends only our direction: earlier pushes are sent first, then the peer reads the end of
// the stream. Later pushes fail with [ErrClosed], and HandleDrained is not called any more. Input
// goes on until the peer ends it. After the end of the peer was delivered, and HandleEOF has
// returned, the channel closes by itself once everything is sent: with nil, or with
// io.ErrUnexpectedEOF if the peer ended inside an element and the handler has no HandleEOF.
// CloseWhenDone, Close and DiscardBuffers may still be called; DiscardBuffers drops the queue, and
// so ends our direction at once. If the system refuses, because the connection is broken or has no
// half-close, such as an adopted pipe, this is like a failed write: HandleClose gets the error when
// the input has ended.
func (c *Channel) CloseWrite() {
	c.touch()
	c.heedMail()
	if c.life.closeWrite() == actSeal {
		c.seal()
	}
}

// outputSent goes on when everything is sent.
func (c *Channel) outputSent() {
	if c.special&actsTLS != 0 && c.life.out >= outSealed && !c.ext.tls.endOutput() {
		return // when our last word is sent
	}
	switch c.life.sent(c.holds(holdWork)) {
	case actLinger:
		c.linger()
	case actClose:
		c.close(c.closeReason())
	case actShutWrite:
		if err := c.conn.CloseWrite(); err != nil {
			if cause := c.conn.Err(); cause != nil {
				err = cause // of a reset, which says more than that there is nothing to shut
			}
			c.breakOutput(err)
			return
		}
		c.tapEnd(DirectionSent)
	case actTellSent:
		if c.noteDrained() && c.traits&tellsDrained != 0 {
			c.handler.(DrainedHandler).HandleDrained()
		}
	}
}

// linger begins when all is sent: what the peer has sent meanwhile would, unread, make the system
// reset the connection, and the reset would overtake our last bytes.
func (c *Channel) linger() {
	if c.settings.Linger < 0 || !c.life.linger(c.conn.CloseWrite) {
		c.close(c.closeReason())
		return
	}
	c.tapEnd(DirectionSent)
	c.updateWant()
	c.startClock(lingerClock)
}

// Close closes the channel at once; what is queued is dropped. No callback follows but
// HandleClose(nil), which is called when the callback in progress has returned. It always returns
// nil.
func (c *Channel) Close() error {
	c.touch()
	c.close(nil)
	return nil
}

// Abort closes the channel with a reset: the peer gets an error, and the system forgets the
// connection without waiting for anything.
func (c *Channel) Abort() {
	c.touch()
	if c.life.phase != closed {
		c.conn.SetOption(core.Linger, 0)
		c.close(nil)
	}
}

// close ends the channel, whatever it is doing. It calls no handler: HandleClose follows at the end
// of the turn.
func (c *Channel) close(reason error) {
	if c.life.phase == closed {
		return
	}
	c.releaseAll(reason)
	c.conn.CloseWith(reason)
}

func (c *Channel) releaseAll(reason error) {
	outboxOf(c.Loop()).EmptyLeft() // the delivery in progress may not come to its end
	c.checkInvariants(atClose)
	c.life.close()
	c.noteLife()
	c.shared.leaveAll()
	if c.output.wait == waitKernel {
		c.countQueued()
	}
	c.queue.CloseWhenDone()
	c.queue.DiscardWith(reason)
	c.unconsumed = nil
	if c.special&actsTLS != 0 {
		c.ext.tls.discard()
	}
	c.account()
	if c.ext != nil {
		if c.ext.tasks != nil {
			c.ext.tasks.drop()
		}
		c.ext.timers.stop()
		c.dropRates()
		c.ext.release()
		c.special &= actsTLS | actsAsker | actsTap | actsTrace | actsEnd
	}
	c.conn.SetDeadline(0)
}

// closed is the last thing that happens to a channel.
func (c *Channel) closed(err error) {
	if c.life.phase != closed { // the loop closed the connection, not the channel
		c.releaseAll(err)
	}
	if c.ext != nil { // who looks afterwards is there
		c.setCloseReason(err)
	}
	c.endContext(err)
	if o := c.settings.owner; o != nil {
		defer o.channelClosed(c, err)
	}
	if ended := c.settings.ended; ended != nil {
		defer ended(c, err)
	}
	if c.special&actsTLS != 0 {
		c.ext.tls.abandon()
	}
	defer c.tapClosed()
	if h, ok := c.handler.(CloseHandler); ok {
		h.HandleClose(err)
	}
}

// CloseReason returns the reason of the close, which HandleClose gets or has got. It is nil while
// the channel is open, and after Close.
func (c *Channel) CloseReason() error {
	if c.touch(); c.life.phase != closed {
		return nil
	}
	return c.closeReason()
}

// setCloseReason keeps the reason of the close that has begun. That of most takes no memory.
func (c *Channel) setCloseReason(err error) {
	c.life.bits &^= reasonEOF
	switch {
	case err == io.EOF:
		c.life.bits |= reasonEOF
	case err != nil || c.ext != nil:
		c.extension().reason = err
	}
	c.noteLife()
}

// closeReason returns the reason of the close that has begun.
func (c *Channel) closeReason() error {
	switch {
	case c.life.bits&reasonEOF != 0:
		return io.EOF
	case c.ext != nil:
		return c.ext.reason
	}
	return nil
}
