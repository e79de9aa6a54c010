package rate

import (
	"testing"
	"time"
)

// A loop keeps what is posted until the test runs it.
type loop struct {
	epoch  time.Time
	posted []func()
}

func (l *loop) Epoch() time.Time { return l.epoch }

func (l *loop) Post(f func()) error {
	l.posted = append(l.posted, f)
	return nil
}

func (l *loop) run() {
	for _, f := range l.posted {
		f()
	}
	l.posted = nil
}

// What one loop has taken and did not need, another learns of at once, though it had found the
// bucket empty: loops run at the same time, which no simulation of whole servers shows.
func TestQueueHearsOfWhatIsPutBack(t *testing.T) {
	s := NewShared(Rate{PerSecond: 1000, Burst: 1000}, time.Time{})
	var loops [2]loop
	rearmed := 0
	limiter := func(l *loop) *Limiter {
		return NewLimiter(nil, Rate{}, s.Join(l), 0, func() { rearmed++ })
	}
	a, b := limiter(&loops[0]), limiter(&loops[1])
	taken := a.Take(0, 2000, 10)
	if n := b.Take(0, 2000, 10); taken != 1000 || n != 0 || b.at != 10*time.Millisecond {
		t.Fatalf("took %d and %d, the second waits until %v; want 1000, 0, 10ms", taken, n, b.at)
	}
	a.Refund(4)
	loops[1].run()
	if b.at != 6*time.Millisecond || rearmed != 1 {
		t.Errorf("with 4 put back, the second waits until %v, rearmed %d times; want 6ms, 1",
			b.at, rearmed)
	}
	a.Refund(900)
	loops[1].run()
	if n := b.Take(0, 2000, 10); n != 904 {
		t.Errorf("the second got %d, want 904", n)
	}
	b.Refund(0)
	if s.next() != nil {
		t.Error("somebody still waits")
	}
}

// The clocks of two loops began at different times: each is told on its own when there is enough.
func TestLoopsOfDifferentEpochs(t *testing.T) {
	var early, late loop
	late.epoch = early.epoch.Add(time.Hour)
	s := NewShared(Rate{PerSecond: 1000, Burst: 1000}, early.epoch)
	a := NewLimiter(nil, Rate{}, s.Join(&early), time.Hour, nil)
	b := NewLimiter(nil, Rate{}, s.Join(&late), 0, nil)
	if n := a.Take(time.Hour, 1000, 10); n != 1000 {
		t.Fatalf("took %d, want the burst", n)
	}
	if n := b.Take(0, 1000, 10); n != 0 || b.at != 10*time.Millisecond {
		t.Errorf("took %d of an empty bucket, and waits until %v; want 0, 10ms", n, b.at)
	}
	if n := b.Take(b.at, 1000, 10); n != 10 {
		t.Errorf("took %d when it was due, want 10", n)
	}
}

// The first of a loop that does not come when it could is passed over after a moment, and without
// one from then on. When it comes, it has the turn that its ticket gives it.
func TestGrace(t *testing.T) {
	var loops [2]loop
	loops[1].epoch = loops[0].epoch.Add(-time.Hour) // at another time: all below is on its clock
	s := NewShared(Rate{PerSecond: 1000, Burst: 1000}, loops[0].epoch)
	limiter := func(l *loop) *Limiter { return NewLimiter(nil, Rate{}, s.Join(l), 0, func() {}) }
	gone, here := limiter(&loops[0]), limiter(&loops[1])
	take := func(m *Limiter, now time.Duration, n int) int {
		if m == gone {
			now -= time.Hour
		}
		return m.Take(now, n, n)
	}
	now := time.Hour
	take(here, now, 1000)
	for range 2 {
		take(gone, now, 10)
		take(here, now, 10)
		now += 10 * time.Millisecond
		if n := take(here, now, 10); n != 0 || here.at != now+grace {
			t.Fatalf("took %d before the one that is next, and waits until %v; want 0, %v",
				n, here.at, now+grace)
		}
		now = here.at
		if n := take(here, now, 10); n != 10 {
			t.Errorf("took %d after a moment of grace, want 10", n)
		}
		take(here, now, 15) // there are 5
		now += 10 * time.Millisecond
		if n := take(here, now, 15); n != 15 {
			t.Errorf("took %d while the other one is late, want 15", n)
		}
		take(here, now, 10)
		take(gone, now, 10)
		now += 10 * time.Millisecond
		if n := take(here, now, 10); n != 0 {
			t.Errorf("took %d before the one that has come, and waits longer", n)
		}
		if n := take(gone, now, 10); n != 10 {
			t.Errorf("the late one took %d when it came, want 10", n)
		}
		now += 10 * time.Millisecond
		if n := take(here, now, 10); n != 10 {
			t.Errorf("took %d in its turn, want 10", n)
		}
	}
}

// Each first has its own moment of grace to give, not what its forerunner has left of it.
func TestGraceIsOfTheFirst(t *testing.T) {
	var loops [2]loop
	s := NewShared(Rate{PerSecond: 1000, Burst: 1000}, time.Time{})
	waiters := [2]*Waiters{s.Join(&loops[0]), s.Join(&loops[1])}
	var m [4]*Limiter
	for i := range m { // in turn
		m[i] = NewLimiter(nil, Rate{}, waiters[i%2], 0, func() {})
	}
	m[0].Take(0, 1000, 1000)
	for i := range m {
		m[i].Take(0, 10, 10)
	}
	const tick = 10 * time.Millisecond // which brings 10
	for i, want := range []int{0, 10} {
		if n := m[1-i].Take(tick, 10, 10); n != want {
			t.Errorf("the first of loop %d took %d, want %d", 1-i, n, want)
		}
	}
	if n := m[1].Take(2*tick, 10, 10); n != 10 {
		t.Errorf("the second took %d in its turn, want 10", n)
	}
	if n := m[3].Take(3*tick, 10, 10); n != 0 || m[3].at != 3*tick+grace {
		t.Errorf("the last took %d before the third, waits until %v; want 0, %v",
			n, m[3].at, 3*tick+grace)
	}
}
