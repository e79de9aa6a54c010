package core

import (
	"time"

	"github.com/go-asynchat/asynchat/core/internal/heap"
	"github.com/go-asynchat/asynchat/internal/inside"
)

// Deadlines are for what every connection needs and hardly any meets: timeouts. Unlike a [Timer] a
// deadline is part of its dispatcher, costs no memory but 16 bytes while it is set, and is closed
// with it.

// Clock returns the time from the creation of the loop to the beginning of the turn, without
// reading the system's clock. SetDeadline uses this clock. While a long callback or a stopped
// process delays the loop, the loop cannot read input. So Clock stands still then, except for the
// first 100 ms of each delay.
func (l *Loop) Clock() time.Duration {
	if !l.turning {
		l.now = l.clock()
	}
	return time.Duration(l.now - l.held)
}

// Epoch returns the time at which Clock was 0, corrected by all delays of the loop. So Epoch plus
// Clock is comparable between loops, if both are read together.
func (l *Loop) Epoch() time.Time { return l.start.Add(time.Duration(l.held)) }

// SetDeadline makes the loop call HandleDeadline once its clock has reached at; 0 removes the
// deadline. A dispatcher has one deadline: a handler with several sets the earliest, and then the
// next. To postpone or remove it costs O(1), so an idle timeout can be postponed at each message.
// To move it to an earlier time costs O(log n).
func (d *Dispatcher) SetDeadline(at time.Duration) {
	d.deadline = int64(at)
	if at > 0 && (d.armed == 0 || d.deadline < d.armed) && !d.Closed() && d.flags&registered != 0 {
		d.arm(d.deadline)
	}
}

// arm places the dispatcher in the heap. One that is there already, with a later key, is found to
// be stale when that comes.
func (d *Dispatcher) arm(key int64) {
	d.armed = key
	d.loop.deadlines.Push(heap.Deadline{At: key, Token: d.token})
}

// runDeadlines calls those whose deadline had come before the loop has looked for what is ready,
// and returns how many. Those that are set meanwhile are for the next turn, even if they have come:
// a handler that sets one in the past would keep the loop for ever.
func (l *Loop) runDeadlines() (n int) {
	now := l.seen - l.held
	if l.deadlines.Len() == 0 || l.deadlines.First().At > now {
		return 0
	}
	l.rung = l.rung[:0]
	for l.deadlines.Len() > 0 && l.deadlines.First().At <= now {
		l.rung = append(l.rung, l.deadlines.Pop())
	}
	for _, e := range l.rung {
		d := l.slots.Find(e.Token)
		switch {
		case d == nil || d.armed != e.At: // closed, or hastened
		case d.deadline == 0:
			d.armed = 0
		case d.deadline > now: // put off
			d.arm(d.deadline)
		default:
			d.armed, d.deadline = 0, 0
			l.callDeadline(d)
			n++
		}
	}
	l.settleDeadlines(now + lookAhead)
	return n
}

// lookAhead is how much earlier the loop finds deadlines stale that come soon after another: it
// need not wake for each of thousands of connections, whose first deadlines have all been put off.
const lookAhead = int64(100 * time.Millisecond)

// settleDeadlines leaves a deadline on top that is true, or that comes after until.
func (l *Loop) settleDeadlines(until int64) {
	for l.deadlines.Len() > 0 {
		e := l.deadlines.First()
		d := l.slots.Find(e.Token)
		live := d != nil && d.armed == e.At && d.deadline > 0
		if e.At > until || live && d.deadline <= e.At {
			return
		}
		l.deadlines.Pop()
		if live {
			d.arm(d.deadline)
		} else if d != nil && d.armed == e.At {
			d.armed = 0
		}
	}
}

func (l *Loop) callDeadline(d *Dispatcher) {
	if l.watchdog != nil {
		l.watchdog.enter("HandleDeadline", d.handler)
		defer l.watchdog.leave()
	}
	defer l.runDeferred()
	d.guard(func() {
		if h, ok := d.handler.(inside.DeadlineHandler); ok {
			h.HandleDeadline()
		}
	})
}
