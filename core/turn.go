package core

import (
	"errors"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/go-asynchat/asynchat/core/kernel"
)

var errTurning = errors.New("core: Poll called from within a handler of the same loop")

// Poll makes one turn. It waits at most timeout for an event, or forever if timeout is negative. It
// returns the number of callbacks, and [ErrClosed] after Close. A handler must not call it.
func (l *Loop) Poll(timeout time.Duration) (int, error) {
	if l.closing && !l.turning {
		return 0, ErrClosed
	}
	calls, _, err := l.turn(timeout, l.clock())
	return calls, err
}

// turn makes one turn that begins now and returns when it ended, which is when the next one begins
// if the loop runs.
func (l *Loop) turn(timeout time.Duration, now int64) (calls int, ended int64, err error) {
	if l.turning {
		return 0, now, errTurning
	}
	l.turning = true
	defer l.endTurn()

	last := l.timers.Last()
	calls = l.beforeWait(timeout, now)
	n, err := l.wait(timeout, now)
	if err != nil {
		return 0, now, err
	}
	l.ready = n
	l.stats.Turns++
	l.stats.Events += uint64(n)
	l.beginNextTurn()
	for _, e := range l.events[:n] {
		if d := l.slots.Find(e.Token); d != nil {
			if l.watchdog == nil {
				l.dispatch(d, e.Ready)
			} else {
				l.dispatchWatched(d, e.Ready)
			}
			if len(l.deferred) > 0 {
				l.runDeferred()
			}
			calls++
		}
	}
	l.deferDue()
	if n == len(l.events) && n < maxEvents {
		l.events = make([]kernel.Event, 4*n)
	}
	calls += l.runPosted()
	calls += l.runTimers(last)
	calls += l.runDeadlines()
	calls += l.runDeferred()
	calls += l.runCloses()
	ended = l.clock()
	l.measure(ended)
	l.heldUp(ended - l.now)
	return calls, ended, nil
}

// An idle loop of a test should be small, a busy one should not return to the poller for every few
// events.
const minEvents, maxEvents = 16, 1024

// beforeWait looks for what is expected, and calls those who wait until the loop is idle, or have
// waited for long. It returns how many it called.
func (l *Loop) beforeWait(timeout time.Duration, now int64) int {
	if l.awaiter.expected > 0 {
		l.awaiter.await(l, timeout != 0 && !l.busy())
	} else {
		l.yielder.yield(now)
	}
	if len(l.idlers) == 0 {
		return 0
	}
	l.now = now // or their clock would show when the last turn began, less what has held that up
	return l.runIdlers(!l.busy() && !l.hasPosted(), now)
}

func (l *Loop) wait(timeout time.Duration, now int64) (int, error) {
	if l.events == nil {
		l.events = make([]kernel.Event, minEvents)
	}
	if l.busy() {
		timeout = 0
	} else if next, ok := l.nextTime(); ok && timeout != 0 {
		if due := time.Duration(max(0, next-now)); timeout < 0 || due < timeout {
			timeout = due
		}
	}
	n, err := l.sleep(&timeout)
	if err != nil {
		return 0, err
	}
	l.now = l.clock()
	if l.awaiter.expected > 0 && timeout != 0 {
		l.awaiter.soon.waited(time.Duration(l.now - now))
	}
	if timeout >= 0 {
		l.heldUp(l.now - now - int64(timeout))
	}
	if n == 0 && timeout != 0 {
		if next, ok := l.nextTime(); ok && next <= l.now {
			// The time is up, or there was a signal, and nobody has looked since.
			now = l.now
			n, err = l.poll(0)
		}
	}
	l.looked(now, n)
	return n, err
}

// busy reports whether something is left to do in the next turn.
func (l *Loop) busy() bool {
	return len(l.deferred) > 0 || len(l.nextTurn) > 0 || len(l.closings) > 0 || l.stopped.Load()
}

// looked takes note of a look that began at the time now and found n events. Timers and deadlines
// run that were due before a look for all that is ready began: what has come in time is delivered
// before somebody is found to be late. A full batch leaves some out; they come in further ones.
func (l *Loop) looked(now int64, n int) {
	if n < len(l.events) {
		l.seen, l.reported = now, 0
		return
	}
	if l.reported == 0 {
		l.round = now
	}
	if l.reported += n; l.reported >= l.slots.Len() {
		l.seen, l.reported = l.round, 0
	}
}

// hiccup is how long a turn may take, and how late a wait may end, before the loop counts as held
// up: a long callback, or a process that was stopped.
const hiccup = 100 * time.Millisecond

// heldUp stops the clock of deadlines for what is more than that.
func (l *Loop) heldUp(d int64) { l.held += max(0, d-int64(hiccup)) }

// sleep waits in the poller. If somebody has posted something, the timeout becomes 0.
func (l *Loop) sleep(timeout *time.Duration) (int, error) {
	l.mu.Lock()
	if len(l.posted) > 0 {
		*timeout = 0
	}
	l.sleeping = *timeout != 0
	l.parked = l.sleeping && l.parker != nil && l.awaiter.expected > 0
	l.publish()
	l.mu.Unlock()
	n, err := l.look(*timeout)
	if *timeout != 0 {
		l.mu.Lock()
		l.sleeping, l.parked = false, false
		l.mu.Unlock()
	}
	return n, err
}

func (l *Loop) endTurn() {
	l.turning = false
	l.buffer.giveBack()
}

// look is Wait of the poller, for a loop that may spin before.
func (l *Loop) look(timeout time.Duration) (int, error) {
	if timeout == 0 || l.spinner.limit == 0 {
		return l.poll(timeout)
	}
	return l.spinner.wait(l, timeout)
}

func (l *Loop) poll(timeout time.Duration) (int, error) {
	if l.parked && timeout != 0 {
		return l.parker.Park(l.events, timeout)
	}
	return l.poller.Wait(l.events, timeout)
}

// called reports whether another goroutine wants something of the loop: the poller has swallowed
// the wake.
func (l *Loop) called() bool { return l.stopped.Load() || l.woken.Load() && l.woken.Swap(false) }

// dispatchWatched makes the calls for one event, under the eyes of the watchdog.
func (l *Loop) dispatchWatched(d *Dispatcher, r Ready) {
	l.watchdog.enter("an event", d.handler)
	defer l.watchdog.leave()
	l.dispatch(d, r)
}

// call makes one call that belongs to no dispatcher.
func (l *Loop) call(what string, f func()) {
	if l.watchdog != nil {
		l.watchdog.enter(what, f)
		defer l.watchdog.leave()
	}
	defer l.runDeferred()
	defer l.logPanic(what, nil)
	f()
}

// logPanic is deferred around a call whose panic closes nothing.
func (l *Loop) logPanic(where string, handler any) {
	if v := recover(); v != nil {
		l.logPanicOf(handler, where, &PanicError{Value: v, Stack: debug.Stack()})
	}
}

func (l *Loop) logPanicOf(handler any, where string, err *PanicError) {
	l.seldom.log(l.Now(), func() *slog.Logger { return l.loggerOf(handler) }, slog.LevelError,
		"panic in "+where, "panic", err.Value, "stack", string(err.Stack))
}
