package chat

// heedMail is called before a push and before an end: broadcasts to the channel that its callback
// has sent go first, and what its function has written on a goroutine of its own.
func (c *Channel) heedMail() {
	if bits := c.shared.Load(); bits&(hasMail|hasWords) != 0 {
		c.heedWords()
		if bits&hasMail != 0 {
			outboxOf(c.Loop()).Empty()
		}
	}
}

func (c *Channel) heedWords() {
	if c.shared.Load()&hasWords != 0 && c.special&actsAsker != 0 {
		c.ext.asker.saidMore()
	}
}
