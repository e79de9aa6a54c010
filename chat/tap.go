package chat

// A Direction tells which way bytes went over a connection.
type Direction uint8

const (
	Received Direction = iota // from the peer
	Sent                      // to the peer
)

func (d Direction) String() string {
	if d == Sent {
		return "sent"
	}
	return "received"
}

// A Tap sees the bytes of a channel as they pass: what was read before the handler gets it, and what is sent when the system has taken it. They are
// plain, and cut wherever the reads and writes were. p is valid only during the call, and must not be changed. An empty p is the end of that
// direction; Sent ends with the channel at the latest. A tap runs on the channel's loop, sometimes within a push, and is not to use the channel but
// for its ID, Logger and addresses. If it panics, the channel is closed.
type Tap func(d Direction, p []byte)

// SetTap has t called with what passes from now on; nil ends that. While there is a tap, files are read to be sent, and not handed to the system.
// [Transcript] has a tap for the log. [Server.Tap] sets the taps of all channels.
func (c *Channel) SetTap(t Tap) {
	if c.state != closed && (t != nil || c.extra != nil) {
		c.more().tap = t
	}
}

func (c *Channel) tapped() bool { return c.extra != nil && c.extra.tap != nil }

// passed tells the tap of bytes that went.
func (c *Channel) passed(d Direction, p []byte) {
	if c.tapped() {
		c.tell(d, p)
	}
}

func (c *Channel) tell(d Direction, p []byte) {
	if len(p) > 0 {
		c.extra.tap(d, p)
	}
}

// passedSome tells it of the first n bytes of v.
func (c *Channel) passedSome(v [][]byte, n int) {
	if !c.tapped() {
		return
	}
	for _, p := range v {
		k := min(n, len(p))
		c.passed(Sent, p[:k])
		n -= k
	}
}

// passedEnd tells it of the end of a direction.
func (c *Channel) passedEnd(d Direction) {
	if !c.tapped() || d == Sent && c.has(sentEnd) {
		return
	}
	if d == Sent {
		c.flags |= sentEnd
	}
	c.extra.tap(d, nil)
}

// passedLast is called when the channel is closed.
func (c *Channel) passedLast() {
	c.passedEnd(Sent)
	if c.extra != nil {
		c.extra.tap = nil
	}
}
