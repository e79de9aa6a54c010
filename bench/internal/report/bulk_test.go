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
		for i, s := range w.Subjects {
			w.Samples = append(w.Samples, result.Sample{
				Cell: c, Subject: s, Round: 1, Values: map[string]float64{"rate": rates[i], "load": load},
			})
		}
	}
	return &result.Run{Workloads: []*result.Workload{w}}
}

func TestBulkGoals(t *testing.T) {
	for _, tt := range []struct {
		share float64
		want  string
		is    string
	}{
		{0.90, "yy", "0.90 by asynchat Lines at 1x48; everywhere"},
		{0.88, "ny", "0.88 by asynchat Lines at 1x48; everywhere"},
		{
			0.80, "nn",
			"0.80 by asynchat Lines at 1x48; not asynchat Lines at 1x48, asynchat Lines at 8x4096",
		},
	} {
		var holds string
		var is []string
		for _, g := range goals(bulk(tt.share, 0.5), nil) {
			holds += map[bool]string{true: "y", false: "n"}[g.holds]
			is = append(is, g.is)
		}
		if got := strings.Join(is, "; "); holds != tt.want || got != tt.is {
			t.Errorf("at %v of net's rate: %s, %q, want %s, %q", tt.share, holds, got, tt.want, tt.is)
		}
	}
}

// The page has the ratios to net and to C, and marks where the load may be what bounds.
func TestBulkPage(t *testing.T) {
	page, _ := Page(bulk(0.9, 0.95), nil, "", "")
	for _, want := range []string{
		"a ratio to net** (more is better)", "| 1x48 | 100 | 2.00 | 0.90 | 0.80 |",
		"a ratio to C epoll** (more is better)", "| 1x48 | 0.50 | 200 | 0.45 | 0.40 |",
		"| 1x48 | **0.95** |",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if t.Failed() {
		t.Log(page)
	}
}
