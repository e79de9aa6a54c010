//go:build (unix && !aix) || windows

package system

import (
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// A burst of works is done by few goroutines, and nothing is kept of it.
func TestFewDoMany(t *testing.T) {
	const many = 1000
	c := crew{coming: true} // so that none is started yet
	var goroutines sync.Map
	var started, done atomic.Int64
	for range many {
		c.do(func() {
			buf := make([]byte, len("goroutine 1234567890"))
			id, _, _ := strings.Cut(string(buf[:runtime.Stack(buf, false)]), " [")
			if _, seen := goroutines.LoadOrStore(id, true); !seen {
				started.Add(1)
			}
			done.Add(1)
		})
	}
	var all sync.WaitGroup
	all.Go(c.run)
	all.Wait()
	for done.Load() < many {
		runtime.Gosched()
	}
	if n := started.Load(); n > many/4 { // usually one for each processor, and one that is coming
		t.Errorf("%d goroutines for a burst of %d works", n, many)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.waiting) != 0 || c.first != 0 {
		t.Errorf("%d of %d are kept", c.first, len(c.waiting))
	}
}

// Where works always wait, the memory of the queue is bounded by how many.
func TestQueueOfWorkIsBounded(t *testing.T) {
	c := crew{coming: true}
	for range 10 {
		c.do(func() {})
	}
	for range 10_000 {
		c.do(func() {})
		c.take(false)
	}
	if n := cap(c.waiting); n > 64 {
		t.Errorf("room for %d works where 10 wait", n)
	}
}
