package chattest

import (
	"iter"
	"math/rand/v2"
	"slices"
)

const (
	maxSingles = 1000 // single cuts; of a longer stream those at its ends and some between are taken
	maxPaired  = 64   // bytes up to which all pairs of cuts are tried
	maxSubsets = 10   // bytes up to which every way of cutting is tried
	randomWays = 50
	// maxBytewise is how many bytes of a long stream come one by one: a megabyte of them would take
	// seconds and find nothing new.
	maxBytewise = 4096
)

// Splits returns the splits of stream that are likely to find bugs, the simplest first: whole, in
// two at every place, and byte by byte. Short streams are also split in three, and very short
// streams in every possible way. Random splits follow, the same each time. Each split has non-empty
// pieces of a new copy of the stream, which the caller owns. A stream of 40 bytes has 832 splits, a
// long one at most 1,200. A long stream is not split at every place, and only its first 4 KiB come
// byte by byte.
//
//	for pieces := range chattest.Splits([]byte("a=1;b=2;")) {
//		if got := parse(pieces); got != want {
//			t.Errorf("%q: got %v, want %v", pieces, got, want)
//		}
//	}
func Splits(stream []byte) iter.Seq[[][]byte] {
	return func(yield func([][]byte) bool) {
		for cuts := range allCuts(len(stream)) {
			if !yield(cutAt(slices.Clone(stream), cuts)) {
				return
			}
		}
	}
}

// cutAt returns the pieces of stream between cuts.
func cutAt(stream []byte, cuts []int) [][]byte {
	pieces := make([][]byte, 0, len(cuts)+1)
	from := 0
	for _, to := range append(slices.Clip(cuts), len(stream)) {
		if to > from {
			pieces = append(pieces, stream[from:to:to])
		}
		from = to
	}
	return pieces
}

// allCuts returns the ways of Splits for n bytes as increasing places strictly inside of them.
func allCuts(n int) iter.Seq[[]int] {
	return func(yield func([]int) bool) {
		if !yield(nil) {
			return
		}
		for _, i := range singles(n, maxSingles) {
			if !yield([]int{i}) {
				return
			}
		}
		if n > 2 && !yield(everywhere(min(n, maxBytewise+1))) {
			return
		}
		if n <= maxSubsets {
			subsets(n, yield)
			return
		}
		if n <= maxPaired && !pairs(n, yield) {
			return
		}
		rnd := rand.New(rand.NewPCG(uint64(n), 1))
		for range randomWays {
			if !yield(randomCuts(rnd, n)) {
				return
			}
		}
	}
}

func everywhere(n int) []int {
	var cuts []int
	for i := 1; i < n; i++ {
		cuts = append(cuts, i)
	}
	return cuts
}

// singles returns the places at which to cut n bytes in two, at most limit: all, or else all near
// both ends, and some between.
func singles(n, limit int) []int {
	all := everywhere(n)
	if len(all) <= limit {
		return all
	}
	head, tail := limit/2, limit/4
	cuts := append(all[:head:head], all[len(all)-tail:]...)
	rnd := rand.New(rand.NewPCG(uint64(n), 2))
	for range limit - head - tail {
		cuts = append(cuts, head+rnd.IntN(len(all)-head-tail)+1)
	}
	slices.Sort(cuts)
	return slices.Compact(cuts)
}

func pairs(n int, yield func([]int) bool) bool {
	for i := 1; i < n; i++ {
		for j := i + 1; j < n; j++ {
			if !yield([]int{i, j}) {
				return false
			}
		}
	}
	return true
}

// subsets yields every way of two cuts and more, but for that of all.
func subsets(n int, yield func([]int) bool) {
	for set := 1; set < 1<<max(0, n-1)-1; set++ {
		var cuts []int
		for i := 1; i < n; i++ {
			if set>>(i-1)&1 != 0 {
				cuts = append(cuts, i)
			}
		}
		if len(cuts) > 1 && !yield(cuts) {
			return
		}
	}
}

// randomCuts cuts n bytes in pieces of a length whose order of magnitude is random too.
func randomCuts(rnd *rand.Rand, n int) []int {
	most := 1 + rnd.IntN(1+rnd.IntN(max(1, n)))
	var cuts []int
	for at := 1 + rnd.IntN(most); at < n; at += 1 + rnd.IntN(most) {
		cuts = append(cuts, at)
	}
	return cuts
}

// Words returns every string that consists of bytes of alphabet, from the empty string up to a
// length of longest bytes, the shorter ones first. There are len(alphabet)^n strings of length n.
func Words(alphabet string, longest int) iter.Seq[string] {
	return func(yield func(string) bool) {
		for n := range longest + 1 {
			word := make([]byte, n)
			if !spell(word, alphabet, 0, yield) {
				return
			}
		}
	}
}

func spell(word []byte, alphabet string, at int, yield func(string) bool) bool {
	if at == len(word) {
		return yield(string(word))
	}
	for i := range len(alphabet) {
		word[at] = alphabet[i]
		if !spell(word, alphabet, at+1, yield) {
			return false
		}
	}
	return true
}
