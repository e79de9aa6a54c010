package chat

var (
	defaults     = &settings{Limits: Limits{}.resolved()}
	dialDefaults = &settings{Limits: dialLimits(Limits{})}
)

// Limits returns the channel's limits, with the defaults in place of zeros.
func (c *Channel) Limits() Limits {
	c.touch()
	l := c.settings.Limits
	l.MaxElement, l.SkipTooLong = c.matcher.Limit(), c.matcher.Skips()
	if l.MaxElement == 0 {
		l.MaxElement = NoLimit
	}
	return l
}

// SetLimits sets the channel's limits; zero means the default of a server. To change one limit,
// change it in the result of Limits, and set all. The clocks start again.
func (c *Channel) SetLimits(l Limits) {
	c.touch()
	c.heedMail()
	if c.life.phase == closed {
		return
	}
	s := *c.settings
	if s.origin == nil {
		s.origin = c.settings
	}
	s.Limits = l.resolved()
	c.ruledBy(&s)
	c.deferSettle()
}

// begin is called before a handler is made: what OnAccept has set is for all handlers of the
// channel, what they set themselves for one.
func (s *settings) begin() {
	if s.origin != nil {
		s.origin = nil
	}
}

// first returns the settings with which a new handler begins.
func (s *settings) first() *settings {
	if s.origin != nil {
		return s.origin
	}
	return s
}

// ruledBy lets s rule the channel.
func (c *Channel) ruledBy(s *settings) {
	c.settings = s
	c.matcher.SetLimit(max(s.MaxElement, 0), s.SkipTooLong)
	c.queue.SetMarks(s.LowWater, max(s.HighWater, 0))
	if c.special&actsTLS != 0 {
		c.ext.tls.wire.SetMarks(s.LowWater, max(s.HighWater, 0))
	}
	c.stopClock()
	if c.life.phase >= open {
		c.limitLifetime()
	}
	if c.life.phase >= opening {
		c.setRates()
	}
}

// SetMaxElement bounds the elements of this channel between delimiters to n bytes: see [Limits]. 0
// means 64 KiB, [NoLimit] no limit. skip works as SkipTooLong. Unlike SetLimits it is cheap enough
// to be called for each element, and does not change the clocks.
func (c *Channel) SetMaxElement(n int64, skip bool) {
	c.touch()
	orDefault(&n, defaultMaxElement)
	c.matcher.SetLimit(max(n, 0), skip)
}
