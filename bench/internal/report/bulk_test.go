package report

import (
	"strings"
	"testing"

	"github.com/go-asynchat/asynchat/bench/internal/result"
)

// bulk returns a run with bulk input in which Lines reaches a share of net's rate, and gnet 0.8.
func bulk(share, load float64) *result.Run {
	w := &result.Workload{
		Name: "bulk", Title: "Bulk input", Unit: "line", Metrics: []string{"rate", "load"},
		Reference: result.Net, Also: result.CLoop, Cells: []string{"1x48", "8x4096"},
		Subjects: []string{result.Net, result.CLoop, result.Lines, result.Gnet},
	}
	rates := []float64{100, 200, 100 * share, 80}
	for _, c := range w.Cells {
		for round := 1; round <= 3; round++ {
			for i, s := range w.Subjects {
				w.Samples = append(w.Samples, result.Sample{Cell: c, Subject: s, Round: round,
					Values: map[string]float64{"rate": rates[i], "load": load}})
			}
		}
	}
	return &result.Run{Workloads: []*result.Workload{w}}
}

func TestBulkGoals(t *testing.T) {
	for _, tt := range []struct {
		share, load float64
		want        string
		is          string
	}{
		{0.90, .5, "yy", "0.90 ±0 by asynchat Lines at 1x48; nowhere"},
		{0.88, .5, "ny", "0.88 ±0 by asynchat Lines at 1x48; nowhere"},
		{
			0.79, .5, "nn",
			"0.79 ±0 by asynchat Lines at 1x48; asynchat Lines at 1x48, asynchat Lines at 8x4096",
		},
		{0.10, .95, "ly", "none, the load may be the limit everywhere; nowhere"},
	} {
		var holds string
		var is []string
		for _, g := range goals(bulk(tt.share, tt.load), nil) {
			if g.text != nowhere {
				holds += letter(g.verdict)
				is = append(is, g.is)
			}
		}
		if got := strings.Join(is, "; "); holds != tt.want || got != tt.is {
			t.Errorf("at %v of net's rate: %s, %q, want %s, %q", tt.share, holds, got, tt.want, tt.is)
		}
	}
}

// The tables have the ratios to net and to C, and in brackets those that the load may have bounded.
func TestBulkPage(t *testing.T) {
	for load, want := range map[float64][]string{
		.5: {
			"a ratio to net** (more is better)", "| 1x48 | 100 ±0 % | 2.00 ±0 | 0.90 ±0 | 0.80 ±0 |",
			"a ratio to C epoll** (more is better)", "| 1x48 | 0.50 ±0 | 200 ±0 % | 0.45 ±0 | 0.40 ±0 |",
		},
		.95: {"| 1x48 | 100 ±0 % | (2.00 ±0) | (0.90 ±0) | (0.80 ±0) |", "| 1x48 | **0.95** ±0 % |"},
	} {
		_, files := Page(bulk(0.9, load), nil, "", "")
		for _, want := range want {
			if !strings.Contains(files[Tables], want) {
				t.Errorf("with a load of %v the tables lack %q", load, want)
			}
		}
		if t.Failed() {
			t.Log(files[Tables])
		}
	}
}
