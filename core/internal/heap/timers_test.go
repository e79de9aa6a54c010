package heap

import (
	"os"
	"slices"
	"testing"
)

const hour = 3600 * 1000

// armMany returns many timers, an hour from now each: a million, or a tenth of that.
func armMany() (*Timers, []*Timer) {
	n := 100_000
	if os.Getenv("ASYNCHAT_FULL") == "1" {
		n *= 10
	}
	ts, timers := &Timers{}, make([]*Timer, n)
	for i := range timers {
		timers[i] = &Timer{}
		ts.Arm(timers[i], hour+int64(i*7919%n))
	}
	return ts, timers
}

// B4: to put timers off costs O(1) each, however many there are: none of them moves. Nor does the
// heap grow.
func TestPuttingOffMovesNothing(t *testing.T) {
	ts, timers := armMany()
	before := slices.Clone(ts.heap)
	for range 3 {
		for _, timer := range timers {
			ts.Arm(timer, 3*hour)
		}
	}
	if !slices.Equal(before, ts.heap) {
		t.Error("timers that were put off were moved")
	}
	if n := testing.AllocsPerRun(1, func() { ts.Arm(timers[0], 4*hour) }); n != 0 {
		t.Errorf("Arm allocates %v times", n)
	}
	ts.Settle(hour - 1)
	if !slices.Equal(before, ts.heap) {
		t.Error("timers were moved before the time that they had at first")
	}
	ts.Settle(4 * hour)
	if when, ok := ts.Next(); !ok || when != 3*hour {
		t.Errorf("Next() = %v, %t, want %v", when, ok, 3*hour)
	}
}

// The order of a heap: no child is before its parent, and each timer knows its place.
func checkHeap(t *testing.T, h timerHeap) {
	t.Helper()
	for i := range h {
		if parent := (i - 1) / fanOut; i > 0 && h.less(i, parent) {
			t.Fatalf("the timer at %d is before its parent", i)
		}
		if int(h[i].t.place) != i+1 || h[i].key > h[i].t.when {
			t.Fatalf("the timer at %d believes to be at %d, with the key %d for %d",
				i, h[i].t.place-1, h[i].key, h[i].t.when)
		}
	}
}

// Memory that many timers needed once is given back, and nothing holds those that were stopped.
func TestTimersGiveMemoryBack(t *testing.T) {
	ts, timers := armMany()
	most := cap(ts.heap)
	checkHeap(t, ts.heap)
	for i, timer := range timers {
		if ts.Disarm(timer); i%10_000 == 0 {
			checkHeap(t, ts.heap)
		}
		if n := len(ts.heap); n > 1024 && cap(ts.heap) > 8*n+1024 {
			t.Fatalf("room for %d timers, %d are armed", cap(ts.heap), n)
		}
	}
	if len(ts.heap) != 0 || cap(ts.heap) > 1024 {
		t.Errorf("room for %d timers when none is armed, of %d at most", cap(ts.heap), most)
	}
	for _, a := range ts.heap[:cap(ts.heap)] {
		if a.t != nil {
			t.Fatal("a stopped timer is still held")
		}
	}
}
