package core

import (
	"container/heap"
	"time"
)

// A Timer calls a function on its loop, once or again and again. It is made by [Loop.After] and [Loop.Every], and used on the
// loop's goroutine only.
type Timer struct {
	loop  *Loop
	f     func()
	when  time.Time
	every time.Duration // 0: once
	seq   uint64        // orders timers of one deadline, and tells old ones from those armed in this turn
	index int           // in the heap; -1: not armed
}

// After arms a timer that calls f once, on the loop, d from now; if d is not positive, in the next turn. O(log n).
func (l *Loop) After(d time.Duration, f func()) *Timer {
	t := &Timer{loop: l, f: f, index: -1}
	t.Reset(d)
	return t
}

// Every arms a timer that calls f every d, on the loop. Calls that a busy loop missed are not made up for. It panics if d is
// not positive.
func (l *Loop) Every(d time.Duration, f func()) *Timer {
	if d <= 0 {
		panic("core: Every needs a positive duration")
	}
	t := &Timer{loop: l, f: f, every: d, index: -1}
	t.Reset(d)
	return t
}

// Stop disarms t and reports whether it was armed. f is not called any more. O(log n).
func (t *Timer) Stop() bool {
	if t.index < 0 {
		return false
	}
	heap.Remove(&t.loop.timers, t.index)
	return true
}

// Reset arms t to fire d from now, whether it is armed, stopped or has fired; a repeating one repeats from there. O(log n).
func (t *Timer) Reset(d time.Duration) { t.arm(t.loop.kernel.Now().Add(max(d, 0))) }

func (t *Timer) arm(when time.Time) {
	l := t.loop
	l.timerSeq++
	t.when, t.seq = when, l.timerSeq
	if t.index < 0 {
		heap.Push(&l.timers, t)
	} else {
		heap.Fix(&l.timers, t.index)
	}
}

// NextTimer returns the deadline of the timer that fires next, if one is armed.
func (l *Loop) NextTimer() (time.Time, bool) {
	if len(l.timers) == 0 {
		return time.Time{}, false
	}
	return l.timers[0].when, true
}

// runTimers calls the timers that are due and were armed before it began, and returns how many.
func (l *Loop) runTimers() int {
	if len(l.timers) == 0 {
		return 0
	}
	now, last, n := l.kernel.Now(), l.timerSeq, 0
	for len(l.timers) > 0 {
		t := l.timers[0]
		if t.when.After(now) || t.seq > last {
			break
		}
		heap.Pop(&l.timers)
		if t.every > 0 {
			next := t.when.Add(t.every)
			if next.Before(now) {
				next = now.Add(t.every)
			}
			t.arm(next)
		}
		l.call("a timer", t.f)
		n++
	}
	return n
}

type timerHeap []*Timer

func (h timerHeap) Len() int { return len(h) }

func (h timerHeap) Less(i, j int) bool {
	if h[i].when.Equal(h[j].when) {
		return h[i].seq < h[j].seq
	}
	return h[i].when.Before(h[j].when)
}

func (h timerHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

func (h *timerHeap) Push(v any) {
	t := v.(*Timer)
	t.index = len(*h)
	*h = append(*h, t)
}

func (h *timerHeap) Pop() any {
	old := *h
	t := old[len(old)-1]
	old[len(old)-1] = nil
	t.index = -1
	*h = old[:len(old)-1]
	return t
}
