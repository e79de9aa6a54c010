package chat

// Busy sets whether the handler is in the middle of a request although nothing is expected of the
// peer: as the control connection of FTP during a transfer on another one. A busy channel is not
// idle, and a shutdown of the server waits for Busy(false). Input is delivered as always. A channel
// begins as not busy, and so does another handler of [Channel.Use].
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
