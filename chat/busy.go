package chat

// Busy sets whether the handler is in the middle of a request although it expects no input. An
// example is the control connection of FTP during a transfer on another connection. A busy channel
// is not idle, and a shutdown of the server waits for Busy(false). Input is delivered as always. A
// new channel is not busy, and neither is a channel after [Channel.Use].
func (c *Channel) Busy(busy bool) {
	c.touch()
	if c.life.phase == closed || c.busy() == busy {
		return
	}
	c.setBusy(busy)
	c.deferSettle()
}

func (c *Channel) setBusy(busy bool) { c.special.set(actsBusy, busy) }

func (c *Channel) busy() bool { return c.special&actsBusy != 0 }

// midRequest reports whether an element has begun and not ended, or its request has not been dealt
// with.
func (c *Channel) midRequest() bool { return c.partial() || c.busy() }
