package chat

import "github.com/go-asynchat/asynchat/terminator"

// Lines returns a handler that calls f with each line, ended by "\r\n" or a bare "\n", which is not part of it: a server
// in five lines. line is valid only during the call. A line over the channel's MaxElement closes the channel with
// [ErrTooLong], or is dropped if SetMaxElement says skip; what precedes an EOF without a line end is dropped.
func Lines(f func(c *Channel, line []byte)) NewHandler { return Messages(terminator.Line(), f) }

// Messages returns a handler that calls f with each whole element that t ends, as Lines does for lines. The element is valid only
// during the call. The terminator may be changed by f. The channel's MaxElement applies to what is
// gathered, whatever the terminator: also to a Length, and to None, under which nothing is ever complete.
func Messages(t terminator.Terminator, f func(c *Channel, msg []byte)) NewHandler {
	return func(c *Channel) Handler {
		c.SetTerminator(t)
		return &messages{c: c, f: f}
	}
}

type messages struct {
	c   *Channel
	f   func(*Channel, []byte)
	msg []byte
}

func (m *messages) CollectIncomingData(data []byte) {
	if limit := m.c.matcher.Limit(); limit > 0 && int64(len(m.msg)+len(data)) > limit {
		m.msg = nil
		m.c.drain(ErrTooLong)
		return
	}
	m.msg = append(m.msg, data...)
}

func (m *messages) FoundTerminator() {
	m.f(m.c, m.msg)
	if m.msg = m.msg[:0]; cap(m.msg) > smallHeld {
		m.msg = nil // an idle channel keeps no large buffer
	}
}

// Guard puts guard between the channel and f. It is for chattest, which finds it by its name: whoever keeps a message past the call gets
// garbage there.
func (m *messages) Guard(guard func(f func(*Channel, []byte)) func(*Channel, []byte)) {
	m.f = guard(m.f)
}

// HandleTooLong forgets the beginning of an element whose rest is dropped.
func (m *messages) HandleTooLong() { m.msg = nil }

// startAfresh forgets what came before a TLS handshake.
func (m *messages) startAfresh() { m.msg = nil }
