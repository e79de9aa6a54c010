package chat

import "time"

// A pace is what a channel has whose reading or writing is bounded by a rate. While one of them waits for its bucket, it has the flag slowRead or
// slowWrite, and the poller is not asked.
type pace struct {
	read, write *meter        // nil: no bound
	stopped     time.Duration // since when the input clock stands still
	room        int           // what may be sent by the transmit in progress
	piece       [1][]byte     // for it
}

// setPace makes the meters that the settings ask for. A bucket is full at first, but not for being asked for again.
func (c *Channel) setPace() {
	s := c.settings
	var read, write *queue
	if s.lane != nil {
		read, write = s.lane.read, s.lane.write
	}
	var old pace
	if c.extra != nil && c.extra.pace != nil {
		old = *c.extra.pace
	} else if read == nil && write == nil && s.ReadRate.PerSecond <= 0 && s.WriteRate.PerSecond <= 0 {
		return
	}
	p := &pace{read: c.newMeter(old.read, s.ReadRate, read), write: c.newMeter(old.write, s.WriteRate, write)}
	if p.read == old.read && p.write == old.write {
		return
	}
	c.losePace()
	c.more().pace = p
	c.conn.Defer()
}

// losePace ends all waiting for a rate.
func (c *Channel) losePace() {
	if c.extra == nil || c.extra.pace == nil {
		return
	}
	c.readFreely()
	c.flags &^= slowWrite
	c.writeMeter().leave()
	c.extra.pace = nil
}

// readMeter returns the meter of the input, nil if there is none.
func (c *Channel) readMeter() *meter {
	if c.extra == nil || c.extra.pace == nil {
		return nil
	}
	return c.extra.pace.read
}

func (c *Channel) writeMeter() *meter {
	if c.extra == nil || c.extra.pace == nil {
		return nil
	}
	return c.extra.pace.write
}

// rateDue goes on with what has waited for a rate, if that is due, and reports whether it was.
func (c *Channel) rateDue(now time.Duration) bool {
	read, write := c.readMeter().isDue(now), c.writeMeter().isDue(now)
	if read {
		c.readAgain()
	}
	if write && c.state != closed {
		c.writeAgain()
	}
	return read || write
}
