package terminator_test

import (
	"bytes"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/go-asynchat/asynchat/terminator"
)

// consume takes every step that stream allows and returns the number of elements found and what is left.
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

// bytewise reads stream as a Channel would that receives one byte at a time: what is held back, and the new byte.
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

// hostile is a terminator of n/part bytes: it grows with the stream, or a cost of one times the other would look linear.
func hostile(part int) terminatorOf {
	return func(n int) terminator.Terminator { return terminator.String(strings.Repeat("a", n/part) + "b") }
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
		{"CRs before LF", whole, always(terminator.String("\r\r\n")), strings.Repeat("\r", 1<<12) + "\n", 1 << 19},
		{"near misses", whole, crlf, "\ra\nb", 1 << 18},
		{"thousand bytes", whole, thousand, "a", 1 << 17},
		{"empty lines", whole, crlf, "\r\n", 1 << 18},
		{"empty lines, Line", whole, always(terminator.Line()), "\n", 1 << 17},
		{"one byte at a time, CRLF", bytewise, crlf, "\r", 1 << 17},
		{"one byte at a time, 5000 bytes", bytewise, fiveThousand, "a", 1 << 15},
		{"one byte at a time, growing", bytewise, hostile(4), "a", 1 << 14},
		{"one byte at a time, growing pair", bytewise, hostilePair(4), "a", 1 << 14},
		{"mixed", whole, mixed, "aa\r\r\r\n\n", 1 << 16},
		{"mixed, one byte at a time", bytewise, mixed, "\r", 1 << 15},
		{"records", whole, always(terminator.Length(1)), "a", 1 << 18},
		{"over the limit", overLimit, always(terminator.Line()), "aaa\n", 1 << 17},
		{"over the limit for ever", overLimit, hostile(64), "a", 1 << 16},
	} {
		c.check(t)
	}
}

func (c linearCase) check(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the clock of Windows is too coarse for these times")
	}
	ratio := 0.0
	for range 5 {
		if ratio = growth(c.read, c.term, c.repeat, c.size); ratio < 8 {
			return
		}
	}
	t.Errorf("%s: four times the input takes %.1f times as long", c.name, ratio)
}

// growth is the time for four times size bytes over the time for size bytes, the best of a few runs each, or of what a second allows. What is
// quadratic has 16.
func growth(read func(terminator.Terminator, []byte), term terminatorOf, repeat string, size int) float64 {
	stream := bytes.Repeat([]byte(repeat), 4*size/len(repeat))
	one, four := term(size), term(4*size)
	whole, part := time.Hour, time.Hour
	for start, i := time.Now(), 0; i < 7 && time.Since(start) < time.Second; i++ {
		part = min(part, clock(func() { read(one, stream[:len(stream)/4]) }))
		whole = min(whole, clock(func() { read(four, stream) }))
	}
	return float64(whole) / float64(part)
}

func clock(f func()) time.Duration {
	start := time.Now()
	f()
	return time.Since(start)
}

// No stream without an element may make the search much slower than bytes.Index, which it takes over from there. Without
// that the ratio is in the hundreds.
func TestHostileStreamsKeepTheSpeedOfIndex(t *testing.T) {
	if raceEnabled || testing.Short() {
		t.Skip("measures time")
	}
	if runtime.GOOS == "windows" {
		t.Skip("the clock of Windows is too coarse for these times")
	}
	for _, repeat := range []string{"\r", "\n", "\ra\nb", "a\n", "\n\r"} {
		stream := bytes.Repeat([]byte(repeat), 1<<18/len(repeat))
		stream = bytes.ReplaceAll(stream, []byte("\r\n"), []byte("aa"))
		ratio := 0.0
		for range 5 {
			ours, index := time.Hour, time.Hour
			for range 7 {
				ours = min(ours, clock(func() { whole(terminator.String("\r\n"), stream) }))
				index = min(index, clock(func() { split(stream) }))
			}
			if ratio = float64(ours) / float64(index); ratio < 10 {
				break
			}
		}
		if ratio >= 10 {
			t.Errorf("%q for ever: %.0f times as slow as bytes.Index", repeat, ratio)
		}
	}
}
