package workers

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
)

type work struct{ peer netip.Addr }

func (work) Start()             {}
func (w work) Peer() netip.Addr { return w.peer }

// The queue against slices: peers in turn, the works of each in order, whatever is taken out of the
// middle.
func TestWorkersQueue(t *testing.T) {
	for seed := range uint64(50) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		w := New(3)
		running, queued := 0, 0
		var turns [][]*Entry // of each peer that waits
		var gone []*Entry
		for range 400 {
			switch rnd.IntN(4) {
			case 0, 1:
				task := &Entry{Work: work{netip.AddrFrom4([4]byte{192, 0, 2, byte(rnd.IntN(4))})}}
				if waits := w.enqueue(task); waits != (running == 3) {
					t.Fatalf("seed %d: waits is %t while %d run", seed, waits, running)
				} else if !waits {
					running++
					continue
				}
				queued++
				i := slices.IndexFunc(turns, func(p []*Entry) bool { return p[0].Work == task.Work })
				if i < 0 {
					turns = append(turns, []*Entry{task})
				} else {
					turns[i] = append(turns[i], task)
				}
			case 2:
				if running == 0 {
					continue
				}
				next := w.dequeue()
				if queued == 0 {
					if running--; next != nil {
						t.Fatalf("seed %d: work of an empty queue", seed)
					}
					continue
				}
				if queued--; next != turns[0][0] {
					t.Fatalf("seed %d: not the oldest of the peer whose turn it is", seed)
				}
				gone = append(gone, next)
				if rest := turns[0][1:]; len(rest) > 0 {
					turns = append(turns, rest)
				}
				turns = turns[1:]
			case 3:
				if queued == 0 {
					continue
				}
				queued--
				i := rnd.IntN(len(turns))
				k := rnd.IntN(len(turns[i]))
				if e := turns[i][k]; !w.Cancel(e) || w.Cancel(e) {
					t.Fatalf("seed %d: what waits is not removed once", seed)
				}
				if turns[i] = slices.Delete(turns[i], k, k+1); len(turns[i]) == 0 {
					turns = slices.Delete(turns, i, i+1)
				}
			}
			if r, q := w.Count(); r != running || q != queued || len(w.peers) != len(turns) {
				t.Fatalf("seed %d: Count = %d, %d of %d peers, want %d, %d of %d", seed, r, q, len(w.peers),
					running, queued, len(turns))
			}
		}
		for _, task := range gone {
			if w.Cancel(task) {
				t.Fatalf("seed %d: what runs is removed", seed)
			}
		}
	}
}

// W30: one that comes behind a thousand works of another is next.
func TestPeersTakeTurns(t *testing.T) {
	w := New(1)
	for range 1000 {
		w.enqueue(&Entry{Work: work{netip.IPv4Unspecified()}})
	}
	other := &Entry{Work: work{netip.IPv6Unspecified()}}
	w.enqueue(other)
	w.dequeue()
	if w.dequeue() != other {
		t.Error("the other is not next")
	}
}

func TestWorkersBound(t *testing.T) {
	for bound, want := range map[int]int{0: 1000, 5: 5, -1: 1000} {
		var w Pool
		w.SetMax(bound)
		n := 0
		for n < 1000 && !w.enqueue(&Entry{Work: work{}}) {
			n++
		}
		if n != want {
			t.Errorf("bound %d: %d run, want %d", bound, n, want)
		}
	}
}
