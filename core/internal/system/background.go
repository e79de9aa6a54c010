//go:build (unix && !aix) || windows

package system

import "sync"

// A crew is the goroutines of one kernel that do what may block. What comes in a burst is done by
// few of them, one work after the other: while works wait, another goroutine is about to look,
// which is the next to run if a work blocks, or there is a processor for it. None is kept that has
// nothing to do.
type crew struct {
	mu      sync.Mutex
	waiting []func()
	first   int  // those before it are taken
	coming  bool // a goroutine has been started that has not looked yet
}

// do has work done on another goroutine.
func (c *crew) do(work func()) {
	c.mu.Lock()
	if c.first > len(c.waiting)/2 && len(c.waiting) == cap(c.waiting) {
		n := copy(c.waiting, c.waiting[c.first:])
		clear(c.waiting[n:])
		c.waiting, c.first = c.waiting[:n], 0
	}
	c.waiting = append(c.waiting, work)
	starts := !c.coming
	c.coming = true
	c.mu.Unlock()
	if starts {
		go c.run()
	}
}

// run does what waits. A work may end the goroutine: whoever is coming does the rest.
func (c *crew) run() {
	for work := c.take(true); work != nil; work = c.take(false) {
		work()
	}
}

// take returns what has waited longest, nil if there is nothing. arrives says that the goroutine
// was coming.
func (c *crew) take(arrives bool) (work func()) {
	c.mu.Lock()
	if arrives {
		c.coming = false
	}
	if c.first < len(c.waiting) {
		work, c.waiting[c.first] = c.waiting[c.first], nil
		c.first++
	}
	starts := c.first < len(c.waiting) && !c.coming
	switch {
	case starts:
		c.coming = true
	case c.first == len(c.waiting):
		c.waiting, c.first = c.waiting[:0], 0
	}
	c.mu.Unlock()
	if starts {
		go c.run()
	}
	return work
}
