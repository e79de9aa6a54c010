package chattest

import (
	"testing"
	"time"

	"github.com/go-asynchat/asynchat/chat"
)

const (
	growth     = 16                     // how much more work is compared
	tolerance  = 4                      // and how much more than that many times the cost is too much: quadratic would be growth
	shortest   = 200 * time.Microsecond // a time that can be measured
	rounds     = 5                      // of which the best counts
	attempts   = 3                      // before a time counts as bad
	maxDoubles = 12
)

// Linear fails the test if f(16n) costs much more than 16 times what f(n) does. f does the work for n units, such as lines of input, and
// returns what it has counted of it, such as bytes looked at: that is then its cost, which is exact. If it returns 0, its time is, the best of
// several; n is doubled until it takes long enough to be measured, and three attempts must fail. The cost may grow to four times
// the linear one: that of n log n passes, that of n² is 16 times.
//
//	chattest.Linear(t, 1000, func(n int) int {
//		c := chattest.NewConn(t, newSession)
//		for range n {
//			c.SendString("x") // never a line end
//		}
//		return 0
//	})
func Linear(tb testing.TB, n int, f func(n int) int) {
	tb.Helper()
	if counted := f(n); counted > 0 {
		if more := f(growth * n); more > tolerance*growth*counted {
			tb.Errorf("chattest: not linear: %d units cost %d, %d units cost %d, which is %.1f times as much for each",
				n, counted, growth*n, more, float64(more)/float64(growth*counted))
		}
		return
	}
	for range maxDoubles {
		if clock(f, n) >= shortest {
			break
		}
		n *= 2
	}
	var few, many time.Duration
	for range attempts {
		few, many = time.Hour, time.Hour
		for range rounds {
			few = min(few, clock(f, n))
		}
		for i := range rounds {
			if many = min(many, clock(f, growth*n)); many <= tolerance*growth*few {
				return
			}
			if i > 0 && many > 2*tolerance*growth*few {
				break // no noise is that loud twice
			}
		}
	}
	tb.Errorf("chattest: not linear: %d units take %v, %d units take %v, which is %.1f times as long for each",
		n, few, growth*n, many, float64(many)/float64(growth*few))
}

func clock(f func(int) int, n int) time.Duration {
	start := time.Now()
	f(n)
	return time.Since(start)
}

// AllocsPerElement returns how many allocations an element costs in the long run, as testing.AllocsPerRun does for a function: those of the
// channel and its handler, when stream, which must hold whole elements, is sent to it again and again. It skips the test under the race
// detector, which allocates too.
func AllocsPerElement(tb testing.TB, h chat.NewHandler, stream string) float64 {
	tb.Helper()
	if raceEnabled {
		tb.Skip("chattest: the race detector allocates")
	}
	c := NewConn(tb, h)
	in := []byte(stream)
	c.Send(in)
	elements := 0
	for _, call := range c.Calls() {
		if call == kindNames[found] {
			elements++
		}
	}
	if elements == 0 {
		tb.Fatalf("chattest: AllocsPerElement: no element ends in %.100q", stream)
	}
	c.rec.muted = true
	allocs := testing.AllocsPerRun(100, func() {
		c.Send(in)
		c.received = c.received[:0]
	})
	if c.Closed() {
		tb.Fatalf("chattest: AllocsPerElement: the channel was closed: %v", c.Reason())
	}
	return allocs / float64(elements)
}
