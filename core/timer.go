package core

import "time"

// A Timer calls a function on its loop, once or again and again. It is made by [Loop.After] and [Loop.Every], and used on the
// loop's goroutine only.
type Timer struct {
	loop  *Loop
	f     func()
	when  int64         // on the loop's clock
	every time.Duration // 0: once
	seq   uint64        // orders timers of one deadline, and tells old ones from those armed in this turn
	index int32         // in the heap; -1: not armed
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
	t.loop.timers.remove(int(t.index))
	return true
}

// Reset arms t to fire d from now, whether it is armed, stopped or has fired; a repeating one repeats from there. To put an armed
// timer off costs O(1), so that an idle timer can be reset at each message; otherwise it is O(log n).
func (t *Timer) Reset(d time.Duration) { t.arm(t.loop.clock() + int64(max(d, 0))) }

func (t *Timer) arm(when int64) {
	l := t.loop
	if when < 0 {
		when = maxTime // the sum was too large
	}
	l.timerSeq++
	t.when, t.seq = when, l.timerSeq
	switch {
	case t.index < 0:
		l.timers.push(t)
	case t.when < l.timers[t.index].key:
		l.timers.hasten(int(t.index))
	}
}

const maxTime = 1<<63 - 1

// clock returns the time since the loop was made.
func (l *Loop) clock() int64 { return int64(l.kernel.Now().Sub(l.start)) }

// NextTimer returns when the timer or deadline that comes next is due, if there is one.
func (l *Loop) NextTimer() (time.Time, bool) {
	l.timers.settle(maxTime)
	l.settleDeadlines()
	next, ok := l.nextKey()
	return l.start.Add(time.Duration(next)), ok
}

// nextKey returns when the loop has to look at its timers and deadlines again.
func (l *Loop) nextKey() (key int64, ok bool) {
	if len(l.timers) > 0 {
		key, ok = l.timers[0].key, true
	}
	if l.deadlines.len() > 0 && (!ok || l.deadlines.at(0).key < key) {
		key, ok = l.deadlines.at(0).key, true
	}
	return key, ok
}

// runTimers calls the timers that are due and were armed before it began, and returns how many.
func (l *Loop) runTimers() int {
	if len(l.timers) == 0 {
		return 0
	}
	now, last, n := l.clock(), l.timerSeq, 0
	for l.timers.settle(now) {
		t := l.timers[0].t
		if t.when > now || t.seq > last {
			break
		}
		l.timers.remove(0)
		if t.every > 0 {
			next := t.when + int64(t.every)
			if next < now {
				next = now + int64(t.every)
			}
			t.arm(next)
		}
		l.call("a timer", t.f)
		n++
	}
	l.stats.Timers += uint64(n)
	return n
}
