package chat

import (
	"errors"
	"time"

	"github.com/go-asynchat/asynchat/fifo"
)

// CloseWhenDone closes the channel when everything that was pushed has been sent, at once if nothing waits. No more input is
// delivered, and pushes fail. So that the peer really gets the last bytes, the connection is not just closed: this end says
// that it has finished, and drops what still comes in until the peer closes too, or the time for lingering has passed.
// HandleClose is called then, with nil.
func (c *Channel) CloseWhenDone() { c.closeWhenDone(nil) }

func (c *Channel) closeWhenDone(reason error) {
	if c.state >= lingering || c.has(done) {
		return
	}
	c.flags |= done
	c.reason = reason
	c.out.CloseWhenDone()
	c.updateWant()
	c.conn.Defer()
}

// Close closes the channel at once; what is queued is dropped. No callback follows but HandleClose(nil), which is called when the
// callback in progress has returned. It always returns nil.
func (c *Channel) Close() error {
	c.close(nil)
	return nil
}

// DiscardBuffers drops the input that has not been delivered and the output that has not been sent. The element in progress is
// forgotten, the terminator stays. After CloseWhenDone it closes the channel at once.
func (c *Channel) DiscardBuffers() {
	if c.state == closed {
		return
	}
	c.out.Discard()
	c.held, c.unread = nil, nil
	c.flags &^= found
	if c.has(delivering) {
		c.flags |= discarded
	}
	c.matcher.Set(c.Terminator())
	c.next = nil
	if c.has(done) {
		c.close(c.reason)
		return
	}
	c.conn.Defer()
}

// finish begins to linger: all is sent, but what the peer has sent meanwhile would, unread, make the system reset the
// connection, and the reset would overtake our last bytes.
func (c *Channel) finish() {
	if c.has(eof) || c.settings.linger == 0 || c.conn.CloseWrite() != nil {
		c.close(c.reason)
		return
	}
	c.state = lingering
	c.updateWant()
	linger := c.settings.linger
	if v := c.settings.service; v != nil && v.draining.Load() {
		linger = min(linger, shutdownLinger)
	}
	c.timer = c.conn.Loop().After(linger, func() { c.close(c.reason) })
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
	c.out.CloseWhenDone()
	c.out.Discard()
	c.held, c.unread, c.next = nil, nil, nil
	if c.timer != nil {
		c.timer.Stop()
		c.timer = nil
	}
}

// closed is the last thing that happens to a channel.
func (c *Channel) closed(err error) {
	if c.state != closed { // the loop closed the connection, not the channel
		c.release()
	}
	if s := c.settings.service; s != nil {
		defer s.left()
	}
	if h, ok := c.handler.(CloseHandler); ok {
		h.HandleClose(err)
	}
}

// fail ends the channel after a failure of its output.
func (c *Channel) fail(err error) {
	c.flags &^= failed
	var producer *fifo.ProducerError
	if errors.As(err, &producer) {
		c.tellError(err)
	}
	c.close(err)
}

func (c *Channel) tellError(err error) {
	if h, ok := c.handler.(ErrorHandler); ok && c.state != closed {
		h.HandleError(err)
		for before := -1; c.out.Len() != before; { // a short write is not yet a refusal, and there is no later
			before = c.out.Len()
			c.flags &^= blocked
			c.transmit()
		}
	}
}

// shutdownLinger is how long a server that is being shut down lets peers that do not close hold it up.
const shutdownLinger = time.Second

// shutdown asks the channel to end soon. One that is idle is closed at once.
func (c *Channel) shutdown() {
	h, ok := c.handler.(ShutdownHandler)
	switch {
	case c.state == closed:
	case c.state == lingering:
		c.timer.Reset(min(c.settings.linger, shutdownLinger))
	case c.has(done):
	case ok && c.state == open:
		h.HandleShutdown()
	case c.partial():
		c.flags |= lastElement
	case c.out.Empty():
		c.close(nil)
	default:
		c.CloseWhenDone()
	}
}
