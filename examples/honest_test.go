//go:build linux

package examples

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// An honest client asks again and again, each time on a connection of its own, and notes how long
// the answer took.
type honest struct {
	*testing.T
	addr string
	took []time.Duration
}

// p99 makes n requests and returns the 99th percentile of the times that they took.
func (h *honest) p99(n int) time.Duration {
	h.Helper()
	h.took = h.took[:0]
	for range n {
		begun := time.Now()
		if err := visit(h.addr); err != nil {
			h.Fatalf("the honest client: %v", err)
		}
		h.took = append(h.took, time.Since(begun))
	}
	slices.Sort(h.took)
	return h.took[n*99/100]
}

// floor is the time below which a difference is noise: this machine has other things to do.
const floor = 2 * time.Millisecond

// judge fails the test if the honest client waits for much longer than without the others. That is
// the verdict of a machine that has nothing else to do, so it is only given where the proofs are
// whole.
func (h *honest) judge(busy, quiet time.Duration) {
	h.Helper()
	if full && busy > 5*max(quiet, floor) {
		h.Errorf("an honest client waits for %v, without the others for %v", busy, quiet)
	}
}

// calm is the p99 of the best of a few rounds.
func (h *honest) calm(rounds, n int) time.Duration {
	h.Helper()
	best := h.p99(n)
	for range rounds - 1 {
		best = min(best, h.p99(n))
	}
	return best
}

const (
	tooSlow    = "chat: element came too slowly"
	stalledOut = "chat: output stalled"
)

// A casualties list counts, by its reason, each connection that did not end as it should, as httpd
// -faults tells.
type casualties struct {
	mu sync.Mutex
	n  map[string]int
}

// faults reads what the server writes to standard error from now on.
func (s *server) faults() *casualties {
	c := &casualties{n: make(map[string]int)}
	go func() {
		for {
			line, err := s.stderr.ReadString('\n')
			if err != nil {
				return
			}
			if _, reason, ok := strings.Cut(strings.TrimSpace(line), "closed: "); ok {
				c.mu.Lock()
				c.n[reason]++
				c.mu.Unlock()
			}
		}
	}()
	return c
}

func (c *casualties) count(reason string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n[reason]
}

func (c *casualties) all() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.n)
}
