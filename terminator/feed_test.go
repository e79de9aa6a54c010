package terminator_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/go-asynchat/asynchat/terminator"
)

// An element is what a handler has seen between two ends, its pieces joined: S190 promises nothing
// about their grouping.
type element struct {
	data string
	end  string // "found 0", "too long", "skipped", the error that stopped the matcher, "": unfinished
}

// A setup is how a stream is to be read. The terminators take turns, each new one set in
// "found_terminator".
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

// A feeder reads a stream in pieces, as a Channel does: what Next leaves goes in front of the next
// piece.
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
	if few := [...]string{"found 0", "found 1", "found 2"}; which < len(few) {
		return few[which]
	}
	return fmt.Sprintf("found %d", which)
}

func newFeeder(tb testing.TB, s setup) *feeder {
	f := &feeder{tb: tb, s: s}
	f.begin()
	return f
}

// begin makes f ready for a new stream, in the memory of the last.
func (f *feeder) begin() {
	f.m = terminator.Matcher{}
	f.m.SetLimit(f.s.limit, f.s.skip)
	f.m.Set(f.s.terms[0].term)
	f.turn, f.collected, f.skipped = 0, 0, 0
	f.held, f.seen, f.open = f.held[:0], f.seen[:0], f.open[:0]
}

func (f *feeder) end(how string) {
	f.seen = append(f.seen, element{string(f.open), how})
	f.open = f.open[:0]
}

// feed takes every step that piece allows. A step of nothing ends it, so a step cannot deliver an
// empty slice (S191).
func (f *feeder) feed(piece []byte) {
	f.held = append(f.held, piece...)
	f.shadow = append(f.shadow[:0], f.held...)
	for buf := f.held; ; {
		whole, size := f.m.Whole(buf)
		which := f.m.Matched()
		collect, skip, found := f.m.Next(buf)
		if size > 0 && (collect != whole || collect+skip != size || !found) {
			f.tb.Fatalf("%v: Whole(%q) = %d, %d, but Next = %d, %d, %t", f.s, buf, whole, size,
				collect, skip, found)
		}
		if size > 0 && f.m.Matched() != which {
			f.tb.Fatalf("%v: behind Whole(%q) Matched is %d, but behind Next %d", f.s, buf,
				which, f.m.Matched())
		}
		if collect < 0 || skip < 0 || collect+skip > len(buf) {
			f.tb.Fatalf("%v: Next(%q) = %d, %d, %t", f.s, buf, collect, skip, found)
		}
		if data := f.m.Data(); data != nil {
			f.open = append(f.open, data...)
		} else {
			f.open = append(f.open, buf[:collect]...)
		}
		f.collected += collect
		f.skipped += skip
		buf = buf[collect+skip:]
		if f.m.TooLong() {
			f.end("too long")
		}
		if f.m.Skipped() {
			f.end("skipped")
			continue
		}
		if found {
			f.end(foundAt(f.m.Matched()))
			if len(f.s.terms) > 1 {
				f.turn++
				f.m.Set(f.s.terms[f.turn%len(f.s.terms)].term)
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
		// how much of it there was is the one thing that a cut may change.
		end, _, _ = strings.Cut(err.Error(), " its input: ")
	}
	return append(f.seen, element{string(f.open), end}), string(f.held)
}

// checkCut reads stream in the given pieces and compares what comes out with the reference.
func checkCut(
	tb testing.TB, s setup, stream string, pieces [][]byte, want []element, wantHeld string,
) {
	tb.Helper()
	newFeeder(tb, s).check(stream, pieces, want, wantHeld)
}

// check is checkCut with a feeder that has been used before.
func (f *feeder) check(stream string, pieces [][]byte, want []element, wantHeld string) {
	f.begin() // without tb.Helper, which would cost more than all of it
	for _, p := range pieces {
		f.feed(p)
	}
	got, held := f.result()
	if !slices.Equal(got, want) || held != wantHeld {
		f.tb.Fatalf("%v\npieces %q\n got %q held %q\nwant %q held %q", f.s, pieces, got,
			held, want, wantHeld)
	}
	if n := f.collected + f.skipped + len(held); n != len(stream) { // S189
		f.tb.Fatalf("%v\npieces %q: %d bytes in, %d collected, %d skipped, %d held", f.s, pieces,
			len(stream), f.collected, f.skipped, len(held))
	}
}

// checkCuts reads stream whole, in two pieces at every place, and byte by byte.
func checkCuts(tb testing.TB, s setup, stream string) {
	tb.Helper()
	want, held := reference(s, stream)
	checkAgainst(tb, s, stream, want, held)
}

func checkAgainst(tb testing.TB, s setup, stream string, want []element, held string) {
	tb.Helper()
	b := []byte(stream)
	f := newFeeder(tb, s)
	for i := range len(b) + 1 {
		f.check(stream, [][]byte{b[:i], b[i:]}, want, held)
	}
	f.check(stream, slices.Collect(slices.Chunk(b, 1)), want, held)
	if s.eof {
		f.begin()
		// A channel that is paused may learn of the end before it has looked at what is in its buffer.
		f.m.EOF()
		f.feed(b)
		if got, left := f.result(); !slices.Equal(got, want) || left != held {
			tb.Fatalf("%v\nEOF, then %q\n got %q held %q\nwant %q held %q", s, stream, got, left, want, held)
		}
	}
}

// checkSame reads stream whole, then in every single cut and byte by byte: what comes out must not
// depend on it.
func checkSame(tb testing.TB, s setup, stream string) []element {
	tb.Helper()
	f := newFeeder(tb, s)
	f.feed([]byte(stream))
	want, held := f.result()
	checkAgainst(tb, s, stream, want, held)
	return want
}

// cutAt cuts b in pieces, the length of each from cuts in turn; a 0 is an empty piece, and the last
// is the rest.
func cutAt(b, cuts []byte) [][]byte {
	var pieces [][]byte
	for _, c := range cuts {
		n := min(int(c), len(b))
		pieces = append(pieces, b[:n])
		b = b[n:]
	}
	return append(pieces, bytes.Clone(b))
}
