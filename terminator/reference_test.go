package terminator_test

import (
	"bytes"
	"strings"

	"github.com/go-asynchat/asynchat/terminator"
)

// A spec is a terminator in a form that the reference can read. Its zero value is None.
type spec struct {
	delims   []string
	length   int
	isLength bool

	term terminator.Terminator
	one  reader // how to read under a term that is none of the above
}

// A reader reads one element from the beginning of rest, and those before it that are too long and
// dropped. It returns what it has seen, the bytes behind it or, with stop, those held back.
type reader func(s setup, rest []byte) (seen []element, left []byte, stop bool)

func (s spec) String() string { return s.term.String() }

func str(s string) spec           { return spec{term: terminator.String(s), delims: []string{s}} }
func anyOf(delims ...string) spec { return spec{term: terminator.Any(delims...), delims: delims} }
func length(n int) spec {
	return spec{term: terminator.Length(int64(n)), length: n, isLength: true}
}

func classOf(chars string) spec {
	return spec{term: terminator.Class(chars), delims: strings.Split(chars, "")}
}

func (s spec) none() bool { return s.one == nil && !s.isLength && strings.Join(s.delims, "") == "" }

// firstEnd looks for the first end of a delimiter in b with nothing but bytes.Index: of the ends
// the first, of the delimiters that end there the longest.
func (s spec) firstEnd(b []byte) (content, size, which int) {
	end := -1
	for i, d := range s.delims {
		if d == "" {
			continue
		}
		at := bytes.Index(b, []byte(d))
		if e := at + len(d); at >= 0 && (end < 0 || e < end || e == end && len(d) > size) {
			end, size, which = e, len(d), i
		}
	}
	if end < 0 {
		return len(b) - s.heldBack(b), 0, 0
	}
	return end - size, size, which
}

// heldBack is the length of the longest proper prefix of a delimiter that ends b (S192).
func (s spec) heldBack(b []byte) int {
	held := 0
	for _, d := range s.delims {
		for n := range len(d) {
			if bytes.HasSuffix(b, []byte(d)[:n]) {
				held = max(held, n)
			}
		}
	}
	return held
}

// reference says what must come out of stream, whole, and what must be held back at its end.
func reference(s setup, stream string) (seen []element, held string) {
	rest := []byte(stream)
	for turn := 0; ; turn++ {
		t := s.terms[turn%len(s.terms)]
		if t.none() {
			return append(seen, element{string(rest), ""}), ""
		}
		if t.isLength {
			if t.length == 0 && turn > 0 && len(s.terms) == 1 {
				return append(seen, element{"", terminator.ErrNoProgress.Error()}), string(rest)
			}
			if len(rest) < t.length {
				return append(seen, element{string(rest), ""}), ""
			}
			seen = append(seen, element{string(rest[:t.length]), "found 0"})
			rest = rest[t.length:]
			continue
		}
		var more []element
		var stop bool
		if t.one != nil {
			more, rest, stop = t.one(s, rest)
		} else {
			more, rest, stop = delimited(s, t, rest)
		}
		if stop {
			return append(seen, more...), string(rest)
		}
		seen = append(seen, more...)
	}
}

// delimited reads up to one found end, over any number of elements that are too long and dropped.
func delimited(s setup, t spec, rest []byte) (seen []element, left []byte, stop bool) {
	for {
		content, size, which := t.firstEnd(rest)
		if size == 0 && s.eof {
			content = len(rest)
		}
		over := s.limit > 0 && int64(content) > s.limit
		switch {
		case over && !s.skip:
			return append(seen, element{string(rest[:s.limit]), terminator.ErrTooLong.Error()}),
				rest[s.limit:], true
		case over:
			seen = append(seen, element{string(rest[:s.limit]), "too long"})
			if size == 0 {
				return append(seen, element{}), rest[content:], true
			}
			seen = append(seen, element{"", "skipped"})
			rest = rest[content+size:]
		case size == 0:
			return append(seen, element{string(rest[:content]), ""}), rest[content:], true
		default:
			return append(seen, element{string(rest[:content]), foundAt(which)}), rest[content+size:], false
		}
	}
}
