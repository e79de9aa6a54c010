package core

import (
	"runtime"
	"time"
)

// WithSpin lets a loop that has nothing to do look again and again for up to limit before it sleeps. To be put to sleep and woken costs tens
// of microseconds, on virtual machines above all, so with few connections that are answered at once this is faster and costs less: 50 µs is
// enough. It tunes itself: the loop spins only if the last wait was about as short as that, and after a spin in vain it leaves 1, 3, 7 … up to 127 waits
// alone. An idle loop does not spin. Where there is one processor for all goroutines, it yields to the others after each look, and sleeps if
// one had something to do.
//
// It is off by default. It is of no use to a loop that is busy, and takes power that other programs of the machine may want.
func WithSpin(limit time.Duration) Option {
	return func(o *options) { o.spin = max(limit, 0) }
}

// A spinner decides whether it is worth it.
type spinner struct {
	limit time.Duration // 0: never
	soon  bool          // the last wait was short
	rest  uint8         // waits to be left alone
	next  uint8         // how many after the next spin in vain
}

const mostRest = 127

func (s *spinner) worthIt() bool {
	if !s.soon {
		return false
	}
	if s.rest > 0 {
		s.rest--
		return false
	}
	return true
}

func (s *spinner) caught() { s.next = 0 }

func (s *spinner) inVain() {
	s.next = min(2*s.next+1, mostRest)
	s.rest = s.next
}

// waited learns from a wait that has ended. What woke the loop has taken its time, so a spin might have caught it even if the wait was longer
// than that.
func (s *spinner) waited(d time.Duration) { s.soon = d <= 2*s.limit }

// otherWork is the least time that a look and a yield take if another goroutine has run meanwhile.
const otherWork = 4 * time.Microsecond

// look is Wait of the poller for a loop that may spin before.
func (l *Loop) look(timeout time.Duration) (int, error) {
	s := &l.spinner
	if s.limit == 0 || timeout == 0 {
		return l.poller.Wait(l.events, timeout)
	}
	began := l.clock()
	if s.worthIt() {
		n, over, err := l.spin(began, timeout)
		if over || err != nil {
			s.caught()
			return n, err
		}
		if timeout > 0 {
			timeout = max(0, timeout-time.Duration(l.clock()-began))
		}
	}
	n, err := l.poller.Wait(l.events, timeout)
	s.waited(time.Duration(l.clock() - began))
	return n, err
}

// spin polls until there is something to do: then it is over. Otherwise the time is up, or another goroutine needs the processor.
func (l *Loop) spin(began int64, timeout time.Duration) (n int, over bool, err error) {
	limit := int64(l.spinner.limit)
	if timeout > 0 {
		limit = min(limit, int64(timeout))
	}
	alone := runtime.GOMAXPROCS(0) == 1
	for last := began; ; {
		n, err = l.poller.Wait(l.events, 0)
		if n > 0 || err != nil || l.called() {
			return n, true, err
		}
		if alone {
			runtime.Gosched()
		}
		now := l.clock()
		if now-began >= limit || now == last { // the clock of a simulation stands still
			l.spinner.inVain()
			return 0, false, nil
		}
		if alone && now-last > int64(otherWork) {
			return 0, false, nil
		}
		last = now
	}
}

// called reports whether another goroutine wants something of the loop: the poller has swallowed the wake.
func (l *Loop) called() bool { return l.stopped.Load() || l.woken.Load() && l.woken.Swap(false) }
