package sim_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"github.com/go-asynchat/asynchat/bench/simulation"
)

// digest is the sum of the event log of a seed.
func digest(seed uint64) string {
	h := sha256.New()
	sim.Run(seed, sim.Options{Log: h})
	return fmt.Sprintf("%x", h.Sum(nil)[:8])
}

// One seed is one run, to the byte, on any number of processors.
func TestTheSameSeedIsTheSameRun(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	seen := map[string]uint64{}
	for seed := range uint64(10) {
		var first string
		for try, procs := range []int{1, 1, 2, 7} {
			runtime.GOMAXPROCS(procs)
			got := digest(seed)
			if try == 0 {
				first = got
			} else if got != first {
				t.Errorf("seed %d on %d processors: another event log than before", seed, procs)
			}
		}
		if other, ok := seen[first]; ok {
			t.Errorf("seeds %d and %d have the same event log", seed, other)
		}
		seen[first] = seed
	}
}

// The race build runs the same. It is built here, which takes a while.
func TestTheRaceBuildRunsTheSame(t *testing.T) {
	if os.Getenv("ASYNCHAT_FULL") != "1" {
		t.Skip("only with ASYNCHAT_FULL=1; docs/check.sh does the same")
	}
	var want strings.Builder
	for seed := range uint64(20) {
		fmt.Fprintln(&want, seed, digest(seed))
	}
	out, err := exec.Command("go", "run", "-race", "../../bench/sim", "-start", "0", "-seeds", "20",
		"-digests").CombinedOutput()
	if err != nil {
		t.Skipf("no race build here: %v\n%s", err, out)
	}
	if string(out) != want.String() {
		t.Errorf("the race build has the event logs\n%swant\n%s", out, &want)
	}
}
