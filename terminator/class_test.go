package terminator_test

import (
	"strings"
	"testing"

	"github.com/go-asynchat/asynchat/terminator"
)

func TestClass(t *testing.T) {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	for _, c := range []struct {
		chars, rest string
		collect     int
		matched     int
	}{
		{"\n", "ab\n", 2, 0},
		{" \t\n", "one two", 3, 0},
		{" \t\n", "one\ttwo three", 3, 1},
		{" \t\n", "\n\n", 0, 2},
		{"\x00\xff", "a\xfe\xff\x00", 2, 1},
		{"ba", "xab", 1, 1},
		{"abab", "xb", 1, 1}, // of equal bytes the first counts
		{"é", "caf\xa9", 3, 1},
		{string(all), "z", 0, 'z'},
		{string(all), "\xff", 0, 255},
		{string(all), "\x00", 0, 0},
	} {
		var m terminator.Matcher
		m.Set(terminator.Class(c.chars))
		checkSteps(t, &m, []step{{c.rest, c.collect, 1, true}})
		if m.Matched() != c.matched {
			t.Errorf("%v: Matched() = %d behind %q, want %d", m.Terminator(), m.Matched(), c.rest, c.matched)
		}
	}
}

// Class is Any of single bytes, in every cut and under every limit.
func TestCutsOfClasses(t *testing.T) {
	exhaust(t, "ab\n", 7, []setup{
		{name: "one", terms: []spec{classOf("\n")}},
		{name: "two", terms: []spec{classOf("\nb")}},
		{name: "equal ones", terms: []spec{classOf("bab")}},
		{name: "taking turns", terms: []spec{classOf("\na"), str("\n"), length(2), classOf("b")}},
	})
}

func TestClassState(t *testing.T) {
	var m terminator.Matcher
	m.Set(terminator.Class(" \n"))
	checkSteps(t, &m, []step{{"", 0, 0, false}, {"ab", 2, 0, false}})
	if !m.Partial() {
		t.Error("Partial() = false inside an element")
	}
	checkSteps(t, &m, []step{{"c\nd", 1, 1, true}})
	if m.Partial() || m.Matched() != 1 {
		t.Errorf("Partial() = %t, Matched() = %d behind an element", m.Partial(), m.Matched())
	}
	m.EOF()
	checkSteps(t, &m, []step{{"d", 1, 0, false}, {"", 0, 0, false}})
	if m.Set(terminator.Class("")); !m.Terminator().Equal(terminator.None) {
		t.Errorf(`Class("") is %v, want None`, m.Terminator())
	}
}

func TestClassLimit(t *testing.T) {
	m := limited(terminator.Class(" \n"), 3, false)
	checkSteps(t, m, []step{{"abc\nabcd", 3, 1, true}, {"abcd", 3, 0, false}, {"d", 0, 0, false}})
	if m.Err() != terminator.ErrTooLong {
		t.Errorf("Err() = %v, want ErrTooLong", m.Err())
	}
	m = limited(terminator.Class(" \n"), 3, true)
	checkSteps(t, m, []step{{"abcdef", 3, 0, false}, {"def", 0, 3, false}})
	if !m.TooLong() || !m.Partial() {
		t.Errorf("TooLong() = %t, Partial() = %t while the rest is dropped", m.TooLong(), m.Partial())
	}
	if checkSteps(t, m, []step{{"gh xyz\n", 0, 3, false}}); m.TooLong() {
		t.Error("TooLong() = true a second time")
	}
	checkSteps(t, m, []step{{"xyz\n", 3, 1, true}})
}

// Every byte alone ends an element under a class that holds it, and under no other.
func TestClassOfEveryByte(t *testing.T) {
	for b := range 256 {
		char := string([]byte{byte(b)})
		others := strings.ReplaceAll("abc\n\x00", char, "")
		var m terminator.Matcher
		m.Set(terminator.Class(char))
		checkSteps(t, &m,
			[]step{{others + char + others, len(others), 1, true}, {others, len(others), 0, false}})
	}
}
