package terminator_test

import (
	"strings"
	"testing"

	"github.com/go-asynchat/asynchat/terminator"
)

// A step is one call of Next and what it must return; rest is what the matcher is given.
type step struct {
	rest          string
	collect, skip int
	found         bool
}

func checkSteps(t *testing.T, m *terminator.Matcher, steps []step) {
	t.Helper()
	for _, s := range steps {
		if collect, skip, found := m.Next([]byte(s.rest)); collect != s.collect ||
			skip != s.skip || found != s.found {
			t.Errorf("%v: Next(%q) = %d, %d, %t, want %d, %d, %t", m.Terminator(), s.rest, collect, skip,
				found, s.collect, s.skip, s.found)
		}
	}
}

func TestNext(t *testing.T) {
	fortyA := strings.Repeat("a", 40)
	for _, c := range []struct {
		name  string
		term  terminator.Terminator
		steps []step
	}{
		{"None collects all (S119)", terminator.None,
			[]step{{"ab\r\n", 4, 0, false}, {"", 0, 0, false}, {"c", 1, 0, false}}},
		{"first occurrence (S132)", terminator.String("\r\n"),
			[]step{{"a\r\nb\r\n", 1, 2, true}, {"b\r\n", 1, 2, true}}},
		{"no empty collect (S132, S191)", terminator.String("\r\n"), []step{{"\r\n", 0, 2, true}}},
		{"empty lines (S133)", terminator.String("\n"),
			[]step{{"\n\n", 0, 1, true}, {"\n", 0, 1, true}, {"", 0, 0, false}}},
		{"prefix held (S134)", terminator.String("\r\n"),
			[]step{{"ab\r", 2, 0, false}, {"\r", 0, 0, false}, {"\r\n", 0, 2, true}}},
		{"no prefix (S135)", terminator.String("\r\n"), []step{{"ab\n", 3, 0, false}}},
		{"overlap (S136)", terminator.String("aab"),
			[]step{{"aa", 0, 0, false}, {"aaa", 1, 0, false}, {"aab", 0, 3, true}}},
		{"held prefix was none (S137)", terminator.String("\r\n"),
			[]step{{"a\r", 1, 0, false}, {"\rb", 2, 0, false}}},
		{"all of a long prefix held (S138)", terminator.String(fortyA + "b"), []step{
			{fortyA, 0, 0, false}, {fortyA + "a", 1, 0, false}, {fortyA + "bb", 0, 41, true},
			{"b", 1, 0, false},
		}},
		{"bare LF is no CRLF", terminator.String("\r\n"), []step{{"a\nb\rc\r\n", 5, 2, true}}},
		{"length in parts (S127, S130)", terminator.Length(5),
			[]step{{"ab", 2, 0, false}, {"", 0, 0, false}, {"cdefg", 3, 0, true}}},
		{"length stays in force (B36)", terminator.Length(2), []step{
			{"abcd", 2, 0, true}, {"cd", 2, 0, true}, {"", 0, 0, false}, {"e", 1, 0, false},
			{"fg", 1, 0, true}, {"g", 1, 0, false},
		}},
		{"length is blind to content", terminator.Length(4), []step{{"\r\n\x00\n", 4, 0, true}}},
		{"line", terminator.Line(), []step{{"a\nb", 1, 1, true}, {"b\r\n", 1, 2, true},
			{"c\r", 1, 0, false}, {"\rd\n", 2, 1, true}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var m terminator.Matcher
			m.Set(c.term)
			checkSteps(t, &m, c.steps)
			if !m.Terminator().Equal(c.term) { // a length was counted down in asynchat, S127
				t.Errorf("Terminator() = %v, want %v", m.Terminator(), c.term)
			}
			if err := m.Err(); err != nil {
				t.Errorf("Err() = %v", err)
			}
		})
	}
}

// S112, B37: a matcher that was never set collects everything.
func TestZeroMatcher(t *testing.T) {
	var m terminator.Matcher
	checkSteps(t, &m, []step{{"a\n", 2, 0, false}})
	if m.Partial() || m.Err() != nil || !m.Terminator().Equal(terminator.None) {
		t.Errorf("Partial() = %t, Err() = %v, Terminator() = %v", m.Partial(), m.Err(), m.Terminator())
	}
}

// B36: Length(0) fires at once, also with nothing buffered, and a terminator that fires on nothing
// cannot loop.
func TestLengthZero(t *testing.T) {
	var m terminator.Matcher
	for range 2 {
		m.Set(terminator.Length(0))
		checkSteps(t, &m, []step{{"", 0, 0, true}})
		if m.Err() != nil {
			t.Errorf("Err() = %v after it fired once", m.Err())
		}
		checkSteps(t, &m, []step{{"ab", 0, 0, false}})
		if m.Err() != terminator.ErrNoProgress {
			t.Errorf("Err() = %v, want ErrNoProgress", m.Err())
		}
		checkSteps(t, &m, []step{{"ab", 0, 0, false}})
	}
	m.Set(terminator.Length(2))
	if m.Err() != nil {
		t.Errorf("Err() = %v after Set", m.Err())
	}
	checkSteps(t, &m, []step{{"ab", 2, 0, true}})
}

// Any: the match that ends first; of those that end together the longest; of equal ones the first.
func TestAny(t *testing.T) {
	long := strings.Repeat("ab", 20)
	for _, c := range []struct {
		delims        []string
		rest          string
		collect, skip int
		matched       int
	}{
		{[]string{"aab", "b"}, "xaab", 1, 3, 0},
		{[]string{"aab", "b"}, "xab", 2, 1, 1},
		{[]string{"b", "aab", "ab"}, "aab", 0, 3, 1},
		{[]string{"abcd", "bc"}, "xabcd", 2, 2, 1},
		{[]string{"bc", "abcd"}, "xabcd", 2, 2, 0},
		{[]string{"ab", "abc"}, "abc", 0, 2, 0},
		{[]string{"abc", "ab"}, "abc", 0, 2, 1},
		{[]string{"x", "y", "x"}, "ax", 1, 1, 0},
		{[]string{"", "x"}, "ax", 1, 1, 1},
		{[]string{"\r\n", "\n", "\r"}, "a\r\n", 1, 1, 2},
		{[]string{"\n", "\r\n"}, "a\r\n", 1, 2, 1},
		{[]string{long, "bab"}, long, 1, 3, 1},
		{[]string{long, long + "a", "bb"}, "x" + long + "a", 1, 40, 0},
		{[]string{"ab" + long, "x", long}, "b" + long + "ab", 1, 40, 2},
		{[]string{"abcabd", "cab", "q"}, "abcabcabd", 2, 3, 1},
	} {
		var m terminator.Matcher
		m.Set(terminator.Any(c.delims...))
		collect, skip, found := m.Next([]byte(c.rest))
		if collect != c.collect || skip != c.skip || !found || m.Matched() != c.matched {
			t.Errorf("%v: Next(%q) = %d, %d, %t, Matched %d, want %d, %d, true, %d", m.Terminator(), c.rest,
				collect, skip, found, m.Matched(), c.collect, c.skip, c.matched)
		}
	}
}

// S140: a new terminator applies from the very next byte, also to what was held back for the old
// one.
func TestSet(t *testing.T) {
	var m terminator.Matcher
	m.Set(terminator.Any("ab", "xy"))
	checkSteps(t, &m, []step{{"1ab2", 1, 2, true}})
	if m.Set(terminator.Length(1)); m.Matched() != 0 {
		t.Errorf("Matched() = %d after Set", m.Matched())
	}
	checkSteps(t, &m, []step{{"2345", 1, 0, true}, {"345", 1, 0, true}})
	m.Set(terminator.String("45"))
	checkSteps(t, &m, []step{{"4", 0, 0, false}})
	m.Set(terminator.String("5"))
	checkSteps(t, &m, []step{{"45", 1, 1, true}})
	m.Set(terminator.String(strings.Repeat("a", 40)))
	checkSteps(t, &m, []step{{"aaa", 0, 0, false}})
	m.Set(terminator.String("x" + strings.Repeat("a", 40)))
	checkSteps(t, &m, []step{{"aaax", 3, 0, false}})
	m.Set(terminator.Length(4))
	checkSteps(t, &m, []step{{"ab", 2, 0, false}})
	m.Set(terminator.Length(4)) // S131: the new length counts from here
	checkSteps(t, &m, []step{{"cdefg", 4, 0, true}})
}

// S145: at the end of the input a held prefix is content; asynchat lost it.
func TestEOF(t *testing.T) {
	for _, c := range []struct {
		term terminator.Terminator
		rest string
	}{
		{terminator.String("\r\n"), "\r"},
		{terminator.String(strings.Repeat("a", 40)), "aaaa"},
		{terminator.Any("abc", "xyz"), "ab"},
		{terminator.Line(), "\r"},
	} {
		var m terminator.Matcher
		m.Set(c.term)
		checkSteps(t, &m, []step{{c.rest, 0, 0, false}})
		m.EOF()
		checkSteps(t, &m, []step{{c.rest, len(c.rest), 0, false}, {"", 0, 0, false}})
		if !m.Partial() {
			t.Errorf("%v: Partial() = false", c.term)
		}
		m.Set(c.term) // the end of the input is no property of the terminator
		checkSteps(t, &m, []step{{c.rest, len(c.rest), 0, false}})
	}
	var m terminator.Matcher
	m.Set(terminator.String("\r\n"))
	m.EOF()
	checkSteps(t, &m, []step{{"a\r\nb\r", 1, 2, true}, {"b\r", 2, 0, false}})
	if m.Set(terminator.Length(5)); m.Partial() {
		t.Error("Partial() = true after Set")
	}
	checkSteps(t, &m, []step{{"abc", 3, 0, false}})
}

func TestPartial(t *testing.T) {
	for _, c := range []struct {
		term terminator.Terminator
		rest string
		want bool
	}{
		{terminator.None, "abc", false},
		{terminator.Length(3), "ab", true},
		{terminator.Length(3), "abc", false},
		{terminator.Length(0), "", false},
		{terminator.String("\r\n"), "ab", true},
		{terminator.String("\r\n"), "\r", false},
		{terminator.String("\r\n"), "ab\r\n", false},
		{terminator.Any("xx", "y"), "ab", true},
		{terminator.Any("xx", "y"), "ab\ny", false},
	} {
		var m terminator.Matcher
		m.Set(c.term)
		if m.Next([]byte(c.rest)); m.Partial() != c.want {
			t.Errorf("%v: Partial() = %t after Next(%q), want %t", c.term, m.Partial(), c.rest, c.want)
		}
	}
}
