//go:build (unix && !aix) || windows

package system

import (
	"runtime"
	"sync"
	"testing"
)

// A burst of works is done by few goroutines, and nothing is kept of it.
func TestFewDoMany(t *testing.T) {
	const many = 1000
	c := crew{coming: true} // so that none is started yet
	before := runtime.NumGoroutine()
	var mu sync.Mutex
	most, done := 0, 0
	for range many {
		c.do(func() {
			mu.Lock()
			defer mu.Unlock()
			most = max(most, runtime.NumGoroutine())
			done++
		})
	}
	var all sync.WaitGroup
	all.Go(c.run)
	all.Wait()
	for ended := false; !ended; runtime.Gosched() {
		mu.Lock()
		ended = done == many
		mu.Unlock()
	}
	// One for each processor, one that is coming, and some that have nothing left and are ending.
	if limit := before + 3*(runtime.GOMAXPROCS(0)+2); most > limit {
		t.Errorf("%d goroutines for a burst of %d works, at most %d wanted", most, many, limit)
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
