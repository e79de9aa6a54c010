package terminator_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/go-asynchat/asynchat/terminator"
)

func FuzzCountedRoundTrip(f *testing.F) {
	f.Add("hello", int16(0))
	f.Add("", int16(-4))
	f.Add(strings.Repeat("x", 256), int16(1))
	f.Fuzz(func(t *testing.T, payload string, adjustment int16) {
		if len(payload) > 70_000 {
			t.Skip("no field is that small and that large")
		}
		checkCountedTrip(t, payload, int64(adjustment))
	})
}

// onto maps text to the bytes of alphabet: of all bytes the fuzzer would seldom choose those that
// count.
func onto(alphabet string, text []byte) string {
	b := slices.Clone(text)
	for i := range b {
		b[i] = alphabet[int(b[i])%len(alphabet)]
	}
	return string(b)
}

func FuzzDotRoundTrip(f *testing.F) {
	f.Add([]byte("a\r\n.b\r\n"))
	f.Add([]byte{0, 1, 2, 0, 1})
	f.Fuzz(func(t *testing.T, text []byte) {
		checkDotTrip(t, string(text))
		checkDotTrip(t, onto("\r\n.a", text))
		checkDotTrip(t, strings.ReplaceAll(onto("\n.a", text), "\n", "\r\n"))
	})
}

func FuzzLineRoundTrip(f *testing.F) {
	f.Add("RCPT TO:", []byte("<a@b>"))
	f.Add("", []byte{1, 2, 3, 4})
	f.Fuzz(func(t *testing.T, command string, word []byte) {
		checkLineTrip(t, command, string(word))
		checkLineTrip(t, onto("\r\n\x00.a", word))
		checkLineTrip(t, command, onto(" .ab", word), command)
	})
}

// FuzzDot: no text, cut or limit makes Dot differ from the reader that sees all of it at once.
func FuzzDot(f *testing.F) {
	f.Add([]byte("a\r\n..b\r\n.\r\nQUIT\r\n"), []byte{3, 1}, uint8(0), uint8(0))
	f.Add([]byte("a\n.\r\n.\r\r\n.\r\n.\r"), []byte{1, 1, 1}, uint8(3), uint8(2|4|8))
	f.Fuzz(func(t *testing.T, text, cuts []byte, limit, flags uint8) {
		if len(text) > 2000 || len(cuts) > 200 {
			t.Skip("longer texts hold nothing new")
		}
		for _, stream := range []string{string(text), onto("\r\n.a", text)} {
			s := setup{"fuzz", []spec{dotOf(newlinePolicies[flags%4%3])}, int64(limit),
				flags&4 != 0, flags&8 != 0}
			if flags&16 != 0 {
				s.terms = append(s.terms, str("\r\n"))
			}
			checkFuzzed(t, s, stream, cuts)
		}
	})
}

// FuzzCounted is FuzzDot for elements that a header counts.
func FuzzCounted(f *testing.F) {
	f.Add([]byte("5:hello,0:,2:ab,"), []byte{3, 1}, uint8(0), uint8(0), uint8(0))
	f.Add([]byte("\x00\x03abc\x00\x00\x01"), []byte{1, 1}, uint8(2), uint8(4|1), uint8(1<<2))
	f.Add([]byte("\x81\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), []byte{9}, uint8(0),
		uint8(2), uint8(0))
	f.Fuzz(func(t *testing.T, stream, cuts []byte, limit, flags, layout uint8) {
		if len(stream) > 2000 || len(cuts) > 200 {
			t.Skip("longer streams hold nothing new")
		}
		s := setup{name: "fuzz", limit: int64(limit), skip: flags&4 != 0, eof: flags&8 != 0}
		switch flags % 4 {
		case 0:
			s.terms = []spec{netstring()}
		case 1:
			s.terms = []spec{varint()}
		case 2:
			s.terms = []spec{varintBy(terminator.Prefix{
				Size: 1 + int(flags>>5), Padded: flags&16 != 0, Offset: int(layout & 3),
				Adjustment: int64(layout>>2&7) - 5, Strip: int(layout>>5) - 1, Varint: true,
			})}
		default:
			s.terms = []spec{prefixed(terminator.Prefix{
				Size: 1 + int(flags>>5), LittleEndian: flags&16 != 0, Offset: int(layout & 3),
				Adjustment: int64(layout>>2&7) - 5, Strip: int(layout >> 5),
			})}
		}
		checkFuzzed(t, s, string(stream), cuts)
		checkFuzzed(t, s, onto("0123456789:,,a", stream), cuts)
		checkFuzzed(t, s, onto("\x00\x01\x02\x80\x81", stream), cuts)
	})
}

func checkFuzzed(t *testing.T, s setup, stream string, cuts []byte) {
	t.Helper()
	want, held := reference(s, stream)
	f := newFeeder(t, s)
	f.check(stream, [][]byte{[]byte(stream)}, want, held)
	f.check(stream, slices.Collect(slices.Chunk([]byte(stream), 1)), want, held)
	f.check(stream, cutAt([]byte(stream), cuts), want, held)
}
