package terminator_test

import (
	"bufio"
	"strings"
	"testing"

	"github.com/go-asynchat/asynchat/terminator"
)

func TestString(t *testing.T) {
	long := strings.Repeat("x", 40)
	for _, c := range []struct {
		term terminator.Terminator
		want string
	}{
		{terminator.None, "None"},
		{terminator.Terminator{}, "None"},
		{terminator.String(""), "None"}, // S119
		{terminator.String("\r\n"), `String("\r\n")`},
		{terminator.String(long), `String("` + long + `")`},
		{terminator.Length(0), "Length(0)"},
		{terminator.Length(1 << 40), "Length(1099511627776)"},
		{terminator.Any("\x00", "", "\""), `Any("\x00", "", "\"")`},
		{terminator.Any(), "None"},
		{terminator.Any("", ""), "None"},
		{terminator.Line(), `Any("\r\n", "\n")`},
		{terminator.Class(" \n"), `Class(" \n")`},
		{terminator.Class(""), "None"},
		{terminator.Prefixed(2), "PrefixedBy({Size:2 LittleEndian:false Offset:0 Adjustment:0 " +
			"Strip:2 Varint:false Padded:false})"},
		{terminator.Varint(), "Varint()"},
		{terminator.Netstring(), "Netstring()"},
		{terminator.Dot(terminator.RejectBare), "Dot(RejectBare)"},
		{terminator.Dot(terminator.PassBare), "Dot(PassBare)"},
		{terminator.Dot(terminator.NormalizeBare), "Dot(NormalizeBare)"},
		{terminator.Dot(7), "Dot(7)"},
		{terminator.Split(bufio.ScanLines), "Split(func)"},
		{terminator.Custom(newBrackets), "Custom(func)"},
	} {
		if got := c.term.String(); got != c.want {
			t.Errorf("String() = %s, want %s", got, c.want)
		}
	}
}

func TestEqual(t *testing.T) {
	long := strings.Repeat("ab", 30)
	ours, split := terminator.Custom(newBrackets), terminator.Split(bufio.ScanLines)
	all := []terminator.Terminator{
		terminator.None,
		terminator.String("\n"), terminator.String("\r\n"), terminator.String(long),
		terminator.String(long + "b"),
		terminator.Length(0), terminator.Length(7),
		terminator.Any("\n"), terminator.Line(), terminator.Any("\n", "\r\n"),
		terminator.Any("\r\n", "\n", ""),
		terminator.Any(long),
		terminator.Class("\n"), terminator.Class("\r\n"), terminator.Class("\n\r"),
		terminator.Prefixed(1), terminator.Prefixed(2), terminator.PrefixedBy(terminator.Prefix{Size: 2}),
		terminator.PrefixedBy(terminator.Prefix{Size: 2, Strip: 2, LittleEndian: true}),
		terminator.Varint(), terminator.Netstring(),
		terminator.Dot(terminator.RejectBare), terminator.Dot(terminator.PassBare),
		terminator.Dot(terminator.NormalizeBare),
		ours, split, terminator.Custom(newBrackets), terminator.Split(bufio.ScanLines),
	}
	again := []terminator.Terminator{
		terminator.Any(""),
		terminator.String("\n"), terminator.String("\r\n"), terminator.String(long),
		terminator.String(long + "b"),
		terminator.Length(0), terminator.Length(7),
		terminator.Any("\n"), terminator.Any("\r\n", "\n"), terminator.Any("\n", "\r\n"),
		terminator.Any("\r\n", "\n", ""),
		terminator.Any(long),
		terminator.Class("\n"), terminator.Class("\r\n"), terminator.Class("\n\r"),
		terminator.Prefixed(1), terminator.Prefixed(2), terminator.PrefixedBy(terminator.Prefix{Size: 2}),
		terminator.PrefixedBy(terminator.Prefix{Size: 2, Strip: 2, LittleEndian: true}),
		terminator.Varint(), terminator.Netstring(),
		terminator.Dot(terminator.RejectBare), terminator.Dot(terminator.PassBare),
		terminator.Dot(terminator.NormalizeBare),
		// The same function makes another terminator.
		ours, split, terminator.Custom(nil), terminator.Split(nil),
	}
	for i, a := range all {
		for j, b := range again {
			if got, want := a.Equal(b), i == j && i < len(all)-2; got != want {
				t.Errorf("%v.Equal(%v) = %t, want %t", a, b, got, want)
			}
		}
	}
}

// S118: a negative length is refused where it is made.
func TestNegativeLength(t *testing.T) { // S118
	defer func() {
		if got, want := recover(), "terminator: Length(-1): negative length"; got != want {
			t.Errorf("Length(-1) panicked with %v, want %v", got, want)
		}
	}()
	terminator.Length(-1)
}

// B49: Any keeps a copy of the list that it is given.
func TestAnyCopiesItsList(t *testing.T) {
	delims := []string{"ab", "b"}
	term := terminator.Any(delims...)
	delims[0], delims[1] = "xx", "x"
	var m terminator.Matcher
	m.Set(term)
	if collect, skip, found := m.Next([]byte("ab")); collect != 0 || skip != 2 || !found {
		t.Errorf("Next = %d, %d, %t, want 0, 2, true", collect, skip, found)
	}
	if got := term.String(); got != `Any("ab", "b")` {
		t.Errorf("String() = %s", got)
	}
}

// S186, S187.
func TestPrefixAtEnd(t *testing.T) {
	period := strings.Repeat("ab", 30)
	for _, c := range []struct {
		haystack, needle string
		want             int
	}{
		{"qwerty\r", "\r\n", 1}, // the examples of asynchat's documentation
		{"qwertydkjf", "\r\n", 0},
		{"", "\r\n", 0},
		{"\r", "\r\n", 1},
		{"abc", "c", 0},
		{"abc", "", 0},
		{"", "", 0},
		{"xaa", "aab", 2},
		{"aaa", "aaab", 3},
		{"a", "aab", 1},
		{"\r\n.\r", "\r\n.\r\n", 4},
		{"\r\n\r", "\r\n.\r\n", 1},
		{strings.Repeat("a", 70), strings.Repeat("a", 40) + "b", 40},
		{strings.Repeat("a", 20), strings.Repeat("a", 40) + "b", 20},
		{"x" + period[:59], period, 59},
		{"x" + period[:58], period, 58},
		{period + "b", period, 0},
		{"", period, 0},
	} {
		if got := terminator.PrefixAtEnd([]byte(c.haystack), []byte(c.needle)); got != c.want {
			t.Errorf("PrefixAtEnd(%q, %q) = %d, want %d", c.haystack, c.needle, got, c.want)
		}
	}
}

// S186 for every short haystack, with needles on both sides of the length at which the search
// changes.
func TestPrefixAtEndAgainstReference(t *testing.T) {
	needles := []string{"a", "ab", "aab", "abab", "baab"}
	for _, n := range []int{31, 32, 33, 34, 50} {
		needles = append(needles, strings.Repeat("ab", 30)[:n], strings.Repeat("a", n-1)+"b",
			strings.Repeat("aab", 20)[:n])
	}
	for _, needle := range needles {
		for _, front := range []string{"", needle[:len(needle)-1], needle[len(needle)/2:]} {
			words("ab", 6, func(s string) {
				haystack := front + s
				if strings.HasSuffix(haystack, needle) {
					return // S187: outside the contract
				}
				want := str(needle).heldBack([]byte(haystack))
				if got := terminator.PrefixAtEnd([]byte(haystack), []byte(needle)); got != want {
					t.Errorf("PrefixAtEnd(%q, %q) = %d, want %d", haystack, needle, got, want)
				}
			})
		}
	}
}
