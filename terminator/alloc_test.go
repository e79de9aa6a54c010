package terminator_test

import (
	"strings"
	"testing"

	"github.com/go-asynchat/asynchat/terminator"
)

// A step allocates nothing, nor does a change of the terminator between two elements.
func TestNoAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	lines := []byte(strings.Repeat("EHLO there\r\nQUIT\r\n\r\n\n", 20) + "\r")
	for _, term := range []terminator.Terminator{
		terminator.None,
		terminator.String("\r\n"),
		terminator.String("\r\n\r\n" + strings.Repeat("-", 28)),
		terminator.String(strings.Repeat("QUIT\r\n", 10)),
		terminator.Length(7),
		terminator.Line(),
		terminator.Any("\r\n\r\n", "\n\n", "T"),
	} {
		if n := testing.AllocsPerRun(100, func() { whole(term, lines) }); n != 0 {
			t.Errorf("%v: %v allocations", term, n)
		}
	}
	dense := []byte(strings.Repeat("\n", 1000))
	if n := testing.AllocsPerRun(100, func() { whole(terminator.String("\r\n"), dense) }); n != 0 {
		t.Errorf("%v allocations where the last byte is dense", n)
	}
}

func TestSetAllocatesNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	record := []byte("5\r\nhello")
	var m terminator.Matcher
	n := testing.AllocsPerRun(100, func() {
		m.Set(terminator.String("\r\n"))
		collect, skip, _ := m.Next(record)
		m.Set(terminator.Length(5))
		m.Next(record[collect+skip:])
		m.Set(terminator.Line())
		m.Next(record)
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}
