package core

import (
	"runtime"
	"time"
)

// awaitFor is how long a loop looks for a post before it sleeps.
const awaitFor = 20 * time.Microsecond

// An awaiter looks for posts that are expected.
type awaiter struct {
	expected int
	soon     spinner // whether it is worth it
}

// A posting is what an awaiter needs of its loop.
type posting interface {
	hasPosted() bool
	clock() int64
}

// await lets those run who are expected to post something: twice, since the scheduler now and then
// takes up who has yielded before all others. If the loop sleeps otherwise, it looks again for as
// long as it is worth it.
func (a *awaiter) await(l posting, sleeps bool) {
	for range 2 {
		if runtime.Gosched(); l.hasPosted() {
			return
		}
	}
	if !sleeps || !a.soon.worthIt() {
		return
	}
	began := l.clock()
	for last := began; ; {
		runtime.Gosched()
		if l.hasPosted() {
			a.soon.caught()
			return
		}
		now := l.clock()
		if now-began >= int64(awaitFor) || now == last { // the clock of a simulation stands still
			a.soon.inVain()
			return
		}
		last = now
	}
}
