package core

import (
	"time"

	"github.com/go-asynchat/asynchat/core/internal/heap"
)

// A Timer calls a function on its loop, once or repeatedly. It is made by [Loop.After] and
// [Loop.Every], and used on the loop's goroutine only.
type Timer struct {
	loop  *Loop
	timer heap.Timer // its times are on the loop's clock
}

// After arms a timer that calls f once, on the loop, d from now. If d is not positive, f is called
// in the next turn. The cost is O(log n).
func (l *Loop) After(d time.Duration, f func()) *Timer {
	t := &Timer{loop: l, timer: heap.Timer{F: f}}
	t.Reset(d)
	return t
}

// Every arms a timer that calls f every d, on the loop. If a busy loop misses calls, they are
// skipped. It panics if d is not positive.
func (l *Loop) Every(d time.Duration, f func()) *Timer {
	if d <= 0 {
		panic("core: Every needs a positive duration")
	}
	t := &Timer{loop: l, timer: heap.Timer{F: f, Every: d}}
	t.Reset(d)
	return t
}

// Timeout calls f when d has passed on the loop's Clock, which does not count delays of the loop.
// Use it to limit the time that a peer may take. stop cancels the call.
func (l *Loop) Timeout(d time.Duration, f func()) (stop func()) {
	var t *Timer
	end := l.clock() - l.held + int64(d)
	t = l.After(d, func() {
		if left := end - (l.clock() - l.held); left > 0 {
			t.Reset(time.Duration(left))
			return
		}
		f()
	})
	return func() { t.Stop() }
}

// Stop disarms t and reports whether t was armed. Afterwards f is not called. The cost is O(log n).
func (t *Timer) Stop() bool { return t.loop.timers.Disarm(&t.timer) }

// When returns the time on the loop's clock at which t will fire, and whether t is armed.
func (t *Timer) When() (at time.Duration, armed bool) {
	when, armed := t.timer.When()
	return time.Duration(when), armed
}

// Reset arms t to fire d from now, whether it is armed, stopped or has fired. A repeating timer
// repeats from then on. To postpone an armed timer costs O(1), so that an idle timer can be reset
// at each message; otherwise Reset costs O(log n).
func (t *Timer) Reset(d time.Duration) {
	t.loop.arm(&t.timer, t.loop.clock()+int64(max(d, 0)))
}

func (l *Loop) arm(t *heap.Timer, when int64) {
	if when < 0 {
		when = maxTime // the sum was too large
	}
	l.timers.Arm(t, when)
}

const maxTime = 1<<63 - 1

// clock returns the time since the loop was made.
func (l *Loop) clock() int64 { return int64(l.kernel.Now().Sub(l.start)) }

// NextTimer returns the time at which the next timer or deadline is due, and whether there is one.
func (l *Loop) NextTimer() (time.Time, bool) {
	l.timers.Settle(maxTime)
	l.settleDeadlines(maxTime)
	next, ok := l.nextTime()
	return l.start.Add(time.Duration(next)), ok
}

// nextTime returns when the loop has to look at its timers and deadlines again.
func (l *Loop) nextTime() (at int64, ok bool) {
	at, ok = l.timers.Next()
	if l.deadlines.Len() > 0 && (!ok || l.deadlines.First().At+l.held < at) {
		at, ok = l.deadlines.First().At+l.held, true
	}
	return at, ok
}

// runTimers calls the timers that were due before the loop has looked for what is ready, and were
// armed before the turn began, as the mark last says. It returns how many.
func (l *Loop) runTimers(last uint64) int {
	if l.timers.Len() == 0 {
		return 0
	}
	now, n := l.seen, 0
	for {
		t, when := l.timers.Due(now, last)
		if t == nil {
			break
		}
		if t.Every > 0 {
			next := when + int64(t.Every)
			if next < now {
				next = now + int64(t.Every)
			}
			l.arm(t, next)
		}
		l.call("a timer", t.F)
		n++
	}
	l.stats.Timers += uint64(n)
	return n
}
