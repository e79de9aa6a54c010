package chat

import (
	"io"

	"github.com/go-asynchat/asynchat/core"
)

// The life of a channel. What changes its state is in this file, but for its beginning (channel.go, proxy.go), and a
// state is never followed by an earlier one.
//
//	state       begins                                    input                 output   ends
//	connecting  Dial                                      none                  queued   made: opening; failed: closed
//	proxied     accepted from a proxy                     the PROXY header      none     read: opening
//	opening     accepted, adopted, connected              none                  queued   HandleConnect: open
//	open                                                  delivered, if may be  sent     an end of one direction, or of both
//	halfClosed  one direction has ended, not the other    as before, to its end as before  the other ends
//	draining    CloseWhenDone, EOF without HandleEOF      dropped               sent     all is sent: lingering
//	lingering   all is sent, and our direction is closed  dropped               none     the peer closes, or its time is up
//	closed      Close, a fault, or all of the above       none                  dropped  HandleClose, the last call
//
// While work of Go is in flight, input waits, in every state; and CloseWhenDone, CloseWrite and all that ends like them take effect when it
// is done, so that its answer is sent.
//
// Whatever the state, an error of the connection, a limit or a clock leads to closed at once.
type state uint8

const (
	connecting state = iota
	proxied
	opening
	open
	halfClosed
	draining
	lingering
	closed
)

// flags are what a channel is doing, or has to do, within its state.
type flags uint64

const (
	delivering   flags = 1 << iota // in the input loop
	collecting                     // in CollectIncomingData
	paused                         // by PauseReading
	throttled                      // by output above the high-water mark
	found                          // FoundTerminator is due, delivery was stopped before it
	look                           // what is held is to be looked at again
	discarded                      // DiscardBuffers was called in the input loop
	eof                            // the peer has ended its direction
	eofTold                        // and the handler knows
	done                           // nothing more is pushed or delivered: draining, as soon as the channel is open
	writeClosed                    // CloseWrite: nothing more is pushed
	outEnded                       // and the peer has been told
	blocked                        // the system takes no more output for now
	undrained                      // pushed since HandleDrained
	lastElement                    // end after the element in progress
	failed                         // reason is a fault to be told
	first                          // no element has ended yet
	came                           // bytes came since the clock was set
	went                           // bytes went since then
	ended                          // an element ended since then
	unfinished                     // the next element belongs to the last one: ExpectMore
	counted                        // its server counts it among MaxConns
	named                          // and its address among MaxConnsPerAddress
	newcomer                       // has a moment for its first element, then the shutdown is for it too
	dialled                        // by us
	securing                       // a TLS handshake is in progress, or about to be
	cut                            // TLS ended without a word
	transmitting                   // the queue is being drained
	sated                          // the conversation asks for no input
	working                        // work of Go is in flight, and input waits for it
	answering                      // in what that work has returned: it may push although the channel is to end behind it
	sealed                         // the queue of output has its end: CloseWhenDone or CloseWrite has taken effect
	unexpected                     // Reads is told to read nothing
	sentEnd                        // the tap knows that our direction has ended
	slowRead                       // our rate lets nothing be read now
	slowWrite                      // nor written
	inputFirst                     // broadcasts that wait let the input go before that has waited, until there is room for output
	receiving                      // in receive, at whose end settle is called if it is due
	due                            // it is
	byPeer                         // the reason of the close that has begun is io.EOF
	tellsDrained                   // the handler has HandleDrained: to find that out costs, and would be done for each answer

	usual = first | delivering | receiving | due | undrained | came | went | ended | counted | named | dialled | tellsDrained // nothing to look at
	waits = paused | throttled | working | unexpected | securing | sated                                                      // why input is not delivered
)

func (c *Channel) has(f flags) bool { return c.flags&f != 0 }

// isOpen reports whether input may still be delivered.
func (c *Channel) isOpen() bool { return (c.state == open || c.state == halfClosed) && !c.has(done) }

// usual reports whether the channel does nothing but take elements and answer them, as most do most of the time: then there is no need to ask for all
// else that might be due.
func (c *Channel) usual() bool { return c.flags&^usual == 0 && c.state == open && c.extra == nil }

// opened makes the first call of the handler.
func (c *Channel) opened() {
	c.state = open
	c.limitLifetime()
	if h, ok := as[ConnectHandler](c.handler); ok {
		h.HandleConnect()
	}
	if c.state == open && c.has(done) {
		c.seal()
	}
}

// peerEnded tells the handler that all input has been delivered, or goes by the rule for those who do not want to know.
func (c *Channel) peerEnded() {
	c.flags |= eofTold
	h, ok := as[EOFHandler](c.handler)
	switch {
	case c.has(cut):
		c.drain(ErrTruncated)
	case ok:
		if c.state == open {
			c.state = halfClosed
		}
		h.HandleEOF()
		if c.has(writeClosed) {
			c.settleSoon() // both directions have ended, if everything is sent
		}
	case c.partial():
		c.drain(io.ErrUnexpectedEOF)
	case c.has(writeClosed):
		c.drain(nil)
	default:
		c.drain(io.EOF)
	}
}

// CloseWhenDone closes the channel when everything that was pushed has been sent, at once if nothing waits. No more input is
// delivered, and pushes fail. So that the peer really gets the last bytes, the connection is not just closed: this end says
// that it has finished, and drops what still comes in until the peer closes too, or the time for lingering has passed.
// HandleClose is called then, with nil. With work of [Channel.Go] in flight all of this begins when that is done.
func (c *Channel) CloseWhenDone() { c.drain(nil) }

func (c *Channel) drain(reason error) {
	if c.state >= draining || c.has(done) {
		return
	}
	c.flags |= done
	c.because(reason)
	c.readFreely()
	c.seal()
}

// seal puts the end behind what is pushed, unless there is work in flight, whose answer is to precede it.
func (c *Channel) seal() {
	if !c.has(working) {
		c.flags |= sealed
		c.sendBacklog()
		c.out.CloseWhenDone()
		if c.has(done) && c.state >= open {
			c.state = draining
		}
	}
	c.updateWant()
	c.settleSoon()
}

// worked goes on when no work is in flight any more.
func (c *Channel) worked() {
	if c.has(done | writeClosed) {
		c.seal()
	}
	c.updateWant()
	c.lookAgain()
}

// CloseWrite ends our direction, and no more: what was pushed before is sent first, then the peer reads the end of the stream. Pushes fail
// with [ErrClosed] from now on, and HandleDrained is not called any more. Input goes on for as long as the peer likes. When the
// peer has ended too, that was delivered, and HandleEOF has returned, the channel closes by itself once everything is sent: with nil, or
// with io.ErrUnexpectedEOF if the peer ended inside an element and the handler has no HandleEOF. CloseWhenDone, Close and
// DiscardBuffers may still be called; DiscardBuffers brings the end of our direction forward. What has no
// half-close, such as a pipe that was adopted, is closed with that error.
func (c *Channel) CloseWrite() {
	if c.state >= draining || c.has(done|writeClosed) {
		return
	}
	c.flags |= writeClosed
	c.seal()
}

// drained goes on when everything is sent.
func (c *Channel) drained() {
	if s := c.tls(); s != nil && (c.state == draining || c.has(writeClosed)) && !s.endOutput() {
		return // when our last word is sent
	}
	switch {
	case c.state == draining:
		c.linger()
	case c.has(sealed):
		c.endOutput()
	case c.has(done | writeClosed): // when the work is done
	case c.has(undrained):
		c.flags &^= undrained
		if c.has(tellsDrained) {
			c.handler.(DrainedHandler).HandleDrained()
		}
	}
}

func (c *Channel) endOutput() {
	if c.has(eofTold) {
		if !c.has(working) {
			c.close(nil)
		}
		return
	}
	if c.has(outEnded) {
		return
	}
	c.flags |= outEnded
	c.state = halfClosed
	if err := c.conn.CloseWrite(); err != nil {
		c.close(err)
		return
	}
	c.passedEnd(Sent)
}

// linger begins when all is sent: what the peer has sent meanwhile would, unread, make the system reset the
// connection, and the reset would overtake our last bytes.
func (c *Channel) linger() {
	if c.has(eof) || c.settings.Linger < 0 || !c.has(outEnded) && c.conn.CloseWrite() != nil {
		c.close(c.why())
		return
	}
	c.state = lingering
	c.passedEnd(Sent)
	c.updateWant()
	c.startClock(lingerClock)
}

// Close closes the channel at once; what is queued is dropped. No callback follows but HandleClose(nil), which is called when the
// callback in progress has returned. It always returns nil.
func (c *Channel) Close() error {
	c.close(nil)
	return nil
}

// Abort is Close by a reset: the peer gets an error, and the system forgets the connection without waiting for anything.
func (c *Channel) Abort() {
	if c.state != closed {
		c.conn.SetOption(core.Linger, 0)
		c.close(nil)
	}
}

// close ends the channel, whatever it is doing. It calls no handler: HandleClose follows at the end of the turn.
func (c *Channel) close(reason error) {
	if c.state == closed {
		return
	}
	c.release()
	c.conn.CloseWith(reason)
}

func (c *Channel) release() {
	c.state = closed
	c.gone.Store(true)
	if c.has(blocked) {
		c.countQueued()
	}
	c.out.CloseWhenDone()
	c.out.Discard()
	c.held = nil
	if s := c.tls(); s != nil {
		s.wire.Discard()
	}
	c.account()
	c.dropWork()
	c.losePace()
	if c.extra != nil {
		c.extra.release()
	}
	c.conn.SetDeadline(0)
}

// closed is the last thing that happens to a channel.
func (c *Channel) closed(err error) {
	if c.state != closed { // the loop closed the connection, not the channel
		c.release()
	}
	if c.extra != nil { // who looks afterwards is there
		c.because(err)
	}
	if s := c.settings.service; s != nil {
		defer s.left(c, err)
	}
	if s := c.tls(); s != nil {
		s.abandon()
	}
	defer c.passedLast()
	if h, ok := c.handler.(CloseHandler); ok {
		h.HandleClose(err)
	}
}
