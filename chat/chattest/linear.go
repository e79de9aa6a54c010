package chattest

import (
	"math"
	"runtime/debug"
	"testing"
	"time"

	"github.com/go-asynchat/asynchat/chat"
)

const (
	growth    = 16      // how much more work is compared
	tolerance = 4       // times the linear cost is too much: a quadratic cost is growth times it
	rounds    = 4       // of which the least times count
	repeats   = 3       // of the few units in each round
	attempts  = 3       // before a time counts as bad
	maxTimes  = 1 << 12 // that f(16n) is called for one measurement
	maxMemory = 1 << 30 // of the process, from which on garbage is collected also in between

	shortest = 100 * time.Microsecond // a time that can be measured
)

// Linear fails the test if f(16n) costs much more than 16 times what f(n) costs. f does the work
// for n units, such as lines of input. The cost may be up to four times the linear cost: n log n
// passes, and n² fails, with 16 times that cost.
//
// If f returns more than 0, that number is the cost, for example the number of bytes that it has
// read. A counted cost is exact. If f returns 0, the cost is the CPU time that the process uses
// while f runs, so it does not depend on what other processes do. The time includes all goroutines
// of f, but also other tests that run meanwhile: call Linear in a test that is not parallel. f(16n)
// runs in turn with 16 calls of f(n), and the least time of each counts. During these runs garbage
// is collected only if the process has 1 GiB. Choose n so large that f(n) does more than prepare
// its work, and so small that f(16n) does not wait for memory. The test fails only after several
// such comparisons have failed. On Windows the cost is measured in cycles. If the system reports
// neither (WebAssembly, wine), the cost is the elapsed time.
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
			tb.Errorf("chattest: not linear: %d units cost %d, %d units cost %d, which is "+
				"%.1f times as much for each",
				n, counted, growth*n, more, float64(more)/float64(growth*counted))
		}
		return
	}
	// A collection amid the pieces of f(16n) takes other time than amid those of f(n): what is linear
	// looked like nine times as much.
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	limit := debug.SetMemoryLimit(-1)
	defer debug.SetMemoryLimit(limit)
	debug.SetMemoryLimit(min(limit, maxMemory))
	cost := func(n, times int) time.Duration {
		start := cpuTime()
		for range times {
			f(n)
		}
		return cpuTime() - start
	}
	times := 1
	few := func() time.Duration { return cost(n, growth*times) }
	for times < maxTimes && min(few(), few(), few()) < shortest {
		times *= 2
	}
	many := func() time.Duration { return cost(growth*n, times) }
	var short, long time.Duration
	for range attempts {
		if short, long = leastTimes(few, many); long <= tolerance*short {
			return
		}
	}
	each := time.Duration(times)
	tb.Errorf("chattest: not linear: %d units take %v of CPU time, %d units take %v, which is "+
		"%.1f times as long for each",
		n, short/growth/each, growth*n, long/each, float64(long)/float64(short))
}

// leastTimes returns the least costs of what should cost the same, until that is so, or until they
// are so far apart that more rounds would hardly help.
func leastTimes(few, many func() time.Duration) (short, long time.Duration) {
	short, long = math.MaxInt64, math.MaxInt64
	for i := range rounds {
		for range repeats {
			short = max(1, min(short, few()))
		}
		long = min(long, many())
		if long <= tolerance*short || i > 0 && long/2 > tolerance*short {
			break
		}
	}
	return short, long
}

// AllocsPerElement returns the average number of allocations per element, as testing.AllocsPerRun
// does per call of a function. It sends stream, which must consist of whole elements, to a channel
// again and again, and counts the allocations of the channel and its handler. Under the race
// detector, which allocates too, it skips the test.
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
