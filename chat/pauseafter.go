package chat

// PauseAfter pauses reading by itself, as PauseReading does, when n more elements have been delivered: the one in progress is the first
// of them. Reading is paused already when the last FoundTerminator of them is called, so that this may resume it. PauseAfter(1) before
// each ResumeReading is delivery on demand, for a handler that has room for one element, or for n. PauseAfter(0) is PauseReading, and
// [NoLimit] takes an earlier count away. An element over its limit that is skipped does not count, and ResumeReading does not change the
// count.
func (c *Channel) PauseAfter(n int) {
	switch {
	case c.state == closed:
	case n > 0:
		c.more().left = n
	default:
		if c.extra != nil {
			c.extra.left = 0
		}
		if n == 0 {
			c.PauseReading()
		}
	}
}

// countDown is called before each FoundTerminator. What is wanted of the loop is looked at behind it: who resumes at once has cost no
// system call.
func (c *Channel) countDown(x *extra) {
	if x.left == 0 {
		return
	}
	if x.left--; x.left == 0 {
		c.flags |= paused
		c.settleSoon()
	}
}
