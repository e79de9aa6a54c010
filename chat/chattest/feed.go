package chattest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/go-asynchat/asynchat/terminator"
)

// A feeder reads a stream with a terminator, as a channel does: what the matcher leaves goes in
// front of the next piece.
type feeder struct {
	m     terminator.Matcher
	held  []byte
	seen  []string // the elements, and what else happened
	open  []byte   // the element in progress
	guard guard
}

func newFeeder(t terminator.Terminator) *feeder {
	f := new(feeder)
	f.m.Set(t)
	return f
}

// feed takes all steps that piece allows, and returns an error if one of them cannot be.
func (f *feeder) feed(piece []byte) error {
	f.held = append(f.held, piece...)
	// Overwritten at the end: a framer that keeps its input shall find garbage.
	lent := f.guard.lend(f.held)
	defer lent.end()
	buf := lent.data
	for idle := 0; ; {
		before := string(buf)
		collect, skip, found := f.m.Next(buf)
		if collect < 0 || skip < 0 || collect+skip > len(buf) {
			return fmt.Errorf("the step Next(%q) = %d, %d, %t reaches beyond its input",
				buf, collect, skip, found)
		}
		if string(buf) != before {
			return fmt.Errorf("the step Next has made %q of its input %q", buf, before)
		}
		if data := f.m.Data(); data != nil {
			f.open = append(f.open, data...)
		} else {
			f.open = append(f.open, buf[:collect]...)
		}
		buf = buf[collect+skip:]
		if f.m.TooLong() {
			f.end("too long")
		}
		if f.m.Skipped() {
			f.end("skipped")
			continue
		}
		switch {
		case found:
			f.end("found")
			if idle++; collect+skip > 0 {
				idle = 0
			} else if idle > 1 {
				return fmt.Errorf("element after element is found in no bytes, before %q", buf)
			}
		case collect+skip == 0:
			f.held = append(f.held[:0], buf...)
			return nil
		}
	}
}

func (f *feeder) end(how string) {
	f.seen = append(f.seen, fmt.Sprintf("%s %q", how, f.open))
	f.open = f.open[:0]
}

// result ends the stream and returns all that was seen.
func (f *feeder) result(eof bool) ([]string, error) {
	held := len(f.held)
	if eof {
		f.m.EOF()
		if err := f.feed(nil); err != nil {
			return nil, err
		}
	}
	seen := append(f.seen, fmt.Sprintf("unfinished %q", f.open))
	if err := f.m.Err(); err != nil {
		if err == terminator.ErrNoProgress || strings.Contains(err.Error(), "beyond its input") {
			return nil, err // a fault of the terminator, not of the stream
		}
		return append(seen, "error "+describe(err)), nil
	}
	if !eof {
		seen = append(seen, fmt.Sprintf("%d bytes held back", held))
	}
	return seen, nil
}

// readAll reads pieces with t, under a limit, and returns what was seen.
func readAll(
	tb testing.TB, t terminator.Terminator, pieces [][]byte, limit int64, skip, eof bool,
) []string {
	f := newFeeder(t)
	f.m.SetLimit(limit, skip)
	err := error(nil)
	for _, p := range pieces {
		if err = f.feed(p); err != nil {
			break
		}
	}
	var seen []string
	if err == nil {
		seen, err = f.result(eof)
	}
	if err != nil {
		tb.Helper()
		tb.Fatalf("chattest: %v, pieces %q: %v", t, pieces, err)
	}
	return seen
}
