package chat

// letters is the memory of what channels of a loop broadcast in callbacks. The messages of one turn
// lie one behind the other, so that they are one piece in the queue of a channel that gets all of
// them. The zero value is ready.
type letters struct {
	turn   uint64
	used   int    // bytes of that turn
	before int    // bytes of the last turn before it that had any
	buf    []byte // what is behind its length is free
}

// maxLetters bounds the memory that one message can keep from being freed.
const maxLetters = 4 << 10

// copy returns a copy of p that never changes again. There is memory for as much as came in the
// turn before: where that was one message, for no more than p.
func (l *letters) copy(p []byte, turn uint64) []byte {
	if turn != l.turn {
		l.turn, l.before, l.used, l.buf = turn, l.used, 0, nil
	}
	if len(p) > cap(l.buf)-len(l.buf) {
		l.buf = make([]byte, 0, max(len(p), min(max(l.before, l.used), maxLetters)))
	}
	n := len(l.buf)
	l.buf = append(l.buf, p...)
	l.used += len(p)
	return l.buf[n:]
}

// A letter is a message to many channels: what only one of them gets before it, and what all get.
type letter struct{ head, body []byte }

func (l letter) size() int { return len(l.head) + len(l.body) }

// letter returns a copy of message for many channels, made in a callback of this one.
func (c *Channel) letter(message []byte) []byte {
	return onLoopOf(c.Loop()).letters.copy(message, c.Loop().Turn())
}
