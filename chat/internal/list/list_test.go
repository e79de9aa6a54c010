package list

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// The list against a slice: nodes are pushed, and removed wherever they are.
func TestList(t *testing.T) {
	for seed := range uint64(50) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		var l, other List[int]
		var want, free []*Node[int]
		for i := range 20 {
			free = append(free, &Node[int]{Value: i})
		}
		for range 300 {
			if i := rnd.IntN(20); i < len(free) {
				n := free[i]
				if n.Listed() || l.Remove(n) {
					t.Fatalf("seed %d: node %d is listed before it was pushed", seed, n.Value)
				}
				l.PushBack(n)
				want, free = append(want, n), slices.Delete(free, i, i+1)
			} else {
				i = rnd.IntN(len(want))
				n := want[i]
				if !n.Listed() || other.Remove(n) || !l.Remove(n) || l.Remove(n) {
					t.Fatalf("seed %d: node %d is not removed once, from its own list", seed, n.Value)
				}
				want, free = slices.Delete(want, i, i+1), append(free, n)
			}
			checkList(t, &l, want)
		}
	}
}

// checkList fails if l is not want, forwards and backwards.
func checkList(t *testing.T, l *List[int], want []*Node[int]) {
	t.Helper()
	var forwards, backwards []*Node[int]
	for n := l.First(); n != nil; n = n.next {
		forwards = append(forwards, n)
	}
	for n := l.last; n != nil; n = n.prev {
		backwards = append(backwards, n)
	}
	slices.Reverse(backwards)
	if !slices.Equal(forwards, want) || !slices.Equal(backwards, want) || l.Len() != len(want) {
		t.Fatalf("%d forwards, %d backwards, Len is %d; want %d nodes, in order",
			len(forwards), len(backwards), l.Len(), len(want))
	}
}
