package core

import (
	"syscall"
	"time"
)

// Post queues f to be run on the loop's goroutine, in its next turn. Any goroutine may call it. If
// it returns nil, f runs once, even if the loop is closed meanwhile; otherwise it returns
// [ErrClosed] and f does not run. Functions posted by one goroutine run in that order.
func (l *Loop) Post(f func()) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return ErrClosed
	}
	l.posted = append(l.posted, f)
	if l.sleeping {
		l.sleeping = !l.wakePoller() // one wake is enough
	}
	return nil
}

// Expect adds n to the number of posts that the loop expects from goroutines that work for it. When
// posts have come, or will not come, call Expect with a negative n. A loop that expects posts lets
// other goroutines run before it queries the poller, and waits for a moment before it sleeps. If
// its poller supports this, a post then wakes it without a system call: see [kernel.Parker]. In
// such a sleep an event costs more, so a loop that expects no post sleeps as usual. Expect is
// called on the loop's goroutine.
func (l *Loop) Expect(n int) { l.awaiter.expected += n }

func (l *Loop) hasPosted() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.posted) > 0
}

// Local returns a value that a package on top of core keeps with the loop. The first call for a
// loop calls create to make the value. Each loop has one such value. Any goroutine may call it.
func (l *Loop) Local(create func() any) any {
	if v := l.local.Load(); v != nil { // as always but once: it is asked for at each event
		return *v
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	v := l.local.Load()
	if v == nil {
		made := create()
		v = &made
		l.local.Store(v)
	}
	return *v
}

// wake ends a wait in progress or to come. The lock keeps the poller from being closed, and its
// descriptor from being somebody else's, while it is woken.
func (l *Loop) wake() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed {
		l.wakePoller()
	}
}

// wakeAgain is how long after a wake that failed the next one is tried.
const wakeAgain = 10 * time.Millisecond

// wakePoller reports whether it has woken the poller. If not, it will be tried again: nobody else
// may come to wake the loop.
func (l *Loop) wakePoller() bool {
	l.woken.Store(true)
	if l.parked && l.parker.Unpark() == nil {
		return true
	}
	err := l.poller.Wake()
	for err == syscall.EINTR {
		err = l.poller.Wake()
	}
	if err != nil {
		time.AfterFunc(wakeAgain, l.wake)
	}
	return err == nil
}

// runPosted calls what was posted before it began, and returns how many.
func (l *Loop) runPosted() int {
	l.mu.Lock()
	l.batch, l.posted, l.spareBatch = l.posted, l.spareBatch, nil
	l.mu.Unlock()
	batch := l.batch
	for i, f := range batch {
		batch[i] = nil
		l.call("a posted function", f)
	}
	l.stats.Posted += uint64(len(batch))
	l.batch, l.spareBatch = nil, batch[:0]
	return len(batch)
}
