package chat

import "unsafe"

// What passes over a channel, and what it holds, told to those who want to know.

// SetTap makes t the tap of the channel from now on; nil removes the tap. While there is a tap, the
// channel reads and writes the bytes of files itself, without sendfile. Package transcript has a
// tap for the log. [Server.Tap] sets the taps of all channels.
func (c *Channel) SetTap(t Tap) {
	c.touch()
	if c.life.phase != closed && (t != nil || c.special&actsTap != 0) {
		c.extension().tap.tap = t
		c.special.set(actsTap, t != nil)
	}
}

func (c *Channel) tapBytes(d Direction, p []byte) {
	if c.special&actsTap != 0 {
		c.ext.tap.pass(d, p)
	}
}

func (c *Channel) tapSent(v [][]byte, n int) {
	if c.special&actsTap != 0 {
		c.ext.tap.passSent(v, n)
	}
}

func (c *Channel) tapEnd(d Direction) {
	if c.special&actsTap != 0 {
		c.ext.tap.end(d)
	}
}

// tapClosed ends the tap.
func (c *Channel) tapClosed() {
	c.tapEnd(DirectionSent)
	c.SetTap(nil)
}

// countRead counts bytes that were read, for statistics.
func (c *Channel) countRead(bytes int) {
	if n := c.settings.perLoop; n != nil {
		n.counts.read += uint64(bytes)
	}
	if c.special&actsTrace != 0 {
		c.ext.trace.read += int64(bytes)
	}
}

func (c *Channel) countWritten(bytes int) {
	if n := c.settings.perLoop; n != nil {
		n.counts.written += uint64(bytes)
	}
	if c.special&actsTrace != 0 {
		c.ext.trace.written += int64(bytes)
	}
}

func (c *Channel) countElements(found int) {
	if n := c.settings.perLoop; n != nil {
		n.counts.elements += uint64(found)
	}
	if c.special&actsTrace != 0 {
		c.ext.trace.elements += int64(found)
	}
}

// countQueued is called when output may be waiting.
func (c *Channel) countQueued() {
	if n := c.settings.perLoop; n != nil {
		n.counts.queued = max(n.counts.queued, c.outputLen())
	}
}

// account tells the server what the channel holds now, and reports whether that is more than before
// and the server holds too much.
func (c *Channel) account() (tooMuch bool) {
	n := c.settings.perLoop
	if n == nil {
		return false
	}
	bytes := 0
	if c.life.phase != closed {
		bytes = c.heldBytes()
	}
	c.countQueued()
	return n.held.Set((*holder)(c), bytes)
}

// accountOrRelieve has the server know what the channel holds. If that is more than before, and all
// channels of the server hold too much, the one that holds most is closed.
func (c *Channel) accountOrRelieve() {
	if c.account() {
		c.settings.perLoop.held.Relieve()
	}
}

// holder is a channel among all that hold something.
type holder Channel

func (h *holder) Place() *int32 { return &h.holding }
func (h *holder) Drop()         { (*Channel)(h).close(ErrOverloaded) }

// SetHeld reports how many bytes the handler itself keeps for the connection, such as a body that
// waits for a goroutine. The bytes count for Stats.Buffered, and for MaxTotalBuffered of the
// server. Above MaxTotalBuffered, the channel that holds most is closed with [ErrOverloaded]. Each
// call replaces the number; a close sets it to 0.
func (c *Channel) SetHeld(bytes int) {
	c.touch()
	if c.life.phase == closed || c.held() == bytes {
		return
	}
	c.extension().kept = max(0, bytes)
	c.accountOrRelieve()
}

// held returns what SetHeld has set.
func (c *Channel) held() int {
	if c.ext == nil {
		return 0
	}
	return c.ext.kept
}

// preambleHeld is what a channel keeps while a preamble is read: its extension.
const preambleHeld = int(unsafe.Sizeof(extension{}))

// heldBytes returns how many bytes are kept for the channel. Of an element in progress that is as
// much as a handler may gather.
func (c *Channel) heldBytes() int {
	n := len(c.unconsumed) + c.queue.Held()
	if c.special&actsTLS != 0 {
		n += c.ext.tls.heldBytes()
	}
	if c.ext != nil {
		n += c.ext.kept + len(c.ext.unread) + c.ext.backlog.cost() + c.ext.told.cost()
	}
	if c.special&actsAsker != 0 {
		n += c.ext.asker.held()
	}
	if c.life.phase == proxied {
		n += preambleHeld
	}
	if limit := c.matcher.Limit(); limit > 0 {
		n += int(min(c.elementBytes, limit))
	}
	return n
}
