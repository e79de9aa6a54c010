package chat

import (
	"io"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/fifo"
)

// Push queues a copy of p to be sent; the caller may reuse p at once. All that is pushed during one callback leaves in one write at
// its end. A push of nothing is no push. It returns [ErrClosed] after a close or CloseWhenDone, and [ErrSlowReader]
// when it closes the channel because the queue is above its limit. It calls no handler.
func (c *Channel) Push(p []byte) error {
	if c.admitted() && c.out.Append(p) {
		return nil
	}
	if len(p) == 0 {
		return c.mayPush()
	}
	if err := c.admit(); err != nil {
		return err
	}
	if len(p) < directWrite || c.state < open || c.has(blocked|securing|slowWrite) {
		return c.out.Push(p)
	}
	c.out.Borrow(p)
	c.transmit()
	c.out.Keep()
	return nil
}

// PushString is Push for a string. A long one is kept, not copied.
func (c *Channel) PushString(s string) error {
	if c.admitted() && c.out.AppendString(s) {
		return nil
	}
	if s == "" {
		return c.mayPush()
	}
	if err := c.admit(); err != nil {
		return err
	}
	return c.out.PushString(s)
}

// PushProducer queues a producer, whose data is sent when all that was pushed before has been. The channel owns p and
// closes it, if it is an io.Closer, exactly once, also when it returns an error, which it does as Push. (One that embeds its session, and so the
// Channel, has the Channel's Close, and ends it.)
func (c *Channel) PushProducer(p fifo.Producer) error {
	p = c.watched(p)
	if err := c.admit(); err != nil {
		if closer, ok := p.(io.Closer); ok {
			closer.Close()
		}
		return err
	}
	return c.out.PushProducer(p)
}

// watched lets the kernel of a test see what becomes of the producers.
func (c *Channel) watched(p fifo.Producer) fifo.Producer {
	if k, ok := c.conn.Loop().Kernel().(interface {
		WatchProducer(fifo.Producer) fifo.Producer
	}); ok {
		return k.WatchProducer(p)
	}
	return p
}

// Write is Push as an io.Writer.
func (c *Channel) Write(p []byte) (int, error) {
	if err := c.Push(p); err != nil {
		return 0, err
	}
	return len(p), nil
}

// ResumeProducer asks the producer at the head of the queue again that returned fifo.ErrNotReady.
func (c *Channel) ResumeProducer() {
	if c.state != closed {
		c.out.Resume()
		c.settleSoon()
	}
}

// Queued returns the number of bytes that are pushed and not yet sent, broadcasts that wait among them. What a producer holds is not known.
func (c *Channel) Queued() int {
	if c.extra == nil {
		return c.out.Len()
	}
	return c.out.Len() + c.extra.backlog.bytes
}

func (c *Channel) mayPush() error {
	if c.state >= draining || c.has(sealed|failed) || c.has(done|writeClosed) && !c.has(answering) {
		return ErrClosed
	}
	return nil
}

// admitted reports whether a push may come behind another of the same callback without more ado: whether admit would do nothing.
func (c *Channel) admitted() bool {
	return c.flags&(sealed|failed|done|writeClosed|undrained|due) == undrained|due && c.state < draining && c.out.Len() <= c.settings.MaxOutput
}

// admit lets a push in, or says why not. The limit is looked at before the push is added, and only what the system
// did not take counts.
func (c *Channel) admit() error {
	if err := c.mayPush(); err != nil {
		return err
	}
	if limit := c.settings.MaxOutput; limit > 0 && c.out.Len() > limit {
		c.transmit()
		if c.out.Len() > limit {
			c.close(ErrSlowReader)
			return ErrSlowReader
		}
	}
	c.flags |= undrained
	c.settleSoon()
	return nil
}

// outputEmpty reports whether nothing waits to be sent.
func (c *Channel) outputEmpty() bool {
	s := c.tls()
	return c.out.Empty() && (s == nil || s.wire.Empty())
}

// transmit hands to the system what it takes. It calls no handler: it may be called from within one.
func (c *Channel) transmit() {
	if c.state < opening || c.state >= lingering || c.has(blocked|failed|transmitting|slowWrite) {
		return
	}
	if c.extra == nil { // no TLS, no rate, no tap
		if p := c.out.Peek(); p != nil {
			n, err := c.conn.Send(p)
			c.out.Skip(n)
			(*outlet)(c).sent(n, len(p))
			if err != nil {
				c.transmitted(err)
			}
			return
		}
	}
	s := c.tls()
	if s == nil {
		c.toSystem(&c.out)
		return
	}
	for rounds := 0; rounds < 4 && !c.has(blocked|failed|slowWrite); rounds++ { // each is bounded; more of them would be unfair
		if !c.has(securing) {
			c.flags |= transmitting
			_, err := c.out.DrainTo(s)
			c.transmitted(err)
		}
		c.transmitWire()
		if c.out.Empty() || c.out.Waiting() || c.has(securing) {
			return
		}
	}
}

// transmitWire hands to the system what crypto/tls has written.
func (c *Channel) transmitWire() {
	if s := c.tls(); !c.has(blocked | failed | slowWrite) {
		c.toSystem(&s.wire)
	}
}

// toSystem hands over what is queued, as fast as the rate allows.
func (c *Channel) toSystem(queue *fifo.FIFO) {
	c.flags |= transmitting
	var err error
	if m := c.writeMeter(); m != nil {
		err = c.drainSlowly(m, queue)
	} else {
		_, err = queue.DrainTo((*outlet)(c))
	}
	c.transmitted(err)
}

func (c *Channel) transmitted(err error) {
	c.flags &^= transmitting
	if err != nil {
		c.flags |= failed
		c.because(err)
		c.settleSoon()
	}
}

// throttle stops the delivery of requests while the replies to earlier ones are not taken.
func (c *Channel) throttle() {
	if c.out.High() {
		c.flags |= throttled
	} else if c.has(throttled) {
		c.flags &^= throttled
		c.lookAgain()
		if c.backlogged() {
			c.flags |= inputFirst
		}
	}
}

// settleSoon asks for a call of settle at the next safe point. After input that is the end of receive, which costs no second call by the loop.
func (c *Channel) settleSoon() {
	if c.has(receiving) {
		c.flags |= due
		return
	}
	c.conn.Defer()
}

// settle is called at safe points, when no callback of the handler is running. It makes the calls that are due.
func (c *Channel) settle() {
	if c.state >= opening && c.has(securing) {
		c.settleHandshake()
	}
	if c.state == opening && !c.has(securing) {
		c.opened()
	}
	if c.state < open || c.state >= lingering {
		return
	}
	c.transmit()
	if c.rests() {
		return
	}
	if c.has(failed) {
		c.fail(c.why())
		return
	}
	if c.has(throttled) || c.out.High() {
		c.throttle()
	}
	if c.has(look) && c.mayDeliver() && !c.gaveWay() {
		c.lookAtHeld()
		c.transmit()
		c.throttle()
	}
	if c.backlogged() && !c.has(inputFirst) {
		c.feed()
		c.throttle()
	}
	c.updateWant()
	if c.outputEmpty() && !c.backlogged() && c.state < lingering && !c.has(securing) {
		c.drained()
	}
	if v := c.conversation(); v != nil && c.state < lingering {
		v.progress()
	}
	if c.state != closed {
		c.updateStall()
		c.updateClock()
		c.account()
	}
}

// rests is the rest of settle for a channel that has taken elements and answered them, and does nothing else: the end of most events. It reports
// whether that is so. The idle clock begins anew, as by updateClock.
func (c *Channel) rests() bool {
	if !c.usual() || c.has(first) || !c.out.Empty() || c.partial() || c.buffered > 0 || c.stall > 0 || c.conn.Want() != core.Readable ||
		c.flags&(undrained|tellsDrained) == undrained|tellsDrained {
		return false
	}
	c.flags &^= undrained | came | went | ended
	c.element = 0
	c.clock, c.input = idleClock, 0
	if limit := c.settings.IdleTimeout; limit > 0 {
		c.input = c.now() + limit
	}
	c.conn.SetDeadline(c.input)
	return true
}

// settleHandshake sends what was pushed before it, and begins it.
func (c *Channel) settleHandshake() {
	c.transmit()
	if s := c.tls(); s.co == nil && c.state != closed {
		s.begin()
		c.transmit()
	}
	if c.state != closed {
		c.updateWant()
	}
}

// updateWant tells the loop what the channel waits for now. It costs nothing where that has not changed.
func (c *Channel) updateWant() {
	var want core.Ready
	switch {
	case c.state == connecting || c.state == closed:
		return
	case c.has(eof) || c.tls() != nil && c.tls().eof:
	case c.has(securing):
		want = core.Readable
	case c.state >= draining || !c.has(waits|look|slowRead):
		want = core.Readable
	}
	if c.state >= opening && c.state < lingering && (c.has(blocked|inputFirst) || c.mayTransmit()) {
		want |= core.Writable
	}
	c.conn.SetWant(want)
}

// mayTransmit reports whether there is output that the system can be offered.
func (c *Channel) mayTransmit() bool {
	if c.has(slowWrite) {
		return false
	}
	s := c.tls()
	if s != nil && !s.wire.Empty() && !s.wire.Waiting() {
		return true
	}
	return !c.out.Empty() && !c.out.Waiting() && !c.has(securing)
}
