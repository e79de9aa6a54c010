package sim_test

import (
	"flag"
	"os"
	"runtime"
	"testing"

	"github.com/go-asynchat/asynchat/internal/sim"
)

var (
	seedFlag  = flag.Uint64("sim.seed", 0, "replay this seed, with its event log")
	countFlag = flag.Int("sim.count", 0, "how many seeds to run")
)

// Whole systems under faults.
func TestSystems(t *testing.T) {
	first, n := uint64(1), 300
	if *countFlag > 0 {
		n = *countFlag
	}
	if os.Getenv("ASYNCHAT_FULL") == "1" {
		n = 3000
	}
	if *seedFlag > 0 {
		first, n = *seedFlag, 1
	}
	before := runtime.NumGoroutine()
	var all sim.Report
	for seed := first; seed < first+uint64(n); seed++ {
		r, err := sim.Run(seed, sim.Options{})
		if err != nil {
			t.Errorf("%v\nthe last of the event log:\n%s\nto replay it: go test ./internal/sim -run TestSystems -sim.seed=%d", err, tail(seed), seed)
			if testing.Short() {
				continue
			}
			return
		}
		all.Clients += r.Clients
		all.Cut += r.Cut
		all.Channels += r.Channels
		all.Bytes += r.Bytes
		all.Turns += r.Turns
		all.Breaks += r.Breaks
		all.Took += r.Took
	}
	if after := runtime.NumGoroutine(); after > before {
		t.Errorf("%d goroutines are left, there were %d", after, before)
	}
	t.Logf("%d seeds: %+v", n, all)
}

// tail runs a seed again, and returns the last lines of its event log.
func tail(seed uint64) string {
	log := sim.NewTail(60)
	sim.Run(seed, sim.Options{Log: log})
	return log.String()
}

// With -sim.log the event log of -sim.seed goes to that file.
var logFlag = flag.String("sim.log", "", "write the event log of -sim.seed to this file")

func TestLog(t *testing.T) {
	if *logFlag == "" {
		t.Skip("no -sim.log")
	}
	f, err := os.Create(*logFlag)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	sim.Run(*seedFlag, sim.Options{Log: f})
}
