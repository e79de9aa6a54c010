package terminator_test

import (
	"testing"

	"github.com/go-asynchat/asynchat/terminator"
)

// What Whole finds, and what it leaves to Next. Whatever it finds Next finds too: each feeder of these tests looks at that.
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
		{name: "behind an element", term: terminator.String("\r\n"), before: "ab\r\n", buf: "cd\r\n", element: 2, size: 4},
		{name: "as long as the limit", term: terminator.String("\n"), buf: "abcd\n", limit: 4, element: 4, size: 5},
		{name: "over the limit", term: terminator.String("\n"), buf: "abcde\n", limit: 4},
		{name: "a length", term: terminator.Length(2), buf: "abcd"},
		{name: "none", term: terminator.None, buf: "ab\n"},
		{name: "one of several", term: terminator.Line(), buf: "ab\n"},
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
