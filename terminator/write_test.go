package terminator_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/go-asynchat/asynchat/terminator"
)

func TestPrefixAppend(t *testing.T) {
	for _, c := range []struct {
		prefix  terminator.Prefix
		payload string
		want    string
	}{
		{terminator.Prefix{Size: 1, Strip: 1}, "", "\x00"},
		{terminator.Prefix{Size: 1, Strip: 1}, "abc", "\x03abc"},
		{terminator.Prefix{Size: 3, Strip: 3}, "abc", "\x00\x00\x03abc"},
		{terminator.Prefix{Size: 3, Strip: 3, LittleEndian: true}, "abc", "\x03\x00\x00abc"},
		{terminator.Prefix{Size: 8, Strip: 8}, "a", "\x00\x00\x00\x00\x00\x00\x00\x01a"},
		{terminator.Prefix{Size: 8, Strip: 8, LittleEndian: true}, "a",
			"\x01\x00\x00\x00\x00\x00\x00\x00a"},
		// PostgreSQL's count themselves.
		{terminator.Prefix{Size: 4, Strip: 4, Adjustment: -4}, "abc", "\x00\x00\x00\x07abc"},
		{terminator.Prefix{Size: 2, Strip: 2, Adjustment: 3}, "abcd", "\x00\x01abcd"},
		{terminator.Prefix{Size: 2, Strip: 2, Adjustment: 3}, "abc", "\x00\x00abc"},
	} {
		got, err := c.prefix.Append([]byte("before"), []byte(c.payload))
		if string(got) != "before"+c.want || err != nil {
			t.Errorf("%+v: Append(%q) = %q, %v, want %q", c.prefix, c.payload, got, err, c.want)
		}
	}
}

// S7: a payload that does not fit is refused; truncated, its rest would be frames of the sender's
// choice.
func TestPrefixAppendRefuses(t *testing.T) {
	for _, c := range []struct {
		prefix terminator.Prefix
		n      int
		ok     bool
	}{
		{terminator.Prefix{Size: 1, Strip: 1}, 255, true},
		{terminator.Prefix{Size: 1, Strip: 1}, 256, false},
		{terminator.Prefix{Size: 1, Strip: 1}, 257, false},
		{terminator.Prefix{Size: 2, Strip: 2, LittleEndian: true}, 65535, true},
		{terminator.Prefix{Size: 2, Strip: 2, LittleEndian: true}, 65536, false},
		{terminator.Prefix{Size: 3, Strip: 3}, 1<<24 - 1, true},
		{terminator.Prefix{Size: 3, Strip: 3}, 1 << 24, false},
		{terminator.Prefix{Size: 1, Strip: 1, Adjustment: -1}, 254, true},
		{terminator.Prefix{Size: 1, Strip: 1, Adjustment: -1}, 255, false},
		{terminator.Prefix{Size: 1, Strip: 1, Adjustment: 1}, 256, true},
		{terminator.Prefix{Size: 1, Strip: 1, Adjustment: 1}, 0, false}, // its length would be negative
		{terminator.Prefix{Size: 8, Strip: 8, Adjustment: 1}, 0, false},
		{terminator.Prefix{Size: 8, Strip: 8, Adjustment: math.MinInt64}, 1, false},
	} {
		got, err := c.prefix.Append([]byte("before"), make([]byte, c.n))
		switch {
		case c.ok && (err != nil || len(got) != 6+c.prefix.Size+c.n):
			t.Errorf("%+v: Append of %d bytes made %d, %v", c.prefix, c.n, len(got), err)
		case !c.ok && (err != terminator.ErrTooLong || string(got) != "before"):
			t.Errorf("%+v: Append of %d bytes: %.20q, %v, want ErrTooLong", c.prefix, c.n, got, err)
		}
	}
}

func TestAppend(t *testing.T) {
	for _, c := range []struct {
		name string
		call func(dst, payload []byte) []byte
		in   string
		want string
	}{
		{"AppendNetstring", terminator.AppendNetstring, "hello world!", "12:hello world!,"},
		{"AppendNetstring", terminator.AppendNetstring, "", "0:,"},
		{"AppendVarint", terminator.AppendVarint, "", "\x00"},
		{"AppendVarint", terminator.AppendVarint, "abc", "\x03abc"},
		{"AppendVarint", terminator.AppendVarint, strings.Repeat("a", 300),
			"\xac\x02" + strings.Repeat("a", 300)},
	} {
		if got := c.call([]byte("before"), []byte(c.in)); string(got) != "before"+c.want {
			t.Errorf("%s(%q) = %q, want %q", c.name, c.in, got, c.want)
		}
	}
}

func TestAppendDot(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", ".\r\n"},
		{"a", "a\r\n.\r\n"},
		{"a\r\n", "a\r\n.\r\n"},
		{"\r\n", "\r\n.\r\n"},
		{".", "..\r\n.\r\n"},
		{".\r\n", "..\r\n.\r\n"},
		{"..a\r\n.b", "...a\r\n..b\r\n.\r\n"},
		{"a.\r\n\r\n.", "a.\r\n\r\n..\r\n.\r\n"},
		{"\x00", "\x00\r\n.\r\n"},
	} {
		got, err := terminator.AppendDot([]byte("before"), []byte(c.in))
		if string(got) != "before"+c.want || err != nil {
			t.Errorf("AppendDot(%q) = %q, %v, want %q", c.in, got, err, c.want)
		}
	}
	for _, bare := range []string{"\r", "\n", "a\r", "a\nb", "a\r\n\n", "a\r\r\n",
		"\n\r", "a\r\n.\r"} {
		got, err := terminator.AppendDot([]byte("before"), []byte(bare))
		if string(got) != "before" || err != terminator.ErrBareNewline {
			t.Errorf("AppendDot(%q) = %q, %v, want ErrBareNewline", bare, got, err)
		}
	}
}

// What AppendDot writes every policy reads as it was; what it refuses is just what RejectBare
// would.
func checkDotTrip(t *testing.T, text string) {
	t.Helper()
	wire, err := terminator.AppendDot(nil, []byte(text))
	if clean := strings.ReplaceAll(text, "\r\n", ""); strings.ContainsAny(clean, "\r\n") {
		if err != terminator.ErrBareNewline || len(wire) > 0 {
			t.Fatalf("AppendDot(%q) = %q, %v, want ErrBareNewline", text, wire, err)
		}
		return
	}
	want := text
	if text != "" && !strings.HasSuffix(text, "\r\n") {
		want += "\r\n"
	}
	if err != nil {
		t.Fatalf("AppendDot(%q): %v", text, err)
	}
	for _, policy := range newlinePolicies {
		checkTrip(t, terminator.Dot(policy), string(wire)+string(wire), want, want)
	}
}

// checkTrip reads wire at once and byte by byte: these elements must come out, and nothing must be
// left.
func checkTrip(t testing.TB, term terminator.Terminator, wire string, want ...string) {
	t.Helper()
	var elements []element
	for _, w := range want {
		elements = append(elements, element{w, "found 0"})
	}
	elements = append(elements, element{})
	f := newFeeder(t, setup{name: "trip", terms: []spec{custom(term)}})
	f.check(wire, [][]byte{[]byte(wire)}, elements, "")
	f.check(wire, slices.Collect(slices.Chunk([]byte(wire), 1)), elements, "")
}

func TestDotTrips(t *testing.T) {
	longest := 7
	if raceEnabled || testing.Short() {
		longest = 5
	}
	words("\r\n.a", longest, func(text string) { checkDotTrip(t, text) })
}

func TestAppendLine(t *testing.T) {
	for _, c := range []struct {
		words []string
		want  string
	}{
		{nil, "\r\n"},
		{[]string{""}, "\r\n"},
		{[]string{"QUIT"}, "QUIT\r\n"},
		{[]string{"USER", "a", "0", "*", ":A B"}, "USER a 0 * :A B\r\n"},
		{[]string{"", "", "x"}, "  x\r\n"},
		{[]string{"\x01\x7f\xff\t"}, "\x01\x7f\xff\t\r\n"},
	} {
		got, err := terminator.AppendLine([]byte("before"), c.words...)
		if string(got) != "before"+c.want || err != nil {
			t.Errorf("AppendLine(%q) = %q, %v, want %q", c.words, got, err, c.want)
		}
	}
	for _, bad := range []string{"\r", "\n", "\x00", "a\r\nDATA", "\n.", "RCPT\x00"} {
		for _, words := range [][]string{{bad}, {"MAIL", bad}, {bad, "MAIL"}} {
			if got, err := terminator.AppendLine([]byte("before"), words...); string(got) != "before" ||
				err != terminator.ErrLineBreak {
				t.Errorf("AppendLine(%q) = %q, %v, want ErrLineBreak", words, got, err)
			}
		}
	}
}

// S13: one line in, one element out, whatever the words are.
func checkLineTrip(t *testing.T, words ...string) {
	t.Helper()
	wire, err := terminator.AppendLine(nil, words...)
	line := strings.Join(words, " ")
	if strings.ContainsAny(line, "\r\n\x00") {
		if err != terminator.ErrLineBreak || len(wire) > 0 {
			t.Fatalf("AppendLine(%q) = %q, %v, want ErrLineBreak", words, wire, err)
		}
		return
	}
	if err != nil {
		t.Fatalf("AppendLine(%q): %v", words, err)
	}
	checkTrip(t, terminator.String("\r\n"), string(wire)+string(wire), line, line)
	checkTrip(t, terminator.Line(), string(wire), line)
}

func TestLineTrips(t *testing.T) {
	words("\r\n\x00.a", 4, func(s string) {
		checkLineTrip(t, s)
		checkLineTrip(t, "PASS", s)
		checkLineTrip(t, s, s, "")
	})
}

// checkCountedTrip writes payload in every way that counts and reads it again.
func checkCountedTrip(t *testing.T, payload string, adjustment int64) {
	t.Helper()
	checkTrip(t, terminator.Netstring(),
		string(terminator.AppendNetstring(nil, []byte(payload)))+"0:,", payload, "")
	checkTrip(t, terminator.Varint(),
		string(terminator.AppendVarint(nil, []byte(payload)))+"\x00", payload, "")
	for size := 1; size <= 8; size++ {
		for _, p := range []terminator.Prefix{
			{Size: size, Strip: size}, {Size: size, Strip: size, LittleEndian: true},
			{Size: size, Strip: -1, Varint: true},
		} {
			bits := 8
			if p.Varint {
				bits = 7
			}
			p.Adjustment = adjustment
			wire, err := p.Append(nil, []byte(payload))
			n := int64(len(payload)) - adjustment
			if fits := n >= 0 && (size >= 4 || n < 1<<(bits*size)); !fits {
				if err != terminator.ErrTooLong {
					t.Fatalf("%+v: Append of %d bytes: %v, want ErrTooLong", p, len(payload), err)
				}
				continue
			}
			if err != nil {
				t.Fatalf("%+v: Append of %d bytes: %v", p, len(payload), err)
			}
			checkTrip(t, terminator.PrefixedBy(p), string(wire)+string(wire), payload, payload)
		}
	}
}

func TestCountedTrips(t *testing.T) {
	for _, n := range []int{0, 1, 2, 9, 10, 127, 128, 254, 255, 256, 257, 999, 1000} {
		for _, adjustment := range []int64{0, -1, -8, 1, 200} {
			checkCountedTrip(t, strings.Repeat("\x00,\r\n:", n/5+1)[:n], adjustment)
		}
	}
}
