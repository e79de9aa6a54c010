package terminator_test

import (
	"bytes"
	"runtime"
	"strings"
	"testing"

	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/terminator"
)

// consume takes every step that stream allows and returns the number of elements found and what is
// left.
func consume(m *terminator.Matcher, stream []byte) (elements int, rest []byte) {
	for rest = stream; ; {
		collect, skip, found := m.Next(rest)
		rest = rest[collect+skip:]
		if found {
			elements++
		} else if collect+skip == 0 {
			return elements, rest
		}
	}
}

func whole(t terminator.Terminator, stream []byte) {
	var m terminator.Matcher
	m.Set(t)
	consume(&m, stream)
}

// bytewise reads stream as a Channel would that receives one byte at a time: what is held back, and
// the new byte.
func bytewise(t terminator.Terminator, stream []byte) {
	var m terminator.Matcher
	m.Set(t)
	var held []byte
	for _, b := range stream {
		_, held = consume(&m, append(held, b))
	}
}

// overLimit reads stream with a limit that every element exceeds.
func overLimit(t terminator.Terminator, stream []byte) {
	var m terminator.Matcher
	m.SetLimit(1, true)
	m.Set(t)
	consume(&m, stream)
}

type terminatorOf func(n int) terminator.Terminator

func always(t terminator.Terminator) terminatorOf {
	return func(int) terminator.Terminator { return t }
}

// hostile is a terminator of n/part bytes: it grows with the stream, or a cost of one times the
// other would look linear.
func hostile(part int) terminatorOf {
	return func(n int) terminator.Terminator {
		return terminator.String(strings.Repeat("a", n/part) + "b")
	}
}

func hostilePair(part int) terminatorOf {
	return func(n int) terminator.Terminator {
		return terminator.Any(strings.Repeat("a", n/part)+"b", strings.Repeat("c", n/part)+"b")
	}
}

type linearCase struct {
	name   string
	read   func(terminator.Terminator, []byte)
	term   terminatorOf
	repeat string
	size   int
}

// B32, B33, S188, S194: twice the input takes no more than twice the time, whatever the input is.
func TestLinear(t *testing.T) {
	if raceEnabled || testing.Short() {
		t.Skip("measures time")
	}
	crlf := always(terminator.String("\r\n"))
	thousand := always(terminator.String(strings.Repeat("a", 999) + "b"))
	fiveThousand := always(terminator.String(strings.Repeat("a", 4999) + "b"))
	mixed := always(terminator.Any("\r\n", "aaab", strings.Repeat("\r", 40)+"x", "\n\n."))
	for _, c := range []linearCase{
		{"all CR", whole, crlf, "\r", 1 << 19},
		{"all LF", whole, crlf, "\n", 1 << 19},
		{"all LF, Any", whole, always(terminator.Any("\r\n", "\t\n")), "\n", 1 << 17},
		{"CRs before LF", whole, always(terminator.String("\r\r\n")),
			strings.Repeat("\r", 1<<12) + "\n", 1 << 19},
		{"near misses", whole, crlf, "\ra\nb", 1 << 18},
		{"thousand bytes", whole, thousand, "a", 1 << 17},
		{"empty lines", whole, crlf, "\r\n", 1 << 18},
		{"empty lines, Line", whole, always(terminator.Line()), "\n", 1 << 17},
		{"one byte at a time, CRLF", bytewise, crlf, "\r", 1 << 17},
		{"one byte at a time, 5000 bytes", bytewise, fiveThousand, "a", 1 << 17},
		{"one byte at a time, growing", bytewise, hostile(4), "a", 1 << 17},
		{"one byte at a time, growing pair", bytewise, hostilePair(4), "a", 1 << 17},
		{"mixed", whole, mixed, "aa\r\r\r\n\n", 1 << 17},
		{"mixed, one byte at a time", bytewise, mixed, "\r", 1 << 17},
		{"records", whole, always(terminator.Length(1)), "a", 1 << 18},
		{"over the limit", overLimit, always(terminator.Line()), "aaa\n", 1 << 17},
		{"over the limit for ever", overLimit, hostile(64), "a", 1 << 17},
	} {
		c.check(t)
	}
}

func (c linearCase) check(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("wine does not report CPU time in steps that are small enough")
	}
	t.Run(c.name, func(t *testing.T) {
		var stream []byte // made once: what it costs does not count
		chattest.Linear(t, c.size/16, func(n int) int {
			whole := n / len(c.repeat) * len(c.repeat)
			if whole > len(stream) {
				stream = bytes.Repeat([]byte(c.repeat), n/len(c.repeat))
			}
			c.read(c.term(n), stream[:whole])
			return 0
		})
	})
}
