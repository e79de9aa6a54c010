package terminator_test

import (
	"bufio"
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
		terminator.Class(" \n"),
		terminator.Prefixed(1),
		terminator.Varint(),
		terminator.Dot(terminator.PassBare),
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

// Nor does an element of a kind that needs memory of its own, which Set and the first element get.
func TestElementsAllocateNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	for _, c := range []struct {
		term   terminator.Terminator
		stream string
	}{
		{terminator.Netstring(), "5:hello,0:,300:" + strings.Repeat("x", 300) + ","},
		{terminator.Prefixed(3), "\x00\x00\x05hello\x00\x00\x00"},
		{terminator.Varint(), "\x05hello\x00\x80\x01" + strings.Repeat("x", 128)},
		{terminator.Dot(terminator.RejectBare), "a\r\n..\r\n.\r\n"},
		{terminator.Dot(terminator.NormalizeBare), "a\n..b\rc\n\n\r\n.\r\n"},
		{terminator.Split(bufio.ScanLines), "a\r\n\nbcd\n"},
		{terminator.Custom(newBrackets), "(a)()((b))"},
	} {
		stream := []byte(c.stream)
		var m terminator.Matcher
		for _, limit := range []int64{0, 1000, 2} {
			m.SetLimit(limit, true)
			m.Set(c.term)
			if n := testing.AllocsPerRun(100, func() { consume(&m, stream) }); n != 0 {
				t.Errorf("%v, limit %d: %v allocations", c.term, limit, n)
			}
		}
	}
}

func TestWritersAllocateNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	dst, payload := make([]byte, 0, 1000), []byte(strings.Repeat(".line\r\n", 50))
	p := terminator.Prefix{Size: 4, Strip: 4}
	n := testing.AllocsPerRun(100, func() {
		terminator.AppendNetstring(dst, payload)
		terminator.AppendVarint(dst, payload)
		p.Append(dst, payload)
		terminator.AppendDot(dst, payload)
		terminator.AppendLine(dst, "USER", "a", "0")
		terminator.ParseLength("1234567", -1)
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}
