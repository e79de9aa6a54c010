package terminator_test

import (
	"bytes"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/go-asynchat/asynchat/terminator"
)

// brackets is a well-behaved framer: an element is what stands in a pair of brackets, whatever is
// between two is deleted.
type brackets struct{ depth int }

func newBrackets() terminator.Framer { return &brackets{} }

func (f *brackets) Next(buf []byte, _ bool) (terminator.Step, error) {
	for i, b := range buf {
		switch {
		case f.depth == 0 && b == '(':
			f.depth = 1
			return terminator.Step{Skip: i + 1}, nil
		case f.depth > 0 && b == '(':
			f.depth++
		case f.depth > 0 && b == ')':
			if f.depth--; f.depth == 0 {
				return terminator.Step{Collect: i, Skip: 1, Found: true}, nil
			}
		}
	}
	if f.depth == 0 {
		return terminator.Step{Skip: len(buf)}, nil
	}
	return terminator.Step{Collect: len(buf)}, nil
}

// readBrackets is the reference: it looks for the bracket that fits with the whole stream before
// it.
func readBrackets(s setup, rest []byte) (seen []element, left []byte, stop bool) {
	for {
		open := bytes.IndexByte(rest, '(')
		if open < 0 {
			return append(seen, element{}), nil, true
		}
		rest = rest[open+1:]
		content, size := len(rest), 0
		for n, depth := 0, 1; n < len(rest) && depth > 0; n++ {
			depth += strings.Count(string(rest[n]), "(") - strings.Count(string(rest[n]), ")")
			if depth == 0 {
				content, size = n, 1
			}
		}
		over := s.limit > 0 && int64(content) > s.limit
		switch {
		case over && !s.skip:
			return append(seen, element{string(rest[:s.limit]), terminator.ErrTooLong.Error()}),
				rest[s.limit:], true
		case over:
			seen = append(seen, element{string(rest[:s.limit]), "too long"})
			if size == 0 {
				return append(seen, element{}), nil, true
			}
			seen = append(seen, element{"", "skipped"})
			rest = rest[content+size:]
		case size == 0:
			return append(seen, element{string(rest), ""}), nil, true
		default:
			return append(seen, element{string(rest[:content]), "found 0"}), rest[content+size:], false
		}
	}
}

func TestCutsOfBrackets(t *testing.T) {
	framed := spec{term: terminator.Custom(newBrackets), one: readBrackets}
	exhaust(t, "()a", 7, []setup{
		{name: "brackets", terms: []spec{framed}},
		{name: "brackets and lines", terms: []spec{framed, str("a")}},
	})
}

// A script is a framer that says what is written, and then that it needs more.
type script []terminator.Step

func (s *script) Next([]byte, bool) (step terminator.Step, err error) {
	if len(*s) > 0 {
		step, *s = (*s)[0], (*s)[1:]
	}
	return step, err
}

func scripted(steps ...terminator.Step) terminator.Terminator {
	return terminator.Custom(func() terminator.Framer {
		s := script(slices.Clone(steps))
		return &s
	})
}

func TestStepsOutOfBounds(t *testing.T) {
	for _, bad := range []terminator.Step{
		{Collect: 4}, {Skip: 4}, {Collect: 2, Skip: 2}, {Collect: -1}, {Skip: -1}, {Collect: -1, Skip: 1},
		{Collect: 1, Skip: -1},
		{Collect: 4, Found: true}, {Collect: 4, Data: []byte("a")}, {Collect: math.MaxInt},
		{Collect: math.MaxInt, Skip: math.MaxInt},
		{Collect: 1, Skip: math.MaxInt}, {Collect: math.MinInt, Skip: math.MinInt},
		{Collect: math.MinInt},
	} {
		var m terminator.Matcher
		m.Set(scripted(bad))
		checkSteps(t, &m, []step{{"abc", 0, 0, false}, {"abc", 0, 0, false}})
		if m.Err() == nil || !strings.Contains(m.Err().Error(), "of 3 bytes") {
			t.Errorf("%+v of 3 bytes: Err() = %v", bad, m.Err())
		}
		if m.Set(terminator.Length(1)); m.Err() != nil {
			t.Errorf("Err() = %v after Set", m.Err())
		}
	}
}

func TestStepsWithoutProgress(t *testing.T) {
	end := terminator.Step{Found: true}
	var m terminator.Matcher
	m.Set(scripted(end, end))
	checkSteps(t, &m, []step{{"abc", 0, 0, true}, {"abc", 0, 0, false}})
	if m.Err() != terminator.ErrNoProgress {
		t.Errorf("Err() = %v, want ErrNoProgress", m.Err())
	}
	m.Set(scripted(end, terminator.Step{Skip: 1}, end, terminator.Step{Collect: 1, Found: true}, end))
	checkSteps(t, &m, []step{
		{"abc", 0, 0, true}, {"abc", 0, 1, false}, {"bc", 0, 0, true}, {"bc", 1, 0, true},
		{"c", 0, 0, true}, {"c", 0, 0, false},
	})
	if m.Err() != nil {
		t.Errorf("Err() = %v: there was a byte between each two", m.Err())
	}
	// It would ask for more input, and nobody would look at it.
	m.Set(scripted(terminator.Step{Data: []byte("lost")}))
	if checkSteps(t, &m, []step{{"abc", 0, 0, false}}); m.Err() != terminator.ErrNoProgress {
		t.Errorf("Err() = %v, want ErrNoProgress", m.Err())
	}
	m.Set(scripted(terminator.Step{Data: []byte{}}))
	if checkSteps(t, &m, []step{{"abc", 0, 0, false}, {"abcd", 0, 0, false}}); m.Err() != nil {
		t.Errorf("Err() = %v for a step that asks for more", m.Err())
	}
}

type failing struct{}

func (failing) Next(buf []byte, eof bool) (terminator.Step, error) {
	if eof {
		return terminator.Step{Collect: len(buf), Found: true}, nil
	}
	return terminator.Step{Collect: 1}, errBad
}

func TestFramerFails(t *testing.T) {
	var m terminator.Matcher
	m.Set(terminator.Custom(func() terminator.Framer { return failing{} }))
	if checkSteps(t, &m, []step{{"abc", 0, 0, false}}); !errors.Is(m.Err(), errBad) {
		t.Errorf("Err() = %v, want %v", m.Err(), errBad)
	}
	m.Set(m.Terminator())
	m.EOF()
	if checkSteps(t, &m, []step{{"abc", 3, 0, true}}); m.Err() != nil {
		t.Errorf("Err() = %v at the end", m.Err())
	}
}

// A framer is made each time the terminator is set, and for each matcher.
func TestNewFramer(t *testing.T) {
	made := 0
	term := terminator.Custom(func() terminator.Framer {
		made++
		return newBrackets()
	})
	var m, other terminator.Matcher
	m.Set(term)
	checkSteps(t, &m, []step{{"((a", 0, 1, false}, {"(a", 2, 0, false}})
	other.Set(term)
	checkSteps(t, &other, []step{{"(b)", 0, 1, false}, {"b)", 1, 1, true}})
	m.Set(term)
	checkSteps(t, &m, []step{{"(c)", 0, 1, false}, {"c)", 1, 1, true}})
	if made != 3 {
		t.Errorf("%d framers for three uses", made)
	}
}

func TestData(t *testing.T) {
	var m terminator.Matcher
	m.Set(scripted(
		terminator.Step{Collect: 2, Skip: 1, Data: []byte("AB")},
		terminator.Step{Collect: 1},
		terminator.Step{Collect: 1, Data: []byte{}},
		terminator.Step{Skip: 1, Data: []byte("inserted")},
		terminator.Step{Found: true, Data: []byte("end")},
	))
	for _, c := range []struct {
		step step
		data []byte
	}{
		{step{"abcdefg", 2, 1, false}, []byte("AB")},
		{step{"defg", 1, 0, false}, nil},
		{step{"efg", 1, 0, false}, []byte{}},
		{step{"fg", 0, 1, false}, []byte("inserted")},
		{step{"g", 0, 0, true}, []byte("end")},
		{step{"g", 0, 0, false}, nil},
	} {
		checkSteps(t, &m, []step{c.step})
		if data := m.Data(); !bytes.Equal(data, c.data) || (data == nil) != (c.data == nil) {
			t.Errorf("Data() = %#v behind %+v, want %#v", data, c.step, c.data)
		}
	}
}

// The limit is for what is collected: Data counts instead of the bytes, and does not come in parts.
func TestCustomLimit(t *testing.T) {
	data := func(s string) terminator.Step { return terminator.Step{Collect: 1, Data: []byte(s)} }
	end := terminator.Step{Skip: 1, Found: true}
	m := limited(scripted(data("ab"), data("c"), end, data("abc"), data("d"), end), 3, false)
	checkSteps(t, m, []step{{"12.12.", 1, 0, false}, {"2.12.", 1, 0, false}, {".12.", 0, 1, true},
		{"12.", 1, 0, false}, {"2.", 0, 0, false}})
	if m.Err() != terminator.ErrTooLong {
		t.Errorf("Err() = %v, want ErrTooLong", m.Err())
	}
	m = limited(scripted(data("abcd"), data("e"), end, data("abc"), end), 3, true)
	if checkSteps(t, m, []step{{"12.1.", 0, 1, false}}); !m.TooLong() || m.Data() != nil {
		t.Errorf("TooLong() = %t, Data() = %q for data over the limit", m.TooLong(), m.Data())
	}
	if checkSteps(t, m, []step{{"2.1.", 0, 1, false}}); m.TooLong() ||
		m.Data() != nil || !m.Partial() {
		t.Errorf("TooLong() = %t, Data() = %q, Partial() = %t behind it", m.TooLong(),
			m.Data(), m.Partial())
	}
	checkSteps(t, m, []step{{".1.", 0, 1, false}, {"1.", 1, 0, false}})
	if m.TooLong() || string(m.Data()) != "abc" {
		t.Errorf("TooLong() = %t, Data() = %q for the next element", m.TooLong(), m.Data())
	}
	checkSteps(t, m, []step{{".", 0, 1, true}})
	for _, skip := range []bool{false, true} { // with nothing to delete it cannot be told and skipped
		m = limited(scripted(terminator.Step{Found: true, Data: []byte("abcd")}), 3, skip)
		if checkSteps(t, m, []step{{"1", 0, 0, false}}); m.Err() != terminator.ErrTooLong || m.TooLong() {
			t.Errorf("skip %t: Err() = %v, TooLong() = %t", skip, m.Err(), m.TooLong())
		}
	}
}

// late says that an element of four bytes is complete when it is asked the next time, on no bytes.
type late struct{ n int }

func (f *late) Next(buf []byte, _ bool) (terminator.Step, error) {
	if f.n == 4 {
		f.n = 0
		return terminator.Step{Found: true}, nil
	}
	n := min(len(buf), 4-f.n)
	f.n += n
	return terminator.Step{Collect: n}, nil
}

func TestEndOnNoBytesBehindDroppedElement(t *testing.T) {
	term := custom(terminator.Custom(func() terminator.Framer { return &late{} }))
	for _, c := range []struct {
		limit int64
		skip  bool
		want  []element
	}{
		{0, false, []element{{"abcd", "found 0"}, {"efgh", "found 0"}, {"i", ""}}},
		{4, true, []element{{"abcd", "found 0"}, {"efgh", "found 0"}, {"i", ""}}},
		{3, true, []element{{"abc", "too long"}, {"", "skipped"}, {"efg", "too long"},
			{"", "skipped"}, {"i", ""}}},
		{3, false, []element{{"abc", terminator.ErrTooLong.Error()}}},
	} {
		s := setup{"late", []spec{term}, c.limit, c.skip, false}
		if got := checkSame(t, s, "abcdefghi"); !slices.Equal(got, c.want) {
			t.Errorf("%v: %q, want %q", s, got, c.want)
		}
	}
}
