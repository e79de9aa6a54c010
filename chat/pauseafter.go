package chat

// PauseAfter pauses reading by itself, as PauseReading does, when n more elements have been delivered: the one in progress is the first
// of them. Reading is paused already when the last FoundTerminator of them is called, so that this may resume it. PauseAfter(1) before
// each ResumeReading is delivery on demand, for a handler that has room for one element, or for n. PauseAfter(0) is PauseReading, and
// [NoLimit] takes an earlier count away. An element over its limit that is skipped does not count, and ResumeReading does not change the
// count.
func (c *Channel) PauseAfter(n int) {
	switch {
	case c.life.phase == closed:
	case n > 0:
		c.setCountdown(n)
	default:
		c.setCountdown(0)
		if n == 0 {
			c.PauseReading()
		}
	}
}
