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
	gathered
	c *Channel
	f func(*Channel, []byte)
}

func (m *messages) CollectIncomingData(data []byte) { m.add(m.c, data) }

func (m *messages) FoundTerminator() {
	m.f(m.c, m.data)
	m.reset()
}

// Guard puts guard between the channel and f. It is for chattest, which finds it by its name: whoever keeps a message past the call gets
// garbage there.
func (m *messages) Guard(guard func(f func(*Channel, []byte)) func(*Channel, []byte)) {
	m.f = guard(m.f)
}

// HandleTooLong forgets the beginning of an element whose rest is dropped.
func (m *messages) HandleTooLong() { m.forget() }

// gathered is an element in progress, kept until it is whole.
type gathered struct{ data []byte }

// add appends data, or closes the channel if that is too much.
func (g *gathered) add(c *Channel, data []byte) {
	if limit := c.matcher.Limit(); limit > 0 && int64(len(g.data)+len(data)) > limit {
		g.forget()
		c.drain(ErrTooLong)
		return
	}
	g.data = append(g.data, data...)
}

// forget drops it.
func (g *gathered) forget() { g.data = nil }

// reset empties it. An idle channel keeps no large buffer.
func (g *gathered) reset() {
	if g.data = g.data[:0]; cap(g.data) > smallHeld {
		g.data = nil
	}
}
