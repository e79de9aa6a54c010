package chat

import (
	"errors"

	"github.com/go-asynchat/asynchat/terminator"
)

var (
	errNoHandlerYet = errors.New("chat: the channel has no handler yet")
	errNilHandler   = errors.New("chat: Use without a handler")
)

// Use gives the channel another handler, for example after CONNECT or an upgrade. The callback in
// progress goes on to its end, and may push. The old handler is not called afterwards, not even its
// HandleClose. newHandler is called as soon as that callback has returned, after earlier posts,
// after the work of [Channel.Go] in flight and its answer, and after a TLS handshake that has
// begun. HandleConnect is the first call of its handler, undelivered input is its first input, and
// an end of the peer that has come already is reported to it.
//
// The new handler begins as on a new channel: its terminator is None, its limits are those of the
// [Server] or [Dialer], or those that OnAccept has set; reading is not paused, and the timers of
// After and Every are stopped. The state of the connection stays: the queue, TLS, rooms, a tap, and
// the time of FirstTimeout. If the old handler is a conversation, it is over: its operations fail,
// and the result of its function is ignored.
//
// Within CollectIncomingData and HandleTooLong the change waits for the end of the element, whose
// rest is dropped; under None the new handler gets the bytes after this call. If Lines, Messages or
// Reads have gathered data of an element in progress, the new handler gets this data again. Data
// that a handler has collected itself is not returned.
//
// Use returns [ErrClosed] after Close, CloseWhenDone, or another end of the channel. In OnAccept,
// OnRefuse and NewHandler, before a handler exists, it returns an error without any effect. If the
// channel is closed before newHandler was called, newHandler is called then, and its handler gets
// only HandleClose. If Use is called several times before the change, the last call counts.
func (c *Channel) Use(newHandler NewHandler) error {
	c.touch()
	if err := c.mayLeave(); err != nil {
		return err
	}
	if newHandler == nil {
		return errNilHandler
	}
	if n, ok := c.handler.(*successor); ok {
		n.newHandler = n.wrapped(newHandler)
		return nil
	}
	n := &successor{c: c, newHandler: newHandler}
	if w, ok := c.handler.(wrapper); ok {
		n.wrap = w.Wrap
		n.newHandler = w.Wrap(newHandler)
	}
	atEnd := c.input.phase >= collecting && !c.underNone()
	if !atEnd {
		c.takeBack()
	}
	var unread []byte
	if n.asker, unread = c.dropAsker(); len(unread) > 0 {
		c.unread(unread)
	}
	c.extension().next = n
	c.setHandler(n)
	if !atEnd {
		n.FoundTerminator()
	}
	return nil
}

// mayLeave returns why the channel cannot leave its handler, nil if it can.
func (c *Channel) mayLeave() error {
	_, refused := inner(c.handler).(*refused)
	switch {
	case c.life.phase >= lingering || c.life.stop == stopNow:
		return ErrClosed
	case c.handler == nil || refused:
		return errNoHandlerYet
	}
	return nil
}

// takeBack makes unread what is gathered of an element in progress, and nobody has seen.
func (c *Channel) takeBack() {
	if !c.matcher.Partial() || c.inputHas(terminatorPending) {
		return
	}
	if _, own := inner(c.handler).(rester); own {
		return // what is in a Collector, its handler has
	}
	if h, ok := inner(c.handler).(unfinisher); ok && len(h.unfinished()) > 0 {
		c.unread(append([]byte(nil), h.unfinished()...))
	}
}

// A successor is the handler of a channel between Use and the moment when the next one begins.
type successor struct {
	c          *Channel
	newHandler NewHandler
	wrap       func(NewHandler) NewHandler // nil: nothing stood before the handler that was
	asker      asker                       // who was, if it asked for the input
	made       bool                        // newHandler has been called
	since      uint64                      // the turn in which the input began to wait
}

func (n *successor) wrapped(newHandler NewHandler) NewHandler {
	if n.wrap != nil {
		return n.wrap(newHandler)
	}
	return newHandler
}

// CollectIncomingData is called with the rest of an element in which Use was called.
func (n *successor) CollectIncomingData([]byte) {}

// FoundTerminator is called at its end, and HandleSkipped if that was dropped.
func (n *successor) FoundTerminator() {
	n.since = n.c.conn.Loop().Turn()
	n.c.SetTerminator(terminator.None)
	n.c.hold(holdUse)
}

func (n *successor) HandleSkipped() { n.FoundTerminator() }

// begin is called at safe points, until the next handler could be told that it is connected.
func (n *successor) begin(c *Channel) {
	if c.life.phase != open || c.holds(holdWork) || c.life.stop == stopNow ||
		c.conn.Loop().Turn()-n.since < maxPostTurns && c.heedPosts() {
		return
	}
	if !n.made {
		c.endContext(errAnother)
		n.leaveOld()
		c.beginAnew()
		n.make()
	}
	if c.life.phase == closed || c.securing() {
		return // HandleConnect comes behind the handshake
	}
	c.ext.next = nil
	c.setHold(holdUse, false)
	c.scheduleRescan()
	if h, ok := as[ConnectHandler](c.handler); ok {
		h.HandleConnect()
		c.heedPosts()
	}
	if o := c.settings.owner; o != nil && o.isDraining() && c.life.phase == open {
		c.shutdown()
	}
}

func (n *successor) make() {
	n.made = true
	n.c.makeHandler(n.newHandler)
}

func (n *successor) leaveOld() {
	if a := n.asker; a != nil {
		n.asker = nil
		a.abandoned()
	}
}

// HandleClose is called if the channel is closed before that.
func (n *successor) HandleClose(reason error) {
	n.leaveOld()
	n.make()
	if h, ok := n.c.handler.(CloseHandler); ok {
		h.HandleClose(reason)
	}
}

// beginAnew takes back what a handler has set of the input.
func (c *Channel) beginAnew() {
	c.life.another()
	c.noteLife()
	c.ext.timers.stop()
	c.ext.timers = nil
	c.setCountdown(0)
	c.setBusy(false)
	c.setHold(holdUser, false)
	c.setHold(holdUnasked, false)
	c.clearInput(terminatorPending | skippedEnd | asksSoon)
	c.dropElement()
	c.matcher.Set(terminator.None)
	c.takeTerminator()
	c.ruledBy(c.settings.first())
}
