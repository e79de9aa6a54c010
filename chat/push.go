package chat

import (
	"io"
	"reflect"

	"github.com/go-asynchat/asynchat/fifo"
)

// Push queues a copy of p to be sent; the caller may reuse p at once. All pushes of one callback
// leave in one write at its end. A push of nothing has no effect. Push returns [ErrClosed] after a
// close, CloseWhenDone, or a failed write. It returns [ErrSlowReader] when this push closes the
// channel because the queue is above MaxOutput. It calls no handler.
//
// A write that fails, now or later, ends our direction only: earlier input is delivered, then
// HandleClose gets the error of the write.
func (c *Channel) Push(p []byte) error {
	c.touch()
	if c.canAppend() && c.queue.Append(p) {
		return nil
	}
	if len(p) == 0 {
		return c.mayPush()
	}
	if err := c.admit(); err != nil {
		return err
	}
	if len(p) < directWrite || c.life.phase < open || !c.canSend() || c.securing() {
		return c.queue.Push(p)
	}
	c.queue.Borrow(p)
	c.transmit()
	c.queue.Keep()
	return nil
}

// PushString queues a string, as Push does. A long one is kept, not copied.
func (c *Channel) PushString(s string) error {
	c.touch()
	if c.canAppend() && c.queue.AppendString(s) {
		return nil
	}
	if s == "" {
		return c.mayPush()
	}
	if err := c.admit(); err != nil {
		return err
	}
	return c.queue.PushString(s)
}

// PushProducer queues a producer, whose data is sent after all earlier pushes. It returns the
// errors of Push. The channel owns p: if p is an io.Closer, it is closed exactly once, also if
// PushProducer returns an error. Only the handler itself is never closed as a producer, because its
// Close is usually the Close of the Channel.
func (c *Channel) PushProducer(p fifo.Producer) error {
	c.touch()
	p = c.watched(c.notHandler(p))
	if err := c.admit(); err != nil {
		fifo.Discard(p, err)
		return err
	}
	return c.queue.PushProducer(p)
}

// notHandler takes the Close from p if p is the handler, or may turn out to be it.
func (c *Channel) notHandler(p fifo.Producer) fifo.Producer {
	if _, ok := p.(Handler); !ok {
		return p
	}
	if _, ok := p.(io.Closer); ok && (c.handler == nil || c.isHandler(p)) {
		return &sessionProducer{p, c, c.handler != nil}
	}
	return p
}

func (c *Channel) isHandler(p fifo.Producer) bool {
	return reflect.TypeOf(p).Comparable() && own(c.handler) == any(p)
}

// A sessionProducer is a producer that was pushed by the handler that it is, or before there was a
// handler.
type sessionProducer struct {
	fifo.Producer
	c       *Channel
	handler bool // it was the handler: by the end of its data, another may be
}

func (p *sessionProducer) More() ([]byte, error) {
	p.handler = p.handler || p.c.isHandler(p.Producer)
	return p.Producer.More()
}

func (p *sessionProducer) CloseWithError(cause error) error {
	if !p.handler && !p.c.isHandler(p.Producer) {
		fifo.Discard(p.Producer, cause)
	}
	return nil
}

// watched lets the kernel of a test see what becomes of a producer.
func (c *Channel) watched(p fifo.Producer) fifo.Producer {
	if k, ok := c.conn.Loop().Kernel().(producerWatcher); ok {
		return k.WatchProducer(p)
	}
	return p
}

// Write queues a copy of p, as Push does, and makes the channel an io.Writer.
func (c *Channel) Write(p []byte) (int, error) {
	if err := c.Push(p); err != nil {
		return 0, err
	}
	return len(p), nil
}

// ResumeProducer makes the channel call the producer at the head of the queue again, after the
// producer has returned fifo.ErrNotReady.
func (c *Channel) ResumeProducer() {
	if c.life.phase != closed {
		c.queue.Resume()
		c.deferSettle()
	}
}

// canAppend reports whether a push may come behind another of the same callback without more ado:
// whether admit would do nothing.
func (c *Channel) canAppend() bool {
	return c.output.bits&(undrained|outFailed) == undrained && c.settleDue() &&
		c.special&actsEnd == 0 && c.queue.Len() <= c.settings.MaxOutput &&
		c.shared.Load()&(hasMail|hasWords) == 0
}

// admit lets a push in, or says why not. The limit is looked at before the push is added, and only
// what the system did not take counts.
func (c *Channel) admit() error {
	c.heedMail()
	return c.admitNow()
}

func (c *Channel) admitNow() error {
	if err := c.mayPush(); err != nil {
		return err
	}
	if limit := c.settings.MaxOutput; limit > 0 && c.outputLen() > limit {
		c.transmit()
		if c.outputLen() > limit {
			c.refuseSlow()
			return ErrSlowReader
		}
		if err := c.mayPush(); err != nil { // that has failed
			return err
		}
	}
	c.notePush()
	c.deferSettle()
	return nil
}
