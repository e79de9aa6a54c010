package terminator

import (
	"bufio"
	"errors"
	"fmt"
)

// A Framer finds the ends of elements for a terminator of your own (see Custom). It has the state
// of one stream.
type Framer interface {
	// Next takes one step in buf, as [Matcher.Next] does; buf begins with the bytes that the last step
	// left. The zero Step requests more input. eof is true if no more input comes. An error stops the
	// matcher. Next must not keep or change buf.
	Next(buf []byte, eof bool) (Step, error)
}

// A Step is the result of a [Framer]: the next Collect bytes belong to the element, the Skip bytes
// after them are deleted, and Found ends the element. Data, if it is not nil, is collected in place
// of the Collect bytes; it must stay unchanged until the next step. Announced, if it is not 0, is
// the length of the whole element, if the framer has read it in a header. If it is over the limit
// of [Matcher.SetLimit], the element is too long at once, before its bytes have come.
type Step struct {
	Collect, Skip int
	Found         bool
	Data          []byte
	Announced     int64
}

// Custom delegates to a Framer. newFramer is called each time the terminator is set. The limit of
// [Matcher.SetLimit] applies; Data over the limit is not returned at all. If a step takes more
// bytes than buf has, this is an error. [ErrNoProgress] reports two elements in a row that take no
// bytes, and a step with Data that takes no bytes and finds no end.
func Custom(newFramer func() Framer) Terminator { return of(&custom{newFramer: newFramer}) }

// Split ends elements as a bufio.SplitFunc does, such as bufio.ScanWords. A token is collected
// whole: each time that more of it arrives, split gets the whole token so far. So the cost is not
// linear for a token that arrives in many pieces. With a limit of [Matcher.SetLimit] the function
// gets at most one byte more than the limit. If it then returns no token, or one longer than the
// limit, the error is [ErrTooLong], and nothing is skipped. bufio.ErrFinalToken, reported by Err,
// ends the stream after its token.
func Split(split bufio.SplitFunc) Terminator {
	return of(&custom{newFramer: func() Framer { return &splitter{split: split} }, holds: true})
}

type custom struct {
	newFramer func() Framer
	holds     bool // the framer leaves an unfinished element in buf, instead of giving it out
}

func (c *custom) equal(r rule) bool { return r == rule(c) }

func (c *custom) String() string {
	if c.holds {
		return "Split(func)"
	}
	return "Custom(func)"
}

var errStep = errors.New("terminator: a framer's step reaches beyond its input")

func (c *custom) next(m *Matcher, buf []byte) (collect, skip int, found bool) {
	x := m.extend()
	if x.resume {
		x.resume = false
		return m.limited(x.rest)
	}
	if x.framer == nil {
		x.framer = c.newFramer()
	}
	in, eof, bounded := buf, m.eof, c.holds && m.max > 0
	if bounded && int64(len(buf)) > m.max {
		in, eof = buf[:m.max+1], false // a verdict on more would depend on how many bytes came at once
	}
	step, err := x.framer.Next(in, eof)
	switch moved := step.Collect + step.Skip; {
	case err != nil:
		return m.fail(err)
	case uint(step.Collect) > uint(len(in)) || uint(step.Skip) > uint(len(in)-step.Collect):
		return m.fail(fmt.Errorf("%w: %d and %d of %d bytes", errStep, step.Collect, step.Skip, len(in)))
	case bounded && (int64(len(step.Data)) > m.max ||
		moved == 0 && !step.Found && int64(len(in)) > m.max):
		return m.fail(ErrTooLong)
	case moved > 0:
		m.fired = false
	case step.Found && m.fired, !step.Found && len(step.Data) > 0:
		return m.fail(ErrNoProgress)
	case step.Found:
		m.fired = true
	}
	if m.max > 0 && step.Announced > m.max && !m.dropping && !m.over() {
		return 0, 0, false
	}
	return m.limited(step)
}

// limited makes a step of the framer's, as far as the limit lets it.
func (m *Matcher) limited(step Step) (collect, skip int, found bool) {
	size := int64(step.Collect)
	if step.Data != nil {
		size = int64(len(step.Data))
	}
	if m.max > 0 && !m.dropping && m.got+size > m.max {
		if room := m.max - m.got; room > 0 && step.Data == nil {
			step.Collect -= int(room)
			m.ext.rest, m.ext.resume = step, true
			m.got = m.max
			return int(room), 0, false
		}
		if step.Collect+step.Skip == 0 {
			return m.fail(ErrTooLong) // there is nothing to delete
		}
		if !m.over() {
			return 0, 0, false
		}
	}
	if m.dropping {
		if step.Found {
			m.got = 0
			m.dropped()
		}
		return 0, step.Collect + step.Skip, false
	}
	m.got += size
	if step.Found {
		m.got, m.which = 0, 0
	}
	m.ext.data = step.Data
	return step.Collect, step.Skip, step.Found
}

// splitter makes a Framer of a bufio.SplitFunc.
type splitter struct {
	split bufio.SplitFunc
	final bool
}

func (s *splitter) Next(buf []byte, eof bool) (Step, error) {
	if s.final {
		return Step{}, bufio.ErrFinalToken
	}
	if len(buf) == 0 {
		if !eof {
			return Step{}, nil
		}
		// As from a bufio.Scanner: a function may return its input as a token, and nil is none.
		buf = []byte{}
	}
	advance, token, err := s.split(buf, eof)
	if errors.Is(err, bufio.ErrFinalToken) && token != nil {
		s.final, err = true, nil
	}
	if token == nil {
		return Step{Skip: advance}, err
	}
	return Step{Collect: advance, Found: true, Data: token}, err
}
