package terminator_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// words calls f with every string over alphabet of up to longest bytes.
func words(alphabet string, longest int, f func(string)) {
	buf := make([]byte, 0, longest)
	var grow func()
	grow = func() {
		f(string(buf))
		if len(buf) == longest {
			return
		}
		for i := range len(alphabet) {
			buf = append(buf, alphabet[i])
			grow()
			buf = buf[:len(buf)-1]
		}
	}
	grow()
}

// policies returns s with every combination of a few limits, both policies and an end of the
// stream.
func policies(s setup) []setup {
	all := []setup{s}
	for _, limit := range []int64{1, 2} {
		for _, skip := range []bool{false, true} {
			all = append(all, setup{s.name, s.terms, limit, skip, s.eof})
		}
	}
	for _, v := range slices.Clone(all) {
		v.eof = true
		all = append(all, v)
	}
	return all
}

func exhaust(t *testing.T, alphabet string, longest int, setups []setup) {
	if raceEnabled || testing.Short() {
		longest -= 2
	}
	for _, s := range setups {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			for _, p := range policies(s) {
				n := longest
				if p.limit > 0 {
					n--
				}
				words(alphabet, n, func(stream string) { checkCuts(t, p, stream) })
			}
		})
	}
}

// S132–S138, S189–S192: every stream of a few bytes, every single cut and all of them at once.
func TestCutsOfLines(t *testing.T) {
	exhaust(t, "\r\na", 7, []setup{
		{name: "CRLF", terms: []spec{str("\r\n")}},
		{name: "Line", terms: []spec{anyOf("\r\n", "\n")}},
		{name: "blank line", terms: []spec{str("\r\n\r\n")}},
		{name: "any blank line", terms: []spec{anyOf("\r\n\r\n", "\n\n", "\n\r\n")}},
		{name: "line, length, none", terms: []spec{str("\r\n"), length(2), {}}},
		{name: "line, no length", terms: []spec{anyOf("\r\n", "\n"), length(0)}},
		{name: "mixed", terms: []spec{anyOf("\ra", "\n")}},
	})
}

// S136: overlaps between a delimiter and itself, and between delimiters.
func TestCutsOfOverlaps(t *testing.T) {
	exhaust(t, "ab", 9, []setup{
		{name: "aab", terms: []spec{str("aab")}},
		{name: "abab", terms: []spec{str("abab")}},
		{name: "aab, b", terms: []spec{anyOf("aab", "b")}},
		{name: "prefix", terms: []spec{anyOf("abb", "ab")}},
		{name: "inside", terms: []spec{anyOf("aaba", "ab")}},
		{name: "same byte", terms: []spec{anyOf("b", "ab", "aab", "ab")}},
		{name: "different ends", terms: []spec{anyOf("abb", "bab", "baa")}},
		{name: "one kind after another", terms: []spec{str("aab"), anyOf("bb", "aba"), length(1)}},
		{name: "one delimiter", terms: []spec{anyOf("", "aba")}},
		{name: "same first byte", terms: []spec{anyOf("aabb", "aba")}},
	})
}

func TestCutsOfDots(t *testing.T) {
	exhaust(t, "\r\n.", 7, []setup{
		{name: "end of mail", terms: []spec{str("\r\n.\r\n")}},
		{name: "lenient end of mail", terms: []spec{anyOf("\r\n.\r\n", "\n.\n")}},
		{name: "mail, then line", terms: []spec{str("\r\n.\r\n"), str("\r\n")}},
		{name: "mail in lines", terms: []spec{anyOf("\r\n.\r\n", "\r\n")}},
	})
}

// Single delimiters of more than 32 bytes go through the automaton, and so do mixed ones.
var longSetups = []setup{
	{name: "hostile", terms: []spec{str(strings.Repeat("a", 40) + "b")}},
	{name: "periodic", terms: []spec{str(strings.Repeat("ab", 17) + "a")}},
	{name: "all the same", terms: []spec{str(strings.Repeat("a", 33))}},
	{name: "fibonacci", terms: []spec{str(fibonacci(9))}},
	{name: "at the bound", terms: []spec{str(strings.Repeat("a", 31) + "b")}},
	{name: "long and short", terms: []spec{anyOf(strings.Repeat("ab", 20)+"b", "bb")}},
	{name: "same last byte, long", terms: []spec{anyOf(strings.Repeat("ab", 20), "aab", "bbb")}},
	{name: "taking turns", terms: []spec{
		str(strings.Repeat("a", 40) + "b"), str("ba"), length(3), str(strings.Repeat("ab", 17)),
	}},
}

func fibonacci(n int) string {
	a, b := "a", "ab"
	for range n - 2 {
		a, b = b, b+a
	}
	return b
}

// S136 for delimiters longer than the input buffer, against streams made of their parts.
func TestCutsOfLongDelimiters(t *testing.T) {
	for _, s := range longSetups {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			rnd := rand.New(rand.NewPCG(1, uint64(len(s.name))))
			all := policies(s)
			for _, limit := range []int64{39, 40, 41, 60} {
				all = append(all, setup{s.name, s.terms, limit, false, false},
					setup{s.name, s.terms, limit, true, true})
			}
			for _, p := range all {
				for range 12 {
					checkRandomCuts(t, rnd, p, stream(rnd, s.terms))
				}
			}
		})
	}
}

// stream joins whole delimiters and parts of them, and a few bytes between.
func stream(rnd *rand.Rand, terms []spec) string {
	var b strings.Builder
	for range 1 + rnd.IntN(6) {
		t := terms[rnd.IntN(len(terms))]
		if t.isLength || rnd.IntN(5) == 0 {
			b.WriteString([]string{"a", "b", "ab", "x"}[rnd.IntN(4)])
			continue
		}
		d := t.delims[rnd.IntN(len(t.delims))]
		switch rnd.IntN(4) {
		case 0:
			d = d[:rnd.IntN(len(d))]
		case 1:
			d = d[rnd.IntN(len(d)):]
		}
		b.WriteString(d)
	}
	return b.String()
}

func checkRandomCuts(t *testing.T, rnd *rand.Rand, s setup, stream string) {
	t.Helper()
	want, held := reference(s, stream)
	checkCut(t, s, stream, [][]byte{[]byte(stream)}, want, held)
	checkCut(t, s, stream, slices.Collect(slices.Chunk([]byte(stream), 1)), want, held)
	for range 4 {
		cuts := make([]byte, rnd.IntN(8))
		for i := range cuts {
			cuts[i] = byte(rnd.IntN(1 + len(stream)/2))
		}
		checkCut(t, s, stream, cutAt([]byte(stream), cuts), want, held)
	}
}

// Where the last byte of a delimiter is frequent the search changes its method: the end found must
// be the same.
func TestDenseStreams(t *testing.T) {
	rnd := rand.New(rand.NewPCG(2, 2))
	for _, s := range []setup{
		{name: "CRLF", terms: []spec{str("\r\n")}},
		{name: "Line", terms: []spec{anyOf("\r\n", "\n")}},
		{name: "end of mail", terms: []spec{str("\r\n.\r\n")}},
		{name: "two ends", terms: []spec{anyOf("\r\n.\r\n", "\r\r\n")}},
		{name: "32 bytes", terms: []spec{str("\r" + strings.Repeat("\n", 31))}},
	} {
		for range 60 {
			b := []byte(strings.Repeat("\n", 1+rnd.IntN(400)))
			for range rnd.IntN(12) {
				b[rnd.IntN(len(b))] = "\r.a"[rnd.IntN(3)]
			}
			checkRandomCuts(t, rnd, s, string(b))
		}
	}
}
