package chat

import (
	"errors"
	"os"

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
			if err != nil || c.stalls() {
				c.transmitted(err)
			}
			return
		}
		if c.queue.Empty() {
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
	if c.stalls() && !c.waitsForPeer() {
		c.endStall() // output from now on, say of HandleDrained, has the whole time
	}
	if err != nil {
		c.sendFailed(err)
	}
}

// sendFailed tells our own failures from those of the connection.
func (c *Channel) sendFailed(err error) {
	var producer *fifo.ProducerError
	if !errors.As(err, &producer) {
		c.breakOutput(err)
		return
	}
	c.setOutput(outFailed)
	c.setCloseReason(err)
	c.deferSettle()
}

// sent takes note that the system took n of the bytes that it was offered.
func (c *Channel) sent(n, offered int) {
	if n < offered {
		c.outputWaits(waitKernel)
	}
	if n > 0 {
		if c.special&actsTLS == 0 { // crypto/tls also says something by itself
			c.noteSent()
		}
		c.taken(n)
		c.countWritten(n)
	}
}

// throttle stops the delivery of requests while the replies to earlier ones are not taken.
func (c *Channel) throttle() {
	if c.outputHigh() {
		c.setHold(holdOutput, true)
	} else if c.setHold(holdOutput, false) {
		c.scheduleRescan()
		if c.backlogged() {
			c.setOutput(inputBefore)
		}
	}
}

// flushOrThrottle sends when much is queued, and stops the delivery if that does not help.
func (c *Channel) flushOrThrottle() {
	if c.queue.Len() > flushAt {
		c.transmit()
	}
	c.throttle()
}

// fail ends the channel after the failure of a producer.
func (c *Channel) fail(err error) {
	c.clearOutput(outFailed)
	c.tellError(err)
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

// connSink is the connection as a queue sees it: a fifo.Sink, and a fifo.FileSender where the
// kernel sends files.
type connSink Channel

func (o *connSink) Send(v [][]byte) (n int, err error) {
	total := len(v[0])
	if len(v) == 1 {
		n, err = o.conn.Send(v[0])
	} else {
		for _, p := range v[1:] {
			total += len(p)
		}
		n, err = o.conn.SendV(v)
	}
	c := (*Channel)(o)
	if c.special&actsTLS == 0 {
		c.tapSent(v, n)
	} else if s := c.ext.tls; s.plain > 0 {
		k := min(n, s.plain)
		c.tapSent(v, k)
		s.plain -= k
	}
	c.sent(n, total)
	return n, err
}

func (o *connSink) SendFile(file *os.File, off int64, size int) (int, error) {
	c := (*Channel)(o)
	if c.special&actsTap != 0 {
		return 0, errors.ErrUnsupported // so that the bytes come by
	}
	n, err := o.conn.SendFile(file, off, size)
	if err == nil {
		c.sent(n, size)
	}
	return n, err
}
