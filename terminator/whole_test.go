package terminator_test

import (
	"testing"

	"github.com/go-asynchat/asynchat/terminator"
)

// What Whole finds, and what it leaves to Next. Whatever it finds Next finds too: each feeder of
// these tests looks at that.
func TestWhole(t *testing.T) {
	for _, tt := range []struct {
		name          string
		term          terminator.Terminator
		before, buf   string // before is delivered by Next
		limit         int64
		element, size int
	}{
		{name: "one byte", term: terminator.String("\n"), buf: "ab\ncd\n", element: 2, size: 3},
		{name: "two bytes", term: terminator.String("\r\n"), buf: "ab\r\n", element: 2, size: 4},
		{name: "an empty element", term: terminator.String("\r\n"), buf: "\r\nab", size: 2},
		{name: "three bytes", term: terminator.String("END"), buf: "abENDEND", element: 2, size: 5},
		{name: "a near miss first", term: terminator.String("\r\n"), buf: "a\nb\r\n"},
		{name: "no end", term: terminator.String("\r\n"), buf: "ab\r"},
		{name: "nothing", term: terminator.String("\r\n"), buf: ""},
		{name: "behind a beginning", term: terminator.String("\r\n"), before: "ab", buf: "cd\r\n"},
		{name: "behind an element", term: terminator.String("\r\n"), before: "ab\r\n", buf: "cd\r\n",
			element: 2, size: 4},
		{name: "as long as the limit", term: terminator.String("\n"), buf: "abcd\n", limit: 4,
			element: 4, size: 5},
		{name: "over the limit", term: terminator.String("\n"), buf: "abcde\n", limit: 4},
		{name: "a length", term: terminator.Length(2), buf: "abcd", element: 2, size: 2},
		{name: "a length to the last byte", term: terminator.Length(2), buf: "ab", element: 2, size: 2},
		{name: "a length that is too short", term: terminator.Length(5), buf: "abcd"},
		{name: "the rest of a length", term: terminator.Length(3), before: "a", buf: "bcde"},
		{name: "a length over the limit", term: terminator.Length(3), buf: "abcd", limit: 2},
		{name: "a length up to the limit", term: terminator.Length(3), buf: "abcd", limit: 3,
			element: 3, size: 3},
		{name: "a length of nothing", term: terminator.Length(0), buf: "ab"},
		{name: "none", term: terminator.None, buf: "ab\n"},
		{name: "a line", term: terminator.Line(), buf: "ab\r\ncd\n", element: 2, size: 4},
		{name: "a bare line", term: terminator.Line(), buf: "ab\ncd\n", element: 2, size: 3},
		{name: "an empty line", term: terminator.Line(), buf: "\r\nab", size: 2},
		{name: "an empty bare line", term: terminator.Line(), buf: "\nab", size: 1},
		{name: "CR within a line", term: terminator.Line(), buf: "a\rb\n", element: 3, size: 4},
		{name: "a line without its end", term: terminator.Line(), buf: "ab\r"},
		{name: "a line behind a beginning", term: terminator.Line(), before: "ab", buf: "cd\n"},
		{name: "a line over the limit", term: terminator.Line(), buf: "abcde\r\n", limit: 4},
		{name: "one of others", term: terminator.Any(";", "\n"), buf: "ab\n"},
		{name: "one in another order", term: terminator.Any("\n", "\r\n"), buf: "ab\r\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var m terminator.Matcher
			m.Set(tt.term)
			m.SetLimit(tt.limit, false)
			m.Next([]byte(tt.before))
			for range 2 { // it changes nothing
				if element, size := m.Whole([]byte(tt.buf)); element != tt.element || size != tt.size {
					t.Errorf("Whole(%q) = %d, %d, want %d, %d", tt.buf, element, size, tt.element, tt.size)
				}
			}
		})
	}
}

// A Set of what is in force is as a Set of something else: it begins anew.
func TestSetAgain(t *testing.T) {
	for _, tt := range []struct {
		name          string
		first, second terminator.Terminator
		before, buf   string
		element       int
	}{
		{"the same line", terminator.Line(), terminator.Line(), "a\n", "bc\n", 2},
		{"the same string", terminator.String(";"), terminator.String(";"), "a;", "bc;", 2},
		{"another string", terminator.String(";"), terminator.String(","), "a;", "b;c,", 3},
		{"the same length", terminator.Length(3), terminator.Length(3), "abc", "defg", 3},
		{"another length", terminator.Length(3), terminator.Length(2), "abc", "defg", 2},
		{"a length after a string", terminator.String(";"), terminator.Length(2), "a;", "b;c;", 2},
		{"a string after a line", terminator.Line(), terminator.String("\r\n"), "a\n", "b\nc\r\n", 3},
		{"others after a line", terminator.Line(), terminator.Any(";", "\n"), "a\n", "b;c\n", 1},
		{"a line after others", terminator.Any("\n", ";"), terminator.Line(), "a\n", "b;c\n", 3},
		{"other others", terminator.Any("\n", ";"), terminator.Any("\n", ","), "a\n", "b;c,", 3},
		{"within a line", terminator.Line(), terminator.Line(), "a", "bc\n", 2},
		{"within a length", terminator.Length(3), terminator.Length(3), "a", "defg", 3},
		{"within a string", terminator.String(";"), terminator.String(";"), "a", "bc;", 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var m terminator.Matcher
			m.Set(tt.first)
			m.Next([]byte(tt.before))
			m.Set(tt.second)
			if m.Partial() || m.Matched() != 0 || !m.Terminator().Equal(tt.second) {
				t.Errorf("after Set: %t, %d, %v", m.Partial(), m.Matched(), m.Terminator())
			}
			element, skip, found := m.Next([]byte(tt.buf))
			if element != tt.element || !found {
				t.Errorf("Next(%q) = %d, %d, %t, want %d bytes found",
					tt.buf, element, skip, found, tt.element)
			}
		})
	}
}
