package chat

// A Direction says whether bytes were received or sent.
type Direction uint8

const (
	DirectionReceived Direction = iota // from the peer
	DirectionSent                      // to the peer
)

func (d Direction) String() string {
	if d == DirectionSent {
		return "sent"
	}
	return "received"
}

// A Tap gets all bytes of a channel: input before the handler gets it, and output when the system
// has taken it. The bytes are unencrypted, and split as the reads and writes were. p is valid only
// during the call, and must not be changed. An empty p is the end of that direction. The sent
// direction ends with the channel at the latest. A tap runs on the channel's loop, sometimes within
// a push, and may use only the ID, Logger and addresses of the channel. If it panics, the channel
// is closed.
type Tap func(d Direction, p []byte)

// tapped is the tap of a channel.
type tapped struct {
	tap   Tap  // nil: none
	ended bool // it knows that our direction has ended
}

// pass tells the tap of bytes that went.
func (t *tapped) pass(d Direction, p []byte) {
	if t.tap != nil && len(p) > 0 {
		t.tap(d, p)
	}
}

// passSent tells it of the first n bytes of v.
func (t *tapped) passSent(v [][]byte, n int) {
	for _, p := range v {
		k := min(n, len(p))
		t.pass(DirectionSent, p[:k])
		n -= k
	}
}

// end tells it of the end of a direction, of ours once.
func (t *tapped) end(d Direction) {
	if t.tap == nil || d == DirectionSent && t.ended {
		return
	}
	t.ended = t.ended || d == DirectionSent
	t.tap(d, nil)
}
