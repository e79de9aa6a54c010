package core_test

import (
	"testing"
	"time"

	"github.com/go-asynchat/asynchat/core"
)

func TestPollInsideAHandler(t *testing.T) {
	w := simulated(t)
	w.do(func() {
		if n, err := w.l.Poll(0); n != 0 || err == nil {
			t.Errorf("Poll inside a posted function = %d, %v, want an error", n, err)
		}
		w.note("post")
	})
	if n := w.turn(); n != 0 {
		t.Errorf("the next turn made %d calls, want 0", n)
	}
	w.check("post")
}

func TestPollCounts(t *testing.T) {
	w := simulated(t)
	c, far := w.watched(w.noting("a"), core.Readable)
	w.send(far, "x")
	w.l.Post(func() {})
	w.l.After(0, func() { c.Defer(); c.Close() })
	if n := w.turn(); n != 4 {
		t.Errorf("a turn with an event, a post, a timer and a close = %d calls, want 4", n)
	}
}

// S9, S10, S20, S23: Poll waits no longer than asked, nor than the first timer allows, and no less:
// also when nothing is registered, and when nothing is wanted.
func TestPollWaits(t *testing.T) {
	w := simulated(t)
	for i, tt := range []struct{ timeout, timer, waits time.Duration }{
		{time.Second, 0, time.Second},
		{time.Second, 0, time.Second},
		{time.Second, 2 * time.Second, time.Second},
		{3 * time.Second, 2 * time.Second, 2 * time.Second},
		{-1, 2 * time.Second, 2 * time.Second},
		{0, time.Second, 0},
		{-1, time.Nanosecond, time.Nanosecond},
	} {
		if i == 1 {
			w.watched(w.noting("a"), 0)
		}
		var timer *core.Timer
		if tt.timer > 0 {
			timer = w.l.After(tt.timer, func() {})
		}
		start := w.l.Now()
		if _, err := w.l.Poll(tt.timeout); err != nil {
			t.Errorf("Poll(%v): %v", tt.timeout, err)
		}
		if waited := w.l.Now().Sub(start); waited != tt.waits {
			t.Errorf("Poll(%v) with a timer of %v waited %v, want %v", tt.timeout, tt.timer, waited,
				tt.waits)
		}
		if timer != nil {
			timer.Stop()
		}
	}
}

func TestReadBuffer(t *testing.T) {
	w := simulated(t)
	w.do(func() {
		p := w.l.ReadBuffer()
		if len(p) != 64<<10 {
			t.Errorf("len(ReadBuffer()) = %d, want %d", len(p), 64<<10)
		}
		if q := w.l.ReadBuffer(); &q[0] != &p[0] {
			t.Error("two calls in one turn returned different buffers")
		}
	})
}
