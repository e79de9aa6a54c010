package terminator_test

import (
	"encoding/binary"
	"math"
	"strings"
	"testing"

	"github.com/go-asynchat/asynchat/terminator"
)

func TestVarint(t *testing.T) {
	long := strings.Repeat("x", 300)
	for _, c := range []struct {
		name, stream string
		want         []element
	}{
		{"empty", "\x00\x00", found("", "")},
		{"one byte", "\x03abc\x01d", found("abc", "d")},
		{"two bytes", "\xac\x02" + long, found(long)},
		{"not minimal", "\x81\x00a", found(syntax)},
		{"not minimal, zero", "\x80\x00", found(syntax)},
		{"not minimal, behind an element", "\x01a\x80\x80\x00", found("a", syntax)},
		{"ten bytes of 0x80", strings.Repeat("\x80", 10), found(syntax)},
		{"eleven bytes", strings.Repeat("\x80", 10) + "\x01", found(syntax)},
		{"more than 64 bits", strings.Repeat("\xff", 9) + "\x02", found(syntax)},
		{"2^64-1", strings.Repeat("\xff", 9) + "\x01", found(tooLong)},
		{"2^63", strings.Repeat("\x80", 9) + "\x01", found(tooLong)},
		{"2^63-1, and its header", strings.Repeat("\xff", 8) + "\x7f", found(tooLong)},
		{"nine bytes and waiting", strings.Repeat("\xff", 9), []element{{}}},
	} {
		s := setup{name: c.name, terms: []spec{varint()}}
		checkCuts(t, s, c.stream)
		checkAgainst(t, s, c.stream, c.want, heldAtEnd(s, c.stream))
	}
}

func TestNetstring(t *testing.T) {
	for _, c := range []struct {
		name, stream string
		want         []element
	}{
		{"hello (D. J. Bernstein)", "12:hello world!,", found("hello world!")},
		{"empty", "0:,0:,", found("", "")},
		{"what looks like others", "4:1:a,,2:,,,", found("1:a,", ",,")},
		{"no comma", "3:abcd", []element{{"abc", syntax.Error()}}},
		{"no comma behind nothing", "0:a", found(syntax)},
		{"no comma behind an element", "1:a,0::", found("a", syntax)},
		{"leading zero", "01:a,", found(syntax)},
		{"zeros", "00:,", found(syntax)},
		{"no digit", ":,", found(syntax)},
		{"a sign", "+1:a,", found(syntax)},
		{"negative", "-1:a,", found(syntax)},
		{"a space", " 1:a,", found(syntax)},
		{"a space behind", "1 :a,", found(syntax)},
		{"hexadecimal", "0x1:a,", found(syntax)},
		{"a separator", "1_0:abcdefghij,", found(syntax)},
		{"a letter", "1a:", found(syntax)},
		{"19 digits", "9223372036854775807:", found(tooLong)}, // with its header it is beyond int64
		{"19 digits, 2^63", "9223372036854775808:", found(tooLong)},
		{"20 digits", "18446744073709551616", found(tooLong)},
		{"400 digits", strings.Repeat("9", 400), found(tooLong)},
		{"20 characters", "1844674407370955161a", found(syntax)},
		{"waiting", "1234567890123456789", []element{{}}},
	} {
		s := setup{name: c.name, terms: []spec{netstring()}}
		checkCuts(t, s, c.stream)
		checkAgainst(t, s, c.stream, c.want, heldAtEnd(s, c.stream))
	}
}

// S6: without skip an element over the limit is refused when its header is there, and nothing of it
// is given out.
func TestCountedLimitFails(t *testing.T) {
	for _, c := range []struct {
		term        terminator.Terminator
		fits, frame string
		header      int
	}{
		{terminator.Prefixed(1), "\x03abc", "\x04abcd", 1},
		{terminator.Prefixed(8), "\x00\x00\x00\x00\x00\x00\x00\x03abc",
			"\x00\x00\x00\x00\x00\x00\x00\x04abcd", 8},
		{terminator.PrefixedBy(terminator.Prefix{Size: 1}), "\x02ab", "\x03abc", 1},
		{terminator.Varint(), "\x03abc", "\x04", 1},
		{terminator.Netstring(), "3:abc,", "4:abcd,", 2},
	} {
		m := limited(c.term, 3, false)
		if n, rest := consume(m, []byte(c.fits)); n != 1 || len(rest) > 0 || m.Err() != nil {
			t.Errorf("%v: %d elements, held %q, Err() = %v, want an element of just the limit",
				c.term, n, rest, m.Err())
		}
		checkSteps(t, m, []step{{c.frame[:c.header], 0, 0, false}, {c.frame, 0, 0, false}})
		if m.Err() != terminator.ErrTooLong || m.TooLong() || m.Partial() {
			t.Errorf("%v: Err() = %v, TooLong() = %t, Partial() = %t", c.term, m.Err(),
				m.TooLong(), m.Partial())
		}
	}
}

// With skip it is told once, deleted to its end, and the next element comes out right.
func TestCountedLimitSkips(t *testing.T) {
	for _, c := range []struct {
		term         terminator.Terminator
		frame, right string
		header       int
	}{
		{terminator.Prefixed(1), "\x05abcde", "\x03abc", 1},
		{terminator.PrefixedBy(terminator.Prefix{Size: 1, Strip: 2}), "\x06abcdef", "\x03abc", 1},
		{terminator.Varint(), "\x85\x01" + strings.Repeat("x", 133), "\x03abc", 2},
		{terminator.Netstring(), "5:abcde,", "3:abc,", 2},
	} {
		m := limited(c.term, 3, true)
		checkSteps(t, m, []step{{c.frame[:c.header], 0, c.header, false}})
		if !m.TooLong() || !m.Partial() {
			t.Errorf("%v: TooLong() = %t, Partial() = %t at the header", c.term, m.TooLong(), m.Partial())
		}
		for i := c.header; i < len(c.frame); i++ {
			if checkSteps(t, m, []step{{c.frame[i : i+1], 0, 1, false}}); m.TooLong() {
				t.Errorf("%v: TooLong() = true again at byte %d", c.term, i)
			}
		}
		if m.Partial() {
			t.Errorf("%v: Partial() = true behind a dropped element", c.term)
		}
		if n, rest := consume(m, []byte(c.right)); n != 1 || len(rest) > 0 || m.Err() != nil {
			t.Errorf("%v: %d elements behind a dropped one, held %q, Err() = %v", c.term, n, rest, m.Err())
		}
	}
	m := limited(terminator.Netstring(), 3, true)
	checkSteps(t, m, []step{{"4:abcd", 0, 6, false}, {"", 0, 0, false}, {"x", 0, 0, false}})
	if m.Err() != terminator.ErrSyntax {
		t.Errorf("Err() = %v for a dropped netstring without its comma, want ErrSyntax", m.Err())
	}
}

func TestCountedPartial(t *testing.T) {
	for _, c := range []struct {
		term   terminator.Terminator
		stream string
		at     []bool // Partial behind each byte that came alone
	}{
		{terminator.Prefixed(2), "\x00\x02ab\x00\x00", []bool{false, true, true, false, false, false}},
		{terminator.PrefixedBy(terminator.Prefix{Size: 1}), "\x01a", []bool{true, false}},
		{terminator.Varint(), "\x01a\x80", []bool{true, false, false}},
		{terminator.Netstring(), "1:a,0:,", []bool{false, true, true, false, false, true, false}},
	} {
		var m terminator.Matcher
		m.Set(c.term)
		var held []byte
		for i := range len(c.stream) {
			if _, held = consume(&m, append(held, c.stream[i])); m.Partial() != c.at[i] {
				t.Errorf("%v: Partial() = %t behind %q", c.term, m.Partial(), c.stream[:i+1])
			}
		}
		m.EOF()
		checkSteps(t, &m, []step{{string(held), 0, 0, false}}) // half a header is not given out
	}
}

// Set begins anew in the middle of a body; SetLimit does not touch what has been let in.
func TestCountedSetInside(t *testing.T) {
	var m terminator.Matcher
	m.Set(terminator.Prefixed(1))
	checkSteps(t, &m, []step{{"\x04ab", 0, 1, false}, {"ab", 2, 0, false}})
	m.SetLimit(1, false)
	checkSteps(t, &m, []step{{"c", 1, 0, false}})
	m.Set(terminator.Prefixed(1))
	checkSteps(t, &m, []step{{"\x01dd", 0, 1, false}, {"d", 1, 0, true}, {"\x02", 0, 0, false}})
	if m.Err() != terminator.ErrTooLong {
		t.Errorf("Err() = %v, want ErrTooLong", m.Err())
	}
	m.Set(terminator.Length(1))
	if checkSteps(t, &m, []step{{"\x02", 1, 0, true}}); m.Err() != nil {
		t.Errorf("Err() = %v after Set", m.Err())
	}
}

// S6: a header that claims all that there can be costs nothing.
func TestClaimsCostNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	claim := binary.BigEndian.AppendUint64(nil, math.MaxInt64-8)
	for _, c := range []struct {
		term   terminator.Terminator
		header []byte
	}{
		{terminator.Prefixed(8), claim},
		{terminator.Prefixed(4), []byte("\xff\xff\xff\xff")},
		{terminator.Varint(), binary.AppendUvarint(nil, math.MaxInt64-9)},
		{terminator.Netstring(), []byte("9223372036854775787:")},
	} {
		for _, limit := range []int64{0, 1 << 20} {
			for _, skip := range []bool{false, true} {
				matchers := make([]terminator.Matcher, 101) // they are still there when the memory is counted
				i := 0
				n := testing.AllocsPerRun(100, func() {
					m := &matchers[i]
					i++
					m.SetLimit(limit, skip)
					m.Set(c.term)
					m.Next(c.header)
				})
				if last := &matchers[100]; n != 0 || !last.Partial() && last.Err() == nil {
					t.Errorf("%v, limit %d, skip %t: %v allocations, Err() = %v", c.term, limit,
						skip, n, last.Err())
				}
			}
		}
	}
}
