package core_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/go-asynchat/asynchat/core"
)

// advance moves the clock, then turns the loop.
func (w *world) advance(d time.Duration) {
	w.Helper()
	w.sim.Advance(d)
	w.settle()
}

func (w *world) noteTimer(name string) func() { return func() { w.note("%s", name) } }

// B4: timers fire in the order of their deadlines, those of one deadline in the order in which they
// were armed.
func TestTimerOrder(t *testing.T) {
	w := simulated(t)
	w.l.After(2*time.Second, w.noteTimer("2s"))
	w.l.After(time.Second, w.noteTimer("1s first"))
	w.l.After(time.Second, w.noteTimer("1s second"))
	w.l.After(0, w.noteTimer("0"))
	w.l.After(-time.Hour, w.noteTimer("negative"))
	w.settle()
	w.check("0", "negative")
	w.advance(time.Second - 1)
	w.check()
	w.advance(1)
	w.check("1s first", "1s second")
	w.advance(time.Hour)
	w.check("2s")
}

func TestTimerReset(t *testing.T) {
	w := simulated(t)
	a := w.l.After(time.Second, w.noteTimer("a"))
	w.l.After(2*time.Second, w.noteTimer("b"))
	a.Reset(2 * time.Second)
	w.advance(time.Second)
	w.check()
	w.advance(time.Second)
	w.check("b", "a") // a was armed last
	a.Reset(time.Second)
	w.advance(time.Second)
	w.check("a")
	a.Reset(time.Minute)
	a.Reset(time.Second)
	w.advance(time.Second)
	w.check("a")
	a.Reset(time.Second)
	a.Stop()
	a.Reset(-1)
	w.settle()
	w.check("a")
	w.advance(time.Hour)
	w.check()
}

func TestTimerStop(t *testing.T) {
	w := simulated(t)
	var b *core.Timer
	a := w.l.After(time.Second, func() {
		w.note("a")
		if !b.Stop() {
			t.Error("Stop() = false of a timer that is due in the same turn")
		}
	})
	b = w.l.After(time.Second, w.noteTimer("b"))
	c := w.l.After(time.Second, w.noteTimer("c"))
	if !c.Stop() || c.Stop() {
		t.Error("Stop() twice, want true, then false")
	}
	w.advance(time.Second)
	w.check("a")
	if a.Stop() || b.Stop() {
		t.Error("Stop() = true of a timer that has fired, or was stopped")
	}
}

func TestEvery(t *testing.T) {
	w := simulated(t)
	start := w.l.Now()
	var fired []time.Duration
	tick := w.l.Every(time.Second, func() { fired = append(fired, w.l.Now().Sub(start)) })
	for range 3 {
		w.advance(time.Second)
	}
	w.advance(10*time.Second + 300*time.Millisecond) // the loop was busy
	w.advance(time.Second - 1)
	w.advance(1)
	want := []time.Duration{1e9, 2e9, 3e9, 13.3e9, 14.3e9}
	if !slices.Equal(fired, want) {
		t.Errorf("fired at %v, want %v: no bursts", fired, want)
	}
	tick.Reset(5 * time.Second)
	fired = nil
	w.advance(4 * time.Second)
	w.advance(time.Second)
	w.advance(time.Second)
	if want := []time.Duration{19.3e9, 20.3e9}; !slices.Equal(fired, want) {
		t.Errorf("after Reset(5s) fired at %v, want %v", fired, want)
	}
	if !tick.Stop() {
		t.Error("Stop() = false of a repeating timer")
	}
	w.advance(time.Hour)
	if len(fired) != 2 {
		t.Errorf("fired after Stop: %v", fired)
	}
	for _, d := range []time.Duration{0, -1} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("Every(%d) did not panic", d)
				}
			}()
			w.l.Every(d, func() {})
		}()
	}
}

// A repeating timer that stops itself does not fire again.
func TestEveryStopsItself(t *testing.T) {
	w := simulated(t)
	var tick *core.Timer
	tick = w.l.Every(time.Second, func() {
		w.note("tick")
		tick.Stop()
	})
	w.advance(time.Second)
	w.advance(time.Hour)
	w.check("tick")
}

// A timer that arms itself anew is called once in a turn: it does not hold the loop.
func TestTimerThatRearmsItself(t *testing.T) {
	w := simulated(t)
	calls := 0
	var again *core.Timer
	again = w.l.After(0, func() {
		if calls++; calls < 10 {
			again.Reset(0)
		}
	})
	for turns := 1; turns <= 3; turns++ {
		if n := w.turn(); n != 1 || calls != turns {
			t.Errorf("turn %d: %d calls, %d by the timer, want one a turn", turns, n, calls)
		}
	}
	again.Stop()
}

func TestNextTimer(t *testing.T) {
	w := simulated(t)
	if when, ok := w.l.NextTimer(); ok {
		t.Errorf("NextTimer() = %v without a timer", when)
	}
	w.l.After(time.Minute, func() {})
	first := w.l.After(time.Second, func() {})
	if when, ok := w.l.NextTimer(); !ok || !when.Equal(w.l.Now().Add(time.Second)) {
		t.Errorf("NextTimer() = %v, %t, want in 1s", when, ok)
	}
	first.Stop()
	if when, ok := w.l.NextTimer(); !ok || !when.Equal(w.l.Now().Add(time.Minute)) {
		t.Errorf("NextTimer() = %v, %t, want in 1m", when, ok)
	}
}

// Any sequence of After, Reset, Stop and of time that passes fires what a plain list of deadlines
// would.
func TestTimerModel(t *testing.T) {
	for seed := range uint64(200) {
		w := simulated(t)
		rnd := rand.New(rand.NewPCG(seed, 0))
		type armed struct{ when, seq, id int }
		var model []armed
		var timers []*core.Timer
		var got, want []int
		now, seq := 0, 0
		arm := func(id, d int) {
			model = slices.DeleteFunc(model, func(a armed) bool { return a.id == id })
			seq++
			model = append(model, armed{now + max(d, 0), seq, id})
		}
		for range 60 {
			d := rnd.IntN(20) - 2
			id := rnd.IntN(len(timers) + 1)
			switch op := rnd.IntN(4); {
			case op == 0 || id == len(timers):
				id = len(timers)
				arm(id, d)
				timers = append(timers, w.l.After(time.Duration(d), func() { got = append(got, id) }))
			case op == 1:
				arm(id, d)
				timers[id].Reset(time.Duration(d))
			case op == 2:
				before := len(model)
				model = slices.DeleteFunc(model, func(a armed) bool { return a.id == id })
				if stopped := timers[id].Stop(); stopped != (len(model) < before) {
					t.Fatalf("seed %d: Stop() = %t", seed, stopped)
				}
			default:
				now += max(d, 0)
				w.advance(time.Duration(max(d, 0)))
				slices.SortFunc(model, func(a, b armed) int { return (a.when-b.when)*1000 + a.seq - b.seq })
				for len(model) > 0 && model[0].when <= now {
					want = append(want, model[0].id)
					model = model[1:]
				}
				if !slices.Equal(got, want) {
					t.Fatalf("seed %d: fired %v, want %v", seed, got, want)
				}
			}
		}
		w.l.Close()
	}
}

func TestDispatcherAfter(t *testing.T) {
	w := simulated(t)
	c, _ := w.watched(w.noting("a"), core.Readable)
	c.After(time.Second, w.noteTimer("timer"))
	c.After(time.Second, w.noteTimer("stopped")).Stop()
	c.Close()
	w.settle()
	w.advance(time.Second)
	w.check("a closed <nil>", "timer")
}

// On the operating system a timer does not fire early, and the loop does not spin until it is due.
func TestTimersAreNotEarly(t *testing.T) {
	onSystem(t, func(w *world) {
		for _, d := range []time.Duration{100 * time.Microsecond, 1500 * time.Microsecond,
			5 * time.Millisecond} {
			start := time.Now()
			fired := time.Duration(-1)
			w.l.After(d, func() { fired = time.Since(start) })
			w.k.total()
			for fired < 0 {
				if _, err := w.l.Poll(-1); err != nil {
					w.Fatal(err)
				}
			}
			if fired < d {
				w.Errorf("a timer of %v fired after %v", d, fired)
			}
			if turns := w.k.total("Wait"); turns > 3 {
				w.Errorf("the loop turned %d times to wait %v", turns, d)
			}
		}
	})
}
