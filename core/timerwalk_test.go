package core_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/go-asynchat/asynchat/core"
)

// Against a sorted list: 100,000 times one of 300 timers is armed, put off, hastened or stopped, or
// time passes. Most of the resets put an armed timer off, as those of idle connections do.
func TestTimerWalk(t *testing.T) {
	const seed, operations, timers = 7, 100_000, 300
	rnd := rand.New(rand.NewPCG(seed, 0))
	w := simulated(t)
	m := &timerModel{again: make([]int, timers), every: make([]int, timers)}
	var got []int
	all := make([]*core.Timer, timers)
	for id := range timers {
		switch rnd.IntN(10) {
		case 0:
			m.again[id] = 1 + rnd.IntN(200)
		case 1:
			m.every[id] = 100 + rnd.IntN(200)
		}
		f := func() {
			got = append(got, id)
			if d := m.again[id]; d > 0 {
				all[id].Reset(time.Duration(d))
			}
		}
		if every := m.every[id]; every > 0 {
			all[id] = w.l.Every(time.Duration(every), f)
			m.reset(id, every)
		} else {
			all[id] = w.l.After(1000, f)
			m.reset(id, 1000)
		}
	}
	what := ""
	for i := range operations {
		id := rnd.IntN(timers)
		switch op := rnd.IntN(100); {
		case op < 80:
			d := randomDelay(rnd, op < 70)
			what = fmt.Sprintf("reset %d to %d", id, d)
			all[id].Reset(time.Duration(d))
			m.reset(id, d)
		case op < 85:
			what = fmt.Sprintf("stop %d", id)
			if stopped := all[id].Stop(); stopped != m.stop(id) {
				t.Fatalf("seed %d, operation %d, %s: Stop() = %t", seed, i, what, stopped)
			}
		default:
			d := rnd.IntN(40)
			what = fmt.Sprintf("advance by %d", d)
			w.advance(time.Duration(d))
			m.advance(d)
		}
		if !slices.Equal(got, m.fired) {
			t.Fatalf("seed %d, operation %d, %s: fired %v, want %v", seed, i, what, got, m.fired)
		}
		got, m.fired = got[:0], m.fired[:0]
		if i%64 == 0 {
			m.checkNext(w)
		}
	}
}

// randomDelay returns one that puts most timers off, or one that may hasten them, or is too long.
func randomDelay(rnd *rand.Rand, off bool) int {
	if off {
		return 500 + rnd.IntN(1000)
	}
	d := rnd.IntN(600) - 5
	if rnd.IntN(20) == 0 {
		d = math.MaxInt - rnd.IntN(3)
	}
	return d
}

func (m *timerModel) checkNext(w *world) {
	w.Helper()
	when, ok := w.l.NextTimer()
	if ok != (len(m.armed) > 0) || ok && m.armed[0].when != never &&
		int(when.Sub(w.l.Now())) != m.armed[0].when-m.now {
		w.Fatalf("NextTimer() is in %v, want in %d", when.Sub(w.l.Now()), m.armed[0].when-m.now)
	}
}
