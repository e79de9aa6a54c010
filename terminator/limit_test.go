package terminator_test

import (
	"strings"
	"testing"

	"github.com/go-asynchat/asynchat/terminator"
)

func limited(t terminator.Terminator, limit int64, skip bool) *terminator.Matcher {
	var m terminator.Matcher
	m.SetLimit(limit, skip)
	m.Set(t)
	return &m
}

// B31: without skip exactly the limit is given out, then the matcher stops.
func TestLimitFails(t *testing.T) {
	for _, term := range []terminator.Terminator{
		terminator.String("\r\n"), terminator.Line(), terminator.Any("\r\n", "\x00"),
	} {
		m := limited(term, 3, false)
		checkSteps(t, m, []step{{"abc\r\nabcd\r\n", 3, 2, true}, {"abcd\r\n", 3, 0, false}})
		if m.Err() != nil {
			t.Errorf("%v: Err() = %v before the byte too many", term, m.Err())
		}
		checkSteps(t, m, []step{{"d\r\n", 0, 0, false}, {"d\r\n", 0, 0, false}})
		if m.Err() != terminator.ErrTooLong || m.TooLong() {
			t.Errorf("%v: Err() = %v, TooLong() = %t, want ErrTooLong, false", term, m.Err(), m.TooLong())
		}
		m.Set(terminator.Length(1))
		if checkSteps(t, m, []step{{"d\r\n", 1, 0, true}}); m.Err() != nil {
			t.Errorf("%v: Err() = %v after Set", term, m.Err())
		}
	}
}

// The delimiter does not count, not even its first byte: an element of exactly the limit is held
// there, not refused.
func TestLimitWithoutDelimiter(t *testing.T) {
	m := limited(terminator.String("\r\n"), 3, false)
	checkSteps(t, m, []step{{"abc\r", 3, 0, false}, {"\r", 0, 0, false}, {"\r\n", 0, 2, true}})
	checkSteps(t, m, []step{{"abc", 3, 0, false}, {"\rx", 0, 0, false}})
	if m.Err() != terminator.ErrTooLong {
		t.Errorf("Err() = %v, want ErrTooLong: the prefix was none", m.Err())
	}
}

// B31 with skip: told once an element, the rest and the delimiter deleted, the next element framed
// right.
func TestLimitSkips(t *testing.T) {
	for _, term := range []terminator.Terminator{
		terminator.String("\r\n"), terminator.Line(), terminator.Any("\r\n", "\x00"),
	} {
		m := limited(term, 3, true)
		told := 0
		for _, s := range []step{
			{"abcdef", 3, 0, false}, {"def", 0, 3, false}, {"gh\r", 0, 2, false}, {"\rij", 0, 3, false},
			{"kl\r\nxyz\r\n", 0, 4, false},
			{"xyz\r\n", 3, 2, true}, {"1234\r\n", 3, 0, false}, {"4\r\n", 0, 3, false}, {"x", 1, 0, false},
		} {
			checkSteps(t, m, []step{s})
			if m.TooLong() {
				told++
			}
			if s.rest == "def" && (!m.TooLong() || !m.Partial()) {
				t.Errorf("%v: TooLong() = %t, Partial() = %t at the first byte too many", term,
					m.TooLong(), m.Partial())
			}
			if s.rest == "4\r\n" && (!m.TooLong() || m.Partial()) {
				t.Errorf("%v: TooLong() = %t, Partial() = %t where all is dropped at once", term,
					m.TooLong(), m.Partial())
			}
		}
		if told != 2 || m.Err() != nil {
			t.Errorf("%v: told %d times, want 2; Err() = %v", term, told, m.Err())
		}
	}
}

func TestLimitIsWhatWasSet(t *testing.T) {
	for _, c := range []struct{ set, want int64 }{{0, 0}, {7, 7}, {-7, 0}, {1 << 40, 1 << 40}} {
		m := limited(terminator.Line(), c.set, true)
		if got := m.Limit(); got != c.want {
			t.Errorf("Limit() = %d after SetLimit(%d), want %d", got, c.set, c.want)
		}
	}
}

func TestLimitAtEOF(t *testing.T) {
	m := limited(terminator.String("\r\n"), 3, true)
	m.EOF()
	checkSteps(t, m, []step{{"abcd\r", 3, 0, false}, {"d\r", 0, 2, false}, {"", 0, 0, false}})
	m = limited(terminator.String("\r\n"), 3, false)
	m.EOF()
	checkSteps(t, m, []step{{"abc\r", 3, 0, false}, {"\r", 0, 0, false}})
	if m.Err() != terminator.ErrTooLong {
		t.Errorf("Err() = %v, want ErrTooLong: at the end a held prefix is content", m.Err())
	}
}

func TestLimitOnlyBoundsDelimiters(t *testing.T) {
	m := limited(terminator.Length(5), 3, false)
	checkSteps(t, m, []step{{"abcdef", 5, 0, true}})
	m.Set(terminator.None)
	checkSteps(t, m, []step{{"abcdef", 6, 0, false}})
	m.Set(terminator.String("\n")) // Set keeps the limit
	checkSteps(t, m, []step{{"abcdef", 3, 0, false}, {"def", 0, 0, false}})
	if m.Err() != terminator.ErrTooLong {
		t.Errorf("Err() = %v, want ErrTooLong", m.Err())
	}
	for _, none := range []int64{0, -1} {
		m = limited(terminator.String("\n"), none, false)
		checkSteps(t, m, []step{{strings.Repeat("a", 1000), 1000, 0, false}})
	}
}

// A limit that comes after more than it has been given out stops the element where it is.
func TestLimitLoweredInsideElement(t *testing.T) {
	m := limited(terminator.String("\r\n"), 0, false)
	checkSteps(t, m, []step{{"abcdef", 6, 0, false}})
	m.SetLimit(3, true)
	if checkSteps(t, m, []step{{"ghi", 0, 3, false}}); !m.TooLong() {
		t.Error("TooLong() = false")
	}
	m.SetLimit(0, false)
	checkSteps(t, m, []step{{"jk", 0, 2, false}, {"\r\nx", 0, 2, false}, {"x\r\n", 1, 2, true}})
	m.SetLimit(3, true)
	checkSteps(t, m, []step{{"abcd", 3, 0, false}, {"d", 0, 1, false}})
	if m.Set(terminator.String("\r\n")); m.Partial() || m.TooLong() {
		t.Errorf("Partial() = %t, TooLong() = %t after Set", m.Partial(), m.TooLong())
	}
	checkSteps(t, m, []step{{"ab\r\n", 2, 2, true}})
}
