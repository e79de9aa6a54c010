package core

import (
	"os"
	"slices"
	"testing"
	"time"
)

// armMany returns a loop with many timers, an hour from now each: a million, or a tenth of that.
func armMany(t *testing.T) (*Loop, []*Timer) {
	t.Helper()
	n := 100_000
	if os.Getenv("ASYNCHAT_FULL") == "1" {
		n *= 10
	}
	l, err := New()
	if err != nil {
		t.Skipf("no poller: %v", err)
	}
	t.Cleanup(func() { l.Close() })
	timers := make([]*Timer, n)
	for i := range timers {
		timers[i] = l.After(time.Hour+time.Duration(i*7919%n)*time.Millisecond, func() {})
	}
	return l, timers
}

// B4: to put timers off costs O(1) each, however many there are: none of them moves. Nor does the heap grow.
func TestPuttingOffMovesNothing(t *testing.T) {
	l, timers := armMany(t)
	before := slices.Clone(l.timers)
	for range 3 {
		for _, timer := range timers {
			timer.Reset(3 * time.Hour)
		}
	}
	if !slices.Equal(before, l.timers) {
		t.Error("timers that were put off were moved")
	}
	if n := testing.AllocsPerRun(1, func() { timers[0].Reset(4 * time.Hour) }); n != 0 {
		t.Errorf("Reset allocates %v times", n)
	}
	l.timers.settle(l.clock())
	if !slices.Equal(before, l.timers) {
		t.Error("timers were moved before the time that they had at first")
	}
	if when, ok := l.NextTimer(); !ok || time.Until(when) < 2*time.Hour {
		t.Errorf("NextTimer() = %v, %t, want in 3 hours", when, ok)
	}
}

// The order of a heap: no child is before its parent, and each timer knows its place.
func checkHeap(t *testing.T, h timerHeap) {
	t.Helper()
	for i := range h {
		if parent := (i - 1) / fanOut; i > 0 && h.less(i, parent) {
			t.Fatalf("the timer at %d is before its parent", i)
		}
		if int(h[i].t.index) != i || h[i].key > h[i].t.when {
			t.Fatalf("the timer at %d believes to be at %d, with the key %d for %d", i, h[i].t.index, h[i].key, h[i].t.when)
		}
	}
}

// Memory that many timers needed once is given back, and nothing holds those that were stopped.
func TestTimersGiveMemoryBack(t *testing.T) {
	l, timers := armMany(t)
	most := cap(l.timers)
	checkHeap(t, l.timers)
	for i, timer := range timers {
		if timer.Stop(); i%10_000 == 0 {
			checkHeap(t, l.timers)
		}
		if n := len(l.timers); n > 1024 && cap(l.timers) > 8*n+1024 {
			t.Fatalf("room for %d timers, %d are armed", cap(l.timers), n)
		}
	}
	if len(l.timers) != 0 || cap(l.timers) > 1024 {
		t.Errorf("room for %d timers when none is armed, of %d at most", cap(l.timers), most)
	}
	for _, a := range l.timers[:cap(l.timers)] {
		if a.t != nil {
			t.Fatal("a stopped timer is still held")
		}
	}
}
