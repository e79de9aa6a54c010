package core

import (
	"runtime"
	"time"
)

// yieldEvery is how often a loop yields. A goroutine that Go's scheduler has not chosen for 10 ms
// counts as one that is to be preempted, also if it has waited in the poller meanwhile. From then
// on it loses its processor in each system call that waits, and to get that back takes as long as
// to be woken.
const yieldEvery = 8 * time.Millisecond

// A yielder has the scheduler choose the loop's goroutine anew, now and then.
type yielder struct{ last int64 }

func (y *yielder) yield(now int64) {
	if now-y.last >= int64(yieldEvery) {
		y.last = now
		runtime.Gosched()
	}
}
