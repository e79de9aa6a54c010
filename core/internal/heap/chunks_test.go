package heap

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// A list of chunks is what a slice is, but that places stay where they are.
func TestChunks(t *testing.T) {
	var c Chunks[int]
	var want []int
	rnd := rand.New(rand.NewPCG(1, 1))
	check := func() {
		t.Helper()
		got := make([]int, 0, c.Len())
		for i := range c.Len() {
			got = append(got, *c.At(i))
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%d elements, want %d, or they differ", len(got), len(want))
		}
	}
	for phase := range 20 {
		for range rnd.IntN(3000) {
			if phase%2 == 0 {
				v := rnd.Int()
				want = append(want, v)
				c.Push(v)
			} else if len(want) > 0 {
				if got, v := c.Pop(), want[len(want)-1]; got != v {
					t.Fatalf("pop = %d, want %d", got, v)
				}
				want = want[:len(want)-1]
			}
		}
		check()
	}
	for c.Len() > 0 {
		c.Pop()
	}
	if len(c.all) > 1 {
		t.Errorf("an empty list holds %d chunks, want the first at most", len(c.all))
	}
	c.Push(7)
	first := c.At(0)
	for range 100_000 {
		c.Push(1)
	}
	if c.At(0) != first || *first != 7 {
		t.Error("the first place has moved")
	}
}
