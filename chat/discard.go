package chat

// DiscardBuffers drops the input that has not been delivered and the output that has not been sent. The element in progress is
// forgotten, also by [Lines], [Messages], [Reads] and a [Collector], the terminator stays. After CloseWhenDone it closes the channel at once.
func (c *Channel) DiscardBuffers() {
	if c.state == closed {
		return
	}
	c.out.Discard()
	c.held, c.element = nil, 0
	c.flags &^= found | unfinished
	if c.has(delivering) {
		c.flags |= discarded
	}
	if h, ok := inner(c.handler).(interface{ forget() }); ok {
		h.forget()
	}
	c.matcher.Set(c.Terminator())
	if x := c.extra; x != nil {
		x.unread, x.next, x.backlog = nil, nil, backlog{}
	}
	if c.has(done) {
		c.close(c.why())
		return
	}
	c.settleSoon()
}
