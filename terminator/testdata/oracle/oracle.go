// Package oracle reads what CPython's asynchat did with random streams, cuts and terminators, and
// says what we do. It is in testdata because only tests of several packages use it; gen.py next to
// it made the recordings.
package oracle

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
)

// A Record is one stream and the cuts in which asynchat read it, always with the same answer. Each
// cut is a case.
type Record struct {
	Line   int
	Kind   string
	Terms  []any // a string, the float64 of a length, or nil for none
	Once   bool  // nothing is set when the last of Terms has fired; otherwise they go round
	Stream string
	Cuts   [][]int
	Sets   []int // in front of which chunk the next terminator is set, from outside
	Want   Answer
}

// An Answer is what asynchat did. Why tells that our design decides otherwise from some point on.
type Answer struct {
	Events []*string // nil: found
	Held   string
	Why    string
	Rest   string
	Then   *Answer
}

// Load reads the recordings from path.
func Load(path string) ([]*Record, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var records []*Record
	for line := range strings.Lines(string(data)) {
		r := &Record{Line: len(records) + 1}
		if err := json.Unmarshal([]byte(line), r); err != nil {
			return nil, fmt.Errorf("%s:%d: %v", path, r.Line, err)
		}
		r.Stream = latin1(r.Stream)
		for i, t := range r.Terms {
			if s, ok := t.(string); ok {
				r.Terms[i] = latin1(s)
			}
		}
		r.Want.decode()
		records = append(records, r)
	}
	return records, nil
}

func (a *Answer) decode() {
	a.Held, a.Rest = latin1(a.Held), latin1(a.Rest)
	for _, e := range a.Events {
		if e != nil {
			*e = latin1(*e)
		}
	}
	if a.Then != nil {
		a.Then.decode()
	}
}

// latin1 returns the bytes for which the code points of s stand.
func latin1(s string) string {
	b := make([]byte, 0, len(s))
	for _, r := range s {
		b = append(b, byte(r))
	}
	return string(b)
}

func (r *Record) String() string {
	turns := "in turn"
	if r.Once {
		turns = "once"
	}
	return fmt.Sprintf("line %d (%s): %#v %s, set before chunks %v, stream %q", r.Line, r.Kind,
		r.Terms, turns, r.Sets, r.Stream)
}

// Chunks cuts the stream.
func (r *Record) Chunks(cut []int) []string {
	var chunks []string
	from := 0
	for _, to := range append(slices.Clone(cut), len(r.Stream)) {
		chunks = append(chunks, r.Stream[from:to])
		from = to
	}
	return chunks
}

// Turn returns the terminator of that turn, counted from 0, and false if there is none: the one in
// force stays.
func (r *Record) Turn(turn int) (term any, ok bool) {
	if r.Once && turn >= len(r.Terms) {
		return nil, false
	}
	return r.Terms[turn%len(r.Terms)], true
}

// Expect replays a in log as we decide: it calls collect and found for what must be seen, and
// returns what is held at the end, and whether the terminator is refused there. It is the one place
// where asynchat and our design differ, in three rows of the table in section 4 of DESIGN; a.Then
// is what asynchat itself does when it is told so explicitly:
//
//   - "length": a length that has fired stays in force; asynchat's became 0 and collected Rest.
//     Then is the answer to Rest where found_terminator sets the same length again.
//   - "zero": Length(0) fires once, at once; asynchat collected Rest. Then is the answer to Rest
//     under the next terminator. Without a next one Length(0) was left in force, which stops us
//     with ErrNoProgress.
//   - "set": after a SetTerminator from outside the held bytes are looked at again at once;
//     asynchat keeps Rest until more comes in. Then is the answer if Rest comes in again.
func (a *Answer) Expect(log *Log) (held string, refused bool) {
	events := a.Events
	if collected := a.Why == "length" || a.Why == "zero"; collected && a.Rest != "" {
		events = events[:len(events)-1]
	}
	for _, e := range events {
		if e == nil {
			log.Found()
		} else {
			log.Collect([]byte(*e))
		}
	}
	if a.Why == "zero" {
		log.Found()
	}
	switch {
	case a.Then != nil:
		return a.Then.Expect(log)
	case a.Why == "zero":
		return a.Rest, true
	default:
		return a.Held, false
	}
}

// A Log is a sequence of events in which neighbouring collects are joined.
type Log struct {
	events []string
	open   []byte
}

// Collect notes data. An empty one is an event of its own, which no recording has (S191).
func (l *Log) Collect(data []byte) {
	if len(data) == 0 {
		l.events = append(l.Events(), "empty collect")
		l.open = nil
	}
	l.open = append(l.open, data...)
}

// Found notes that a terminator has fired.
func (l *Log) Found() {
	l.events = append(l.Events(), "found")
	l.open = nil
}

// Events returns what was noted: collected bytes in quotes, and found.
func (l *Log) Events() []string {
	if len(l.open) == 0 {
		return l.events
	}
	return append(l.events, fmt.Sprintf("%q", l.open))
}
