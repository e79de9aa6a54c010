//go:build linux

package examples

import (
	"encoding/json"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
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

var tooSlow, stalledOut = chat.ReasonTooSlow.String(), chat.ReasonStalled.String()

// ended counts, by its reason, each connection of httpd -status that has ended.
type ended struct {
	*testing.T
	addr string
}

func (e *ended) count(reason string) int { return e.all()[reason] }

func (e *ended) all() map[string]int {
	e.Helper()
	r, err := http.Get("http://" + e.addr + "/-/status?json")
	require.NoError(e, err)
	defer r.Body.Close()
	var counters struct{ Closed map[string]int }
	require.NoError(e, json.NewDecoder(r.Body).Decode(&counters))
	return counters.Closed
}
