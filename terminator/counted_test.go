package terminator_test

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/go-asynchat/asynchat/terminator"
)

type prefixCase struct {
	name   string
	prefix terminator.Prefix
	stream string
	want   []element // without the rest at the end
}

// The examples in the documentation of Netty's LengthFieldBasedFrameDecoder, and what it does not
// show.
var prefixCases = []prefixCase{
	{"kept (Netty 1)", terminator.Prefix{Size: 2}, "\x00\x0cHELLO, WORLD",
		found("\x00\x0cHELLO, WORLD")},
	{"stripped (Netty 2)", terminator.Prefix{Size: 2, Strip: 2}, "\x00\x0cHELLO, WORLD",
		found("HELLO, WORLD")},
	{"whole message (Netty 3)", terminator.Prefix{Size: 2, Adjustment: -2}, "\x00\x0eHELLO, WORLD",
		found("\x00\x0eHELLO, WORLD")},
	{"behind a header (Netty 4)", terminator.Prefix{Size: 3, Offset: 2},
		"\xca\xfe\x00\x00\x0cHELLO, WORLD",
		found("\xca\xfe\x00\x00\x0cHELLO, WORLD")},
	{"before a header (Netty 5)", terminator.Prefix{Size: 3, Adjustment: 2},
		"\x00\x00\x0c\xca\xfeHELLO, WORLD",
		found("\x00\x00\x0c\xca\xfeHELLO, WORLD")},
	{"between headers (Netty 6)", terminator.Prefix{Size: 2, Offset: 1, Adjustment: 1, Strip: 3},
		"\xca\x00\x0c\xfeHELLO, WORLD",
		found("\xfeHELLO, WORLD")},
	{"between headers, whole (Netty 7)",
		terminator.Prefix{Size: 2, Offset: 1, Adjustment: -3, Strip: 3},
		"\xca\x00\x10\xfeHELLO, WORLD", found("\xfeHELLO, WORLD")},
	{"little endian", terminator.Prefix{Size: 2, Strip: 2, LittleEndian: true}, "\x03\x00abc\x01\x00d",
		found("abc", "d")},
	{"little endian behind a header", terminator.Prefix{Size: 3, Offset: 1, LittleEndian: true},
		"x\x02\x00\x00ab",
		found("x\x02\x00\x00ab")},
	{"nothing", terminator.Prefix{Size: 2, Strip: 2}, "\x00\x00\x00\x00\x00\x01a", found("", "", "a")},
	{"nothing but a header", terminator.Prefix{Size: 1}, "\x00\x00", found("\x00", "\x00")},
	{"nothing left", terminator.Prefix{Size: 1, Strip: 3}, "\x02ab\x02cd\x03efg", found("", "", "g")},
	{"part of the header stripped", terminator.Prefix{Size: 2, Offset: 1, Strip: 1}, "x\x00\x01a",
		found("\x00\x01a")},
	{"more than the header stripped", terminator.Prefix{Size: 1, Strip: 4}, "\x05abcde", found("de")},
	{"more than the frame stripped", terminator.Prefix{Size: 1, Strip: 4}, "\x05abcde\x02fg",
		found("de", terminator.ErrSyntax)},
	{"less than its header", terminator.Prefix{Size: 2, Adjustment: -2}, "\x00\x02\x00\x01",
		found("\x00\x02", terminator.ErrSyntax)},
	{"less than its header by far", terminator.Prefix{Size: 1, Adjustment: math.MinInt64}, "\x7f",
		found(terminator.ErrSyntax)},
	{"more than the largest", terminator.Prefix{Size: 1, Adjustment: math.MaxInt64}, "\x01",
		found(terminator.ErrTooLong)},
	{"more than the largest with its header",
		terminator.Prefix{Size: 1, Adjustment: math.MaxInt64}, "\x00",
		found(terminator.ErrTooLong)},
}

// found makes elements of strings, and of an error the fault that stops all.
func found(all ...any) (elements []element) {
	for _, a := range all {
		switch a := a.(type) {
		case string:
			elements = append(elements, element{a, "found 0"})
		case error:
			elements = append(elements, element{"", a.Error()})
		}
	}
	if _, fault := all[len(all)-1].(error); !fault {
		elements = append(elements, element{})
	}
	return elements
}

func TestPrefixedBy(t *testing.T) {
	for _, c := range prefixCases {
		s := setup{name: c.name, terms: []spec{prefixed(c.prefix)}}
		checkSame(t, s, c.stream)
		checkCuts(t, s, c.stream)
		checkAgainst(t, s, c.stream, c.want, heldAtEnd(s, c.stream))
	}
}

// heldAtEnd is all that a table leaves out: the header of a fault.
func heldAtEnd(s setup, stream string) string {
	_, held := reference(s, stream)
	return held
}

// S7: lengths at every bound that an integer has, in fields of every size and both orders.
func TestPrefixBounds(t *testing.T) {
	for size := 1; size <= 8; size++ {
		for _, little := range []bool{false, true} {
			for _, n := range []uint64{
				0, 1, 2, 127, 128, 255, 256, 1<<15 - 1, 1 << 15, 1<<16 - 1, 1 << 16, 1 << 24, 1<<31 - 1,
				1 << 31, 1<<32 - 1, 1 << 32,
				1<<63 - 9, 1<<63 - 8, 1<<63 - 1, 1 << 63, 1<<64 - 1,
			} {
				if size < 8 && n>>(8*size) != 0 {
					continue
				}
				field := binary.BigEndian.AppendUint64(nil, n)[8-size:]
				if little {
					field = binary.LittleEndian.AppendUint64(nil, n)[:size]
				}
				for _, limit := range []int64{0, 1, int64(min(n, math.MaxInt64)) - 1,
					int64(min(n, math.MaxInt64)), math.MaxInt64} {
					for _, skip := range []bool{false, true} {
						p := terminator.Prefix{Size: size, Strip: size, LittleEndian: little}
						checkCuts(t, setup{"bounds", []spec{prefixed(p)}, max(limit, 0), skip, false},
							string(field)+"abc")
					}
				}
			}
		}
	}
}

func TestPrefixedIsPrefixedBy(t *testing.T) {
	for size := 1; size <= 8; size++ {
		want := terminator.PrefixedBy(terminator.Prefix{Size: size, Strip: size})
		if got := terminator.Prefixed(size); !got.Equal(want) {
			t.Errorf("Prefixed(%d) is %v, want %v", size, got, want)
		}
	}
}

func TestPrefixPanics(t *testing.T) {
	for _, p := range []terminator.Prefix{
		{}, {Size: -1}, {Size: 9}, {Size: 1, Offset: -1}, {Size: 1, Strip: -1}, {Size: math.MaxInt},
		{Varint: true}, {Size: 11, Varint: true}, {Size: 1, Strip: -2, Varint: true},
	} {
		mustPanic(t, "PrefixedBy", func() { terminator.PrefixedBy(p) })
		mustPanic(t, "Append", func() { p.Append(nil, nil) })
	}
	mustPanic(t, "Prefixed", func() { terminator.Prefixed(0) })
	mustPanic(t, "Prefixed", func() { terminator.Prefixed(9) })
	mustPanic(t, "Append", func() { terminator.Prefix{Size: 2}.Append(nil, nil) })
	mustPanic(t, "Append", func() { terminator.Prefix{Size: 2, Strip: 3}.Append(nil, nil) })
	mustPanic(t, "Append", func() { terminator.Prefix{Size: 2, Strip: 2, Offset: 1}.Append(nil, nil) })
	varint := terminator.Prefix{Size: 2, Strip: 1, Varint: true}
	mustPanic(t, "Append", func() { varint.Append(nil, nil) })
}

func mustPanic(t *testing.T, call string, f func()) {
	t.Helper()
	defer func() {
		if s, _ := recover().(string); !strings.HasPrefix(s, "terminator: "+call) {
			t.Errorf("%s panicked with %q", call, s)
		}
	}()
	f()
}

// Every stream of a few bytes, every cut, against a reader that sees all of it and counts without a
// bound.
func TestCutsOfPrefixes(t *testing.T) {
	exhaust(t, "\x00\x01\x02", 7, []setup{
		{name: "one byte", terms: []spec{prefixed(terminator.Prefix{Size: 1, Strip: 1})}},
		{name: "kept", terms: []spec{prefixed(terminator.Prefix{Size: 1})}},
		{name: "two bytes", terms: []spec{prefixed(terminator.Prefix{Size: 2, Strip: 2})}},
		{name: "little endian",
			terms: []spec{prefixed(terminator.Prefix{Size: 2, Strip: 1, LittleEndian: true})}},
		{name: "whole frame",
			terms: []spec{prefixed(terminator.Prefix{Size: 1, Adjustment: -1, Strip: 1})}},
		{name: "behind a header",
			terms: []spec{prefixed(terminator.Prefix{Size: 1, Offset: 1, Adjustment: 1, Strip: 3})}},
		{name: "and turns", terms: []spec{prefixed(terminator.Prefix{Size: 1, Strip: 1}), length(1),
			anyOf("\x00", "\x01\x02")}},
	})
}

func TestCutsOfVarints(t *testing.T) {
	exhaust(t, "\x00\x01\x80\x81", 6, []setup{
		{name: "varint", terms: []spec{varint()}},
		{name: "varint and length", terms: []spec{varint(), length(1)}},
		{name: "of two bytes", terms: []spec{
			varintBy(terminator.Prefix{Size: 2, Strip: -1, Varint: true})}},
		{name: "padded", terms: []spec{
			varintBy(terminator.Prefix{Size: 3, Strip: -1, Varint: true, Padded: true})}},
		{name: "behind a header, kept", terms: []spec{
			varintBy(terminator.Prefix{Size: 4, Offset: 1, Varint: true, Padded: true})}},
		{name: "adjusted", terms: []spec{
			varintBy(terminator.Prefix{Size: 2, Offset: 1, Strip: 1, Adjustment: -1, Varint: true})}},
	})
}

func TestCutsOfNetstrings(t *testing.T) {
	exhaust(t, "012:,a", 5, []setup{
		{name: "netstring", terms: []spec{netstring()}},
		{name: "netstring and string", terms: []spec{netstring(), str("a")}},
	})
}

// Streams of whole and broken elements, of any size, in random cuts and under limits.
func TestRandomCounted(t *testing.T) {
	rnd := rand.New(rand.NewPCG(4, 4))
	for range 500 {
		p := terminator.Prefix{Size: 1 + rnd.IntN(8), LittleEndian: rnd.IntN(2) == 0,
			Adjustment: rnd.Int64N(7) - 3}
		p.Strip = p.Size
		var stream []byte
		var t1 spec
		switch rnd.IntN(4) {
		case 2:
			p.Strip, p.Varint, p.Padded = -1, true, rnd.IntN(2) == 0
			t1 = varintBy(p)
		case 0:
			t1 = netstring()
		case 1:
			t1 = varint()
		default:
			t1 = prefixed(p)
		}
		for range rnd.IntN(6) {
			body := []byte(strings.Repeat("b", rnd.IntN(300)))
			switch rnd.IntN(10) {
			case 0:
				stream = append(stream, "12a:\xff\xff"[rnd.IntN(6)])
			default:
				stream = appendCounted(t1, p, stream, body[:rnd.IntN(len(body)+1)])
			}
		}
		s := setup{"random", []spec{t1}, rnd.Int64N(200), rnd.IntN(2) == 0, rnd.IntN(2) == 0}
		checkRandomCuts(t, rnd, s, string(stream))
	}
}

func appendCounted(s spec, p terminator.Prefix, dst, body []byte) []byte {
	switch {
	case s.term.Equal(terminator.Netstring()):
		return terminator.AppendNetstring(dst, body)
	case s.term.Equal(terminator.Varint()):
		return terminator.AppendVarint(dst, body)
	}
	dst, _ = p.Append(dst, body) // a body that does not fit is left out
	return dst
}
