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

// The first of a loop that does not come when it could is passed over after a moment, and taken for
// late until it does; of those that come, the one that has waited longest is first.
func TestGrace(t *testing.T) {
	s := NewShared(Rate{PerSecond: 1000, Burst: 1000}, time.Time{})
	var loops [2]loop
	limiter := func(l *loop) *Limiter { return NewLimiter(nil, Rate{}, s.Join(l), 0, func() {}) }
	gone, here := limiter(&loops[0]), limiter(&loops[1])
	here.Take(0, 1000, 1)
	gone.Take(0, 10, 10)
	here.Take(0, 10, 10)
	now := here.at
	if n := here.Take(now, 10, 10); n != 0 || here.at != now+grace {
		t.Fatalf("took %d before the one that is next, and waits until %v; want 0, %v",
			n, here.at, now+grace)
	}
	now = here.at
	if n := here.Take(now, 10, 10); n != 10 {
		t.Errorf("took %d after a moment of grace, want 10", n)
	}
	now += 10 * time.Millisecond
	if here.Take(now-1, 20, 20); s.next() != here.shared {
		t.Error("one that is late is before one that comes")
	}
	now = here.at
	if n := here.Take(now, 20, 20); n == 0 {
		t.Error("it waits once more for one that is late")
	}
	if n := gone.Take(now+10*time.Millisecond, 10, 10); n != 10 {
		t.Errorf("the late one took %d when it came, want 10", n)
	}
}
