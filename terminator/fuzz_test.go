package terminator_test

import (
	"slices"
	"strings"
	"testing"
)

// FuzzCuts: no stream, cut, set of delimiters or limit makes the matcher differ from the naive
// reference (S189–S192).
func FuzzCuts(f *testing.F) {
	f.Add([]byte("EHLO a\r\nQUIT\r\n\r"), []byte{7, 1, 0, 1}, "\r\n", uint8(0), uint8(0))
	f.Add([]byte("a\r\nb\nc\r\rd\n"), []byte{2, 1, 1, 1}, "\r\n|\n", uint8(3), uint8(1|2))
	f.Add([]byte("xabcdabc"), []byte{3, 2}, "abcd|bc", uint8(0), uint8(1|4))
	f.Add([]byte("aaaabaab"), []byte{1, 1, 1}, "aab|b", uint8(1), uint8(1))
	f.Add([]byte(strings.Repeat("a", 90)+"b"), []byte{40, 40}, strings.Repeat("a", 40)+"b",
		uint8(20), uint8(2|4|8))
	f.Add([]byte("\x8c\xc6"), []byte{1}, "\xc6\xbe", uint8(57), uint8(8))
	f.Add([]byte("\n.\r\n.\r\n..\r\n"), []byte{4}, "\r\n.\r\n|\n.\n||", uint8(9), uint8(1|8|16))
	f.Fuzz(func(t *testing.T, stream, cuts []byte, delims string, limit, flags uint8) {
		if len(stream) > 2000 || len(cuts) > 200 || len(delims) > 300 {
			t.Skip("the reference is quadratic")
		}
		s := setup{name: "fuzz", limit: int64(limit), skip: flags&2 != 0, eof: flags&4 != 0}
		if flags&1 != 0 {
			s.terms = append(s.terms, anyOf(strings.Split(delims, "|")...))
		} else {
			s.terms = append(s.terms, str(delims))
		}
		if flags&8 != 0 {
			s.terms = append(s.terms, length(int(flags>>5)))
		}
		if flags&16 != 0 {
			s.terms = append(s.terms, str("\r\n"))
		}
		want, held := reference(s, string(stream))
		checkCut(t, s, string(stream), [][]byte{stream}, want, held)
		checkCut(t, s, string(stream), slices.Collect(slices.Chunk(stream, 1)), want, held)
		checkCut(t, s, string(stream), cutAt(stream, cuts), want, held)
	})
}
