package chat

import (
	"sync"

	"github.com/go-asynchat/asynchat/terminator"
)

// Lines returns a handler that calls f with each line, ended by "\r\n" or a bare "\n", which is not
// part of it. It is for lines that people type. Programs end their lines by "\r\n": use
// Messages(terminator.String("\r\n"), f) for them. line is valid only during the call. A line over
// the channel's MaxElement closes the channel with [ErrTooLong], or is dropped silently if
// SkipTooLong says so; a handler with HandleSkipped can answer it. At EOF, a rest without a line
// end is dropped.
func Lines(f func(c *Channel, line []byte)) NewHandler { return Messages(terminator.Line(), f) }

// Messages returns a handler that calls f with each whole element that t ends, as Lines does for
// lines. The element is valid only during the call. The terminator may be changed by f. The
// channel's MaxElement bounds the element under every terminator: also under a Length, and under
// None, where an element never ends.
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
	if m.drops() {
		m.forget()
		return
	}
	m.f(m.c, m.bytes())
	m.reset()
}

func (m *messages) takesWhole() func(*Channel, []byte) {
	if len(m.data) > 0 || m.drops() {
		return nil
	}
	return m.f
}

// Guard puts guard between the channel and f. It is for chattest, which finds it by its name:
// whoever keeps a message past the call gets garbage there.
func (m *messages) Guard(guard func(f func(*Channel, []byte)) func(*Channel, []byte)) {
	m.f = guard(m.f)
}

// HandleTooLong forgets the beginning of an element whose rest is dropped.
func (m *messages) HandleTooLong() { m.forget() }

// gathered is an element in progress, kept until it is whole: a small one in memory of its own, a
// larger one in a buffer that is borrowed, so that an idle channel keeps no large buffer, and a
// busy one makes none for each element.
type gathered struct {
	data     []byte
	borrowed *borrowed // what data is in, if it is large; dropping: nothing, until the element ends
}

type borrowed struct {
	data []byte
	own  []byte // the memory of the channel that has borrowed this, which it takes back afterwards
}

var lenders = sync.Pool{New: func() any { return new(borrowed) }}

// maxLent is the size of the largest buffer that is kept for the next one who wants one.
const maxLent = 64 << 10

// add appends data, or closes the channel if that is too much.
func (g *gathered) add(c *Channel, data []byte) {
	have := len(g.data)
	switch {
	case g.drops():
	case c.overLimit(have + len(data)):
		if !g.drop(c.matcher.Skips(), c.matcher.Terminator()) {
			c.stopSoon(ErrTooLong)
		}
	default:
		g.append(data)
	}
}

// drop forgets what there is of an element over its limit, and reports whether all of it is to be
// dropped: where that skips, and the element has an end.
func (g *gathered) drop(skips bool, t terminator.Terminator) bool {
	g.forget()
	if skips && !t.Equal(terminator.None) {
		g.borrowed = dropping
	}
	return g.drops()
}

// dropping stands for the rest of an element over its limit, which is dropped.
var dropping = new(borrowed)

func (g *gathered) drops() bool { return g.borrowed == dropping }

// bytes returns what there is of the element.
func (g *gathered) bytes() []byte { return g.data }

// unfinished returns what was gathered of an element in progress: see unfinisher.
func (g *gathered) unfinished() []byte { return g.data }

func (g *gathered) append(data []byte) {
	if len(g.data)+len(data) > smallHeld && g.borrowed == nil {
		g.borrowed = lenders.Get().(*borrowed)
		g.data, g.borrowed.own = append(g.borrowed.data[:0], g.data...), g.data
	}
	g.data = append(g.data, data...)
}

// copyOf returns a copy of data, which takes the memory of the element before.
func (g *gathered) copyOf(data []byte) []byte {
	if len(data) > cap(g.data) {
		g.data = g.data[:0]
		g.append(data)
		return g.data
	}
	own := g.data[:len(data)]
	copy(own, data)
	return own
}

// forget drops what there is. A function may just be looking at it, so a borrowed buffer is left to
// the garbage collector.
func (g *gathered) forget() { *g = gathered{} }

// reset empties it when nobody looks at it any more.
func (g *gathered) reset() {
	if len(g.data) > 0 || g.borrowed != nil {
		g.clear()
	}
}

func (g *gathered) clear() {
	if b := g.borrowed; b != nil {
		own := b.own
		if b.own = nil; cap(g.data) <= maxLent {
			b.data = g.data
			lenders.Put(b)
		}
		g.data, g.borrowed = own, nil
	}
	if g.data = g.data[:0]; cap(g.data) > 2*smallHeld {
		g.data = nil
	}
}

// overLimit reports whether an element of n bytes is too long for what gathers it, also where the
// matcher has no limit, as under Length.
func (c *Channel) overLimit(n int) bool {
	limit := c.matcher.Limit()
	return limit > 0 && int64(n) > limit
}
