package core_test

import (
	"cmp"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/go-asynchat/asynchat/core"
)

// expectNext fails unless the next timer is due in d.
func (w *world) expectNext(d time.Duration) {
	w.Helper()
	if when, ok := w.l.NextTimer(); !ok || when.Sub(w.l.Now()) != d {
		w.Errorf("NextTimer() is in %v, %t, want in %v", when.Sub(w.l.Now()), ok, d)
	}
}

// B4: a timer that was put off fires at its new time, once, and by its last Reset among those of
// one deadline.
func TestPutOff(t *testing.T) {
	w := simulated(t)
	a := w.l.After(time.Second, w.noteTimer("a"))
	b := w.l.After(2*time.Second, w.noteTimer("b"))
	c := w.l.After(3*time.Second, w.noteTimer("c"))
	a.Reset(3 * time.Second) // behind c
	b.Reset(3 * time.Second) // behind a
	w.expectNext(3 * time.Second)
	w.advance(2 * time.Second)
	w.check()
	w.expectNext(time.Second)
	c.Reset(time.Second) // the same deadline, but behind b now
	w.advance(time.Second)
	w.check("a", "b", "c")
	if _, ok := w.l.NextTimer(); ok {
		t.Error("a timer is left")
	}
}

// Put off, then brought forward, before and behind where it was at first.
func TestPutOffAndHasten(t *testing.T) {
	for _, tt := range []struct{ first, off, then, fires time.Duration }{
		{5, 9, 7, 7}, {5, 9, 5, 5}, {5, 9, 3, 3}, {5, 9, 0, 0}, {5, 7, 9, 9}, {5, 3, 4, 4}, {5, 3, 6, 6},
	} {
		w := simulated(t)
		timer := w.l.After(tt.first, w.noteTimer("timer"))
		w.l.After(6, w.noteTimer("other"))
		timer.Reset(tt.off)
		timer.Reset(tt.then)
		start := w.l.Now()
		w.expectNext(min(tt.fires, 6))
		for len(w.did) < 2 {
			w.sim.Advance(1)
			w.settle()
			if now := w.l.Now().Sub(start); slices.Contains(w.did, "timer") != (now >= tt.fires) {
				t.Errorf("%v: at %d it has happened: %q", tt, now, w.did)
				break
			}
		}
	}
}

func TestStopOfOnePutOff(t *testing.T) {
	w := simulated(t)
	a := w.l.After(time.Second, w.noteTimer("a"))
	w.l.After(5*time.Second, w.noteTimer("b"))
	a.Reset(3 * time.Second)
	if !a.Stop() || a.Stop() {
		t.Error("Stop() twice, want true, then false")
	}
	w.expectNext(5 * time.Second)
	a.Reset(3 * time.Second)
	a.Reset(6 * time.Second)
	w.advance(4 * time.Second)
	w.check()
	a.Stop()
	w.advance(time.Hour)
	w.check("b")
}

// However long a duration is, the timer is behind those that are due before, and fires never rather
// than at once.
func TestHugeDurations(t *testing.T) {
	w := simulated(t)
	w.sim.Advance(time.Hour)
	huge := w.l.After(math.MaxInt64, w.noteTimer("huge"))
	every := w.l.Every(math.MaxInt64, w.noteTimer("every"))
	w.l.After(time.Second, w.noteTimer("1s"))
	w.expectNext(time.Second)
	w.advance(time.Second)
	w.check("1s")
	huge.Reset(math.MaxInt64 - 1)
	w.advance(1000 * 24 * time.Hour)
	w.check()
	if !huge.Stop() || !every.Stop() {
		t.Error("Stop() = false of a timer that never fires")
	}
	huge.Reset(time.Second)
	huge.Reset(math.MaxInt64)
	huge.Reset(time.Second)
	w.advance(time.Second)
	w.check("huge")
}

// A timer may be reset, put off and stopped in its own callback, and in those of others that are
// due in the same turn.
func TestResetInCallbacks(t *testing.T) {
	w := simulated(t)
	var a, b, c *core.Timer
	a = w.l.After(time.Second, func() {
		w.note("a")
		a.Reset(time.Second)
		b.Reset(time.Minute) // due, and put off
		c.Reset(0)           // due, and due anew in the next turn
	})
	b = w.l.After(time.Second, w.noteTimer("b"))
	c = w.l.After(time.Second, w.noteTimer("c"))
	w.sim.Advance(time.Second)
	w.turn()
	w.check("a")
	w.turn()
	w.check("c")
	w.expectNext(time.Second)
	a.Stop()
	w.expectNext(59*time.Second + time.Second)

	var tick *core.Timer
	calls := 0
	tick = w.l.Every(time.Second, func() {
		if calls++; calls == 2 {
			tick.Reset(10 * time.Second) // repeats from there
		}
	})
	for range 12 {
		w.advance(time.Second)
	}
	if calls != 3 {
		t.Errorf("%d calls in 12 s, want at 1 s, 2 s and 12 s", calls)
	}
	tick.Stop()
}

// Resetting a timer again and again does not make the loop turn for each time: it wakes up at most
// once for where the timer was. When the time has come, it looks once more before it calls (W2).
func TestPutOffIsCheap(t *testing.T) {
	w := simulated(t)
	idle := w.l.After(time.Second, w.noteTimer("idle"))
	for range 1000 {
		w.sim.Advance(time.Millisecond)
		idle.Reset(time.Second)
	}
	w.k.total()
	start := w.l.Now()
	for len(w.did) == 0 {
		if _, err := w.l.Poll(-1); err != nil {
			t.Fatal(err)
		}
	}
	if waited, turns := w.l.Now().Sub(start), w.k.total("Wait"); waited != time.Second || turns > 3 {
		t.Errorf("it fired after %v and %d waits, want 1s and no more than 3", waited, turns)
	}
}

// A modelTimer is one of timerModel, a list that is kept sorted.
type modelTimer struct{ when, seq, id int }

type timerModel struct {
	now, seq int
	armed    []modelTimer
	again    []int // of each timer, after how long its callback resets it; 0: not
	every    []int
	fired    []int
}

const never = math.MaxInt

func compareTimers(a, b modelTimer) int {
	return cmp.Or(cmp.Compare(a.when, b.when), cmp.Compare(a.seq, b.seq))
}

func (m *timerModel) stop(id int) bool {
	before := len(m.armed)
	m.armed = slices.DeleteFunc(m.armed, func(a modelTimer) bool { return a.id == id })
	return len(m.armed) < before
}

func (m *timerModel) arm(id, when int) {
	m.stop(id)
	m.seq++
	t := modelTimer{when: when, seq: m.seq, id: id}
	i, _ := slices.BinarySearchFunc(m.armed, t, compareTimers)
	m.armed = slices.Insert(m.armed, i, t)
}

func (m *timerModel) reset(id, d int) {
	if d > never-m.now {
		m.arm(id, never)
	} else {
		m.arm(id, m.now+max(d, 0))
	}
}

func (m *timerModel) advance(d int) {
	m.now += d
	for len(m.armed) > 0 && m.armed[0].when <= m.now {
		t := m.armed[0]
		m.armed = m.armed[1:]
		if every := m.every[t.id]; every > 0 {
			next := t.when + every
			if next < m.now {
				next = m.now + every
			}
			m.arm(t.id, next)
		}
		m.fired = append(m.fired, t.id)
		if d := m.again[t.id]; d > 0 {
			m.reset(t.id, d)
		}
	}
}
