package terminator_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/go-asynchat/asynchat/terminator"
)

// An element is what a handler has seen between two ends, its pieces joined: S190 promises nothing about their grouping.
type element struct {
	data string
	end  string // "found 0", "too long", the error that stopped the matcher, or "" if it is unfinished
}

// A setup is how a stream is to be read. The terminators take turns, each new one set in "found_terminator".
type setup struct {
	name  string
	terms []spec
	limit int64
	skip  bool
	eof   bool
}

func (s setup) String() string {
	return fmt.Sprintf("%s %v limit %d skip %t eof %t", s.name, s.terms, s.limit, s.skip, s.eof)
}

// A feeder reads a stream in pieces, as a Channel does: what Next leaves goes in front of the next piece.
type feeder struct {
	tb        testing.TB
	m         terminator.Matcher
	s         setup
	turn      int
	held      []byte
	shadow    []byte
	seen      []element
	open      []byte
	collected int
	skipped   int
}

func foundAt(which int) string {
	if which == 0 {
		return "found 0"
	}
	return fmt.Sprintf("found %d", which)
}

func newFeeder(tb testing.TB, s setup) *feeder {
	f := &feeder{tb: tb, s: s}
	f.m.SetLimit(s.limit, s.skip)
	f.m.Set(s.terms[0].terminator())
	return f
}

func (f *feeder) end(how string) {
	f.seen = append(f.seen, element{string(f.open), how})
	f.open = f.open[:0]
}

// feed takes every step that piece allows. A step of nothing ends it, so a step cannot deliver an empty slice (S191).
func (f *feeder) feed(piece []byte) {
	f.held = append(f.held, piece...)
	f.shadow = append(f.shadow[:0], f.held...)
	for buf := f.held; ; {
		collect, skip, found := f.m.Next(buf)
		if collect < 0 || skip < 0 || collect+skip > len(buf) {
			f.tb.Fatalf("%v: Next(%q) = %d, %d, %t", f.s, buf, collect, skip, found)
		}
		f.open = append(f.open, buf[:collect]...)
		f.collected += collect
		f.skipped += skip
		buf = buf[collect+skip:]
		if f.m.TooLong() {
			f.end("too long")
		}
		if found {
			f.end(foundAt(f.m.Matched()))
			if len(f.s.terms) > 1 {
				f.turn++
				f.m.Set(f.s.terms[f.turn%len(f.s.terms)].terminator())
			}
		}
		if collect == 0 && skip == 0 && !found {
			if !bytes.Equal(f.held, f.shadow) {
				f.tb.Fatalf("%v: Next made %q of its input %q", f.s, f.held, f.shadow)
			}
			f.held = append(f.held[:0], buf...)
			return
		}
	}
}

// result ends the stream and returns what was seen of it and what is held back.
func (f *feeder) result() ([]element, string) {
	if f.s.eof {
		f.m.EOF()
		f.feed(nil)
	}
	end := ""
	if err := f.m.Err(); err != nil {
		end = err.Error()
	}
	return append(slices.Clone(f.seen), element{string(f.open), end}), string(f.held)
}

// checkCut reads stream in the given pieces and compares what comes out with the reference.
func checkCut(tb testing.TB, s setup, stream string, pieces [][]byte, want []element, wantHeld string) {
	tb.Helper()
	f := newFeeder(tb, s)
	for _, p := range pieces {
		f.feed(p)
	}
	got, held := f.result()
	if !slices.Equal(got, want) || held != wantHeld {
		tb.Fatalf("%v\npieces %q\n got %q held %q\nwant %q held %q", s, pieces, got, held, want, wantHeld)
	}
	if n := f.collected + f.skipped + len(held); n != len(stream) { // S189
		tb.Fatalf("%v\npieces %q: %d bytes in, %d collected, %d skipped, %d held", s, pieces, len(stream), f.collected,
			f.skipped, len(held))
	}
}

// checkCuts reads stream whole, in two pieces at every place, and byte by byte.
func checkCuts(tb testing.TB, s setup, stream string) {
	tb.Helper()
	want, held := reference(s, stream)
	b := []byte(stream)
	for i := range len(b) + 1 {
		checkCut(tb, s, stream, [][]byte{b[:i], b[i:]}, want, held)
	}
	checkCut(tb, s, stream, slices.Collect(slices.Chunk(b, 1)), want, held)
	if s.eof {
		f := newFeeder(tb, s)
		f.m.EOF() // a channel that is paused may learn of the end before it has looked at what is in its buffer
		f.feed(b)
		if got, _ := f.result(); !slices.Equal(got, want) {
			tb.Fatalf("%v\nEOF, then %q\n got %q\nwant %q", s, stream, got, want)
		}
	}
}

// cutAt cuts b in pieces, the length of each from cuts in turn; a 0 is an empty piece, and the last is the rest.
func cutAt(b, cuts []byte) [][]byte {
	var pieces [][]byte
	for _, c := range cuts {
		n := min(int(c), len(b))
		pieces = append(pieces, b[:n])
		b = b[n:]
	}
	return append(pieces, bytes.Clone(b))
}
