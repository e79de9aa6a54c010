package holders

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
)

type thing struct {
	place   int32
	bytes   int
	dropped bool
}

func (h *thing) Place() *int32 { return &h.place }
func (h *thing) Drop()         { h.dropped, h.bytes = true, 0 }

// Whatever changes, on three groups, of which those of others hear of it later: the sum is right,
// and no more than the bound for long.
func TestTheSumIsBounded(t *testing.T) {
	for seed := range uint64(50) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		total := NewTotal(1000)
		var posted []func()
		var groups []*Group
		var of [3][]*thing
		for range of {
			groups = append(groups, total.Join(func(f func()) error {
				posted = append(posted, f)
				return nil
			}))
		}
		settle := func() {
			for len(posted) > 0 {
				f := posted[0]
				posted = posted[1:]
				f()
			}
		}
		for range 500 {
			i := rnd.IntN(3)
			if len(of[i]) < 20 {
				of[i] = append(of[i], &thing{})
			}
			h := of[i][rnd.IntN(len(of[i]))]
			h.bytes = rnd.IntN(200)
			tooMuch := groups[i].Set(h, h.bytes)
			if tooMuch {
				groups[i].Relieve()
				settle()
			}
			sum := 0
			for i := range of {
				for _, h := range of[i] {
					sum += h.bytes
				}
				of[i] = slices.DeleteFunc(of[i], func(h *thing) bool { return h.dropped })
			}
			if int64(sum) != total.Sum() || sum > 1000 && tooMuch {
				t.Fatalf("seed %d: %d are held, the total says %d", seed, sum, total.Sum())
			}
		}
	}
}

// W18: of several, on whatever group, the largest is dropped, and nobody else.
func TestOnlyTheLargestGoes(t *testing.T) {
	for _, largest := range []int{0, 1, 4, 9} {
		total := NewTotal(1000)
		var posted []func()
		var groups []*Group
		for range 2 {
			groups = append(groups, total.Join(func(f func()) error {
				posted = append(posted, f)
				return nil
			}))
		}
		things := make([]thing, 10)
		for i := range things {
			groups[i%2].Set(&things[i], 90)
		}
		groups[largest%2].Set(&things[largest], 150)
		asker := &thing{}
		if !groups[0].Set(asker, 50) {
			t.Fatal("1010 are not too much")
		}
		groups[0].Relieve()
		groups[0].Relieve() // meanwhile nobody else goes
		for _, f := range posted {
			f()
		}
		for i := range things {
			if things[i].dropped != (i == largest) {
				t.Errorf("largest %d: %d dropped: %t", largest, i, things[i].dropped)
			}
		}
		if asker.dropped || total.Sum() != 860 {
			t.Errorf("the one that asked: %t; %d are held", asker.dropped, total.Sum())
		}
	}
}

// A group that was asked is not asked again before it has answered: what counts as dropped is what
// will be. Afterwards the bound holds as before.
func TestNobodyIsAskedTwice(t *testing.T) {
	total := NewTotal(1000)
	var posted []func()
	other := total.Join(func(f func()) error { posted = append(posted, f); return nil })
	g := total.Join(nil)
	large, second, asker, small := &thing{}, &thing{}, &thing{}, &thing{}
	other.Set(large, 500)
	other.Set(second, 480)
	g.Set(small, 100)
	if g.Set(asker, 450) {
		g.Relieve()
	}
	for _, f := range posted {
		f()
	}
	if len(posted) != 1 || !large.dropped || second.dropped || !asker.dropped || small.dropped {
		t.Errorf("asked %d times; dropped: %t, %t, %t, %t", len(posted), large.dropped,
			second.dropped, asker.dropped, small.dropped)
	}
	if g.Set(small, 600) {
		g.Relieve()
	}
	if !small.dropped {
		t.Errorf("%d are held, and nobody goes", total.Sum())
	}
}

// A loop that has ended cannot drop anything; that ends no other.
func TestGroupThatHasEnded(t *testing.T) {
	total := NewTotal(100)
	gone := total.Join(func(func()) error { return errors.New("closed") })
	g := total.Join(nil)
	a, b := &thing{}, &thing{}
	gone.Set(a, 90)
	if g.Set(b, 20) {
		g.Relieve()
	}
	if a.dropped || b.dropped {
		t.Error("somebody was dropped")
	}
	gone.Leave()
	g.Relieve()
	if !b.dropped {
		t.Error("the largest of those that are left was not dropped")
	}
}

func TestSetAllocatesNothing(t *testing.T) {
	g := NewTotal(0).Join(nil)
	things := make([]thing, 100)
	for i := range things {
		g.Set(&things[i], i)
	}
	i := 0
	if n := testing.AllocsPerRun(1000, func() {
		i++
		g.Set(&things[i%100], i%7*100)
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
