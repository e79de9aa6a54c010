package workers

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// The queue against a slice: in order, whatever is taken out of its middle.
func TestWorkersQueue(t *testing.T) {
	for seed := range uint64(50) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		w := New(3)
		running := 0
		var queue, gone []*Entry
		for range 400 {
			switch rnd.IntN(4) {
			case 0, 1:
				task := &Entry{}
				if waits := w.enqueue(task); waits != (running == 3) {
					t.Fatalf("seed %d: waits is %t while %d run", seed, waits, running)
				} else if waits {
					queue = append(queue, task)
				} else {
					running++
				}
			case 2:
				if running == 0 {
					continue
				}
				next := w.dequeue()
				if len(queue) == 0 {
					running--
					queue = append(queue, nil)
				}
				if next != queue[0] {
					t.Fatalf("seed %d: not the one that has waited longest", seed)
				}
				gone, queue = append(gone, queue[0]), queue[1:]
			case 3:
				if len(queue) == 0 {
					continue
				}
				i := rnd.IntN(len(queue))
				if !w.Cancel(queue[i]) || w.Cancel(queue[i]) {
					t.Fatalf("seed %d: what waits is not removed once", seed)
				}
				queue = slices.Delete(queue, i, i+1)
			}
			if r, q := w.Count(); r != running || q != len(queue) {
				t.Fatalf("seed %d: Count = %d, %d, want %d, %d", seed, r, q, running, len(queue))
			}
		}
		for _, task := range gone {
			if task != nil && w.Cancel(task) {
				t.Fatalf("seed %d: what runs is removed", seed)
			}
		}
	}
}

func TestWorkersBound(t *testing.T) {
	for bound, want := range map[int]int{0: 1000, 5: 5, -1: 1000} {
		var w Pool
		w.SetMax(bound)
		n := 0
		for n < 1000 && !w.enqueue(&Entry{}) {
			n++
		}
		if n != want {
			t.Errorf("bound %d: %d run, want %d", bound, n, want)
		}
	}
}
