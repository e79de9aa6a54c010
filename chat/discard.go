package chat

// DiscardBuffers drops the input that has not been delivered and the output that has not been sent.
// It also drops the element in progress, with the data that [Lines], [Messages], [Reads] and a
// [Collector] have gathered. The terminator stays. After CloseWhenDone it closes the channel at
// once.
func (c *Channel) DiscardBuffers() {
	c.touch()
	if c.life.phase == closed {
		return
	}
	c.heedMail()
	c.queue.Discard()
	c.forgetInput()
	if c.input.phase != idle {
		c.setInput(dropped)
	}
	if h, ok := inner(c.handler).(gatherer); ok {
		h.forget()
	}
	c.matcher.Set(c.Terminator())
	c.takeTerminator()
	c.dropBacklog()
	if c.life.stop == stopNow {
		c.close(c.closeReason())
		return
	}
	c.deferSettle()
}
