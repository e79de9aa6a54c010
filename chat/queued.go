package chat

// Queued returns the number of bytes that are pushed and not yet sent, including waiting
// broadcasts. The bytes that producers will still yield do not count.
func (c *Channel) Queued() int {
	c.touch()
	c.heedMail()
	if c.special&actsBacklog == 0 {
		return c.outputLen()
	}
	return c.outputLen() + c.ext.backlog.bytes
}

// Dropped returns how many broadcasts were not sent to this peer, because it was too slow: see
// Limits.Slow.
func (c *Channel) Dropped() int {
	c.touch()
	c.heedMail()
	if c.ext == nil {
		return 0
	}
	return c.ext.dropped
}
