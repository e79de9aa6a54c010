package sim_test

import (
	"flag"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/go-asynchat/asynchat/bench/simulation"
)

var (
	seedFlag  = flag.Uint64("sim.seed", 0, "run this seed only")
	countFlag = flag.Int("sim.count", 0, "run so many seeds")
)

// Whole systems under faults.
func TestSystems(t *testing.T) {
	first, n := uint64(1), 300
	if raceEnabled {
		n = 50 // there is one goroutine
	}
	if os.Getenv("ASYNCHAT_FULL") == "1" {
		n = 3000
	}
	if *countFlag > 0 {
		n = *countFlag
	}
	if *seedFlag > 0 {
		first, n = *seedFlag, 1
	}
	all := runSeeds(t, first, n, sim.Options{})
	t.Logf("%d seeds: %+v", n, all)
	if *seedFlag == 0 && (all.Clients == 0 || all.Hostile == 0 || all.Breaks == 0 || all.Cut == 0) {
		t.Errorf("something never happens: %+v", all)
	}
}

// The same over TLS, in which every client is a channel.
func TestSecureSystems(t *testing.T) {
	first, n := uint64(1), 30
	if raceEnabled {
		n = 10
	}
	if *seedFlag > 0 {
		first, n = *seedFlag, 1
	}
	runSeeds(t, first, n, sim.Options{TLS: true})
}

// runSeeds stops at the first failure.
func runSeeds(t *testing.T, first uint64, n int, o sim.Options) (all sim.Report) {
	t.Helper()
	before := runtime.NumGoroutine()
	for seed := first; seed < first+uint64(n); seed++ {
		r, err := sim.Run(seed, o)
		if err != nil {
			t.Fatalf("%v\n%s", err, sim.Explain(seed, o))
		}
		all.Add(r)
		if runtime.NumGoroutine() > before {
			if left := ours(); left != "" {
				t.Fatalf("seed %d: a goroutine is left:\n%s", seed, left)
			}
			before = runtime.NumGoroutine() // one of the runtime
		}
	}
	return all
}

// ours returns the stack of a goroutine that belongs to the simulation, "" if there is none but the
// caller's.
func ours() string {
	buf := make([]byte, 1<<20)
	stacks := strings.Split(string(buf[:runtime.Stack(buf, true)]), "\n\n")
	for _, stack := range stacks[1:] {
		if strings.Contains(stack, "go-asynchat/asynchat/") {
			return stack
		}
	}
	return ""
}
