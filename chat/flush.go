package chat

import (
	"errors"

	"github.com/go-asynchat/asynchat/fifo"
)

// transmit hands to the system what it takes. It calls no handler: it may be called from within
// one.
func (c *Channel) transmit() {
	if c.life.phase < opening || c.life.phase >= lingering || !c.canSend() || c.outputHas(sending) {
		return
	}
	if c.special&(actsTLS|actsRate|actsTap) == 0 {
		if p := c.queue.Peek(); p != nil {
			n, err := c.conn.Send(p)
			c.queue.Skip(n)
			c.sent(n, len(p))
			if err != nil {
				c.transmitted(err)
			}
			return
		}
	}
	if c.special&actsTLS == 0 {
		c.toSystem(&c.queue)
		return
	}
	s := c.ext.tls
	for rounds := 0; rounds < 4 && c.canSend(); rounds++ { // each is bounded; more would be unfair
		if !s.securing {
			c.setOutput(sending)
			_, err := c.queue.DrainTo(s)
			c.transmitted(err)
		}
		c.transmitWire()
		if c.queue.Empty() || c.queue.Waiting() || s.securing {
			return
		}
	}
}

// transmitWire hands to the system what crypto/tls has written.
func (c *Channel) transmitWire() {
	if c.canSend() {
		c.toSystem(&c.ext.tls.wire)
	}
}

// toSystem hands over what is queued, as fast as the rate allows.
func (c *Channel) toSystem(queue *fifo.FIFO) {
	c.setOutput(sending)
	var err error
	if m := c.writeLimit(); m != nil {
		err = c.drainLimited(m, queue)
	} else {
		_, err = queue.DrainTo((*connSink)(c))
	}
	c.transmitted(err)
}

func (c *Channel) transmitted(err error) {
	c.clearOutput(sending)
	if err != nil {
		c.setOutput(outFailed)
		c.setCloseReason(err)
		c.deferSettle()
	}
}

// sent takes note that the system took n of the bytes that it was offered.
func (c *Channel) sent(n, offered int) {
	if n < offered {
		c.outputWaits(waitKernel)
	}
	if n > 0 {
		c.noteSent()
		c.endStall()
		c.countWritten(n)
	}
}

// flushOrThrottle sends when much is queued, and stops the delivery if that does not help.
func (c *Channel) flushOrThrottle() {
	if c.queue.Len() > flushAt {
		c.transmit()
	}
	c.throttle()
}

// fail ends the channel after a failure of its output.
func (c *Channel) fail(err error) {
	c.clearOutput(outFailed)
	var producer *fifo.ProducerError
	if errors.As(err, &producer) {
		c.tellError(err)
	}
	c.close(err)
}

// tellError tells the handler of an error that ends the channel, and sends what it has to say to
// that as far as the system takes it at once: there is no later.
func (c *Channel) tellError(err error) {
	h, ok := as[ErrorHandler](c.handler)
	if !ok || c.life.phase == closed {
		return
	}
	h.HandleError(err)
	for before := -1; c.queue.Len() != before; { // a short write is not yet a refusal
		before = c.queue.Len()
		if c.output.wait == waitKernel {
			c.outputWaits(waitNothing)
		}
		c.transmit()
	}
}
