package core

import (
	"runtime"
	"time"
)

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

// waited learns from a wait that has ended. What woke the loop has taken its time, so a spin might
// have caught it even if the wait was longer than that.
func (s *spinner) waited(d time.Duration) { s.soon = d <= 2*s.limit }

// otherWork is the least time that a look and a yield take if another goroutine has run meanwhile.
const otherWork = 4 * time.Microsecond

// A looker is what a spinner needs of its loop.
type looker interface {
	poll(timeout time.Duration) (n int, err error)
	clock() int64
	called() bool // another goroutine wants something
}

// wait polls, and spins before that if it is worth it.
func (s *spinner) wait(l looker, timeout time.Duration) (int, error) {
	began := l.clock()
	if s.worthIt() {
		n, over, err := s.spin(l, began, timeout)
		if over || err != nil {
			s.caught()
			return n, err
		}
		if timeout > 0 {
			timeout = max(0, timeout-time.Duration(l.clock()-began))
		}
	}
	n, err := l.poll(timeout)
	s.waited(time.Duration(l.clock() - began))
	return n, err
}

// spin polls until there is something to do: then it is over. Otherwise the time is up, or another
// goroutine needs the processor.
func (s *spinner) spin(l looker, began int64, timeout time.Duration) (n int, over bool, err error) {
	limit := int64(s.limit)
	if timeout > 0 {
		limit = min(limit, int64(timeout))
	}
	alone := runtime.GOMAXPROCS(0) == 1
	for last := began; ; {
		n, err = l.poll(0)
		if n > 0 || err != nil || l.called() {
			return n, true, err
		}
		if alone {
			runtime.Gosched()
		}
		now := l.clock()
		if now-began >= limit || now == last { // the clock of a simulation stands still
			s.inVain()
			return 0, false, nil
		}
		if alone && now-last > int64(otherWork) {
			return 0, false, nil
		}
		last = now
	}
}
