package chat

import (
	"errors"

	"github.com/go-asynchat/asynchat/fifo"
)

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
	if h, ok := as[ErrorHandler](c.handler); ok && c.state != closed {
		h.HandleError(err)
		for before := -1; c.out.Len() != before; { // a short write is not yet a refusal, and there is no later
			before = c.out.Len()
			c.flags &^= blocked
			c.transmit()
		}
	}
}
