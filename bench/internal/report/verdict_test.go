package report

import (
	"strings"
	"testing"

	"github.com/go-asynchat/asynchat/bench/internal/result"
)

// A verdict is one of all rounds: where the bound lies between them, or there are few, it is noise.
func TestVerdicts(t *testing.T) {
	for _, tt := range []struct {
		values      []float64
		noisy       bool
		least, most verdict
	}{
		{[]float64{.90, .95, .99}, false, yes, no},
		{[]float64{.80, .82, .84}, false, no, yes},
		{[]float64{.80, .95, .99}, false, noise, noise},
		{[]float64{.95, .96}, false, noise, noise},
		{nil, false, noise, noise},
		{[]float64{.95, .96, .97}, true, noise, noise},
	} {
		f := result.Of(tt.values)
		f.Noisy = tt.noisy
		if got := atLeast(f, .9); got != tt.least {
			t.Errorf("%v, at least 0.9: %s, want %s", tt.values, got, tt.least)
		}
		if got := atMost(f, .899); got != tt.most {
			t.Errorf("%v, at most 0.899: %s, want %s", tt.values, got, tt.most)
		}
	}
	for _, tt := range []struct {
		all  []verdict
		want verdict
	}{
		{[]verdict{yes, no, noise}, no}, {[]verdict{yes, noise, limited}, noise},
		{[]verdict{limited, yes}, yes}, {[]verdict{limited}, limited}, {nil, limited},
	} {
		if got := worst(tt.all); got != tt.want {
			t.Errorf("worst(%v) = %s, want %s", tt.all, got, tt.want)
		}
	}
}

// Where the load took more than 0.9 of its core, the echo has no verdict, neither good nor bad, and
// nobody is behind; CPU is compared everywhere.
func TestNothingIsComparedWhereTheLoadLimits(t *testing.T) {
	r := run(.5) // and gnet reaches 0.8
	w := r.Workloads[0]
	w.Metrics = []string{"rate", "cpu"}
	for i := range w.Samples {
		if v := w.Samples[i].Values; v != nil {
			v["load"], v["cpu"] = .95, 1
		}
	}
	cpu := func() (verdicts string) {
		for _, g := range goals(r, nil) {
			switch {
			case strings.HasPrefix(g.text, "echo") && g.verdict != limited:
				t.Errorf("%s: %s (%s)", g.text, g.verdict, g.is)
			case strings.HasPrefix(g.text, "CPU"):
				verdicts += letter(g.verdict)
			}
		}
		return verdicts
	}
	if got := cpu(); got != "yy" {
		t.Errorf("with the CPU of the reference: %s", got)
	}
	if got := behind(r); len(got) > 0 {
		t.Errorf("behind: %q", got)
	}
	for i := range w.Samples {
		if s := w.Samples[i]; s.Subject == result.Ours {
			s.Values["cpu"] = 2
		}
	}
	if got := cpu(); got != "nn" {
		t.Errorf("with twice the CPU of the reference: %s", got)
	}
	if got := behind(r); len(got) != 1 || !strings.Contains(got[0], "more CPU than gnet") {
		t.Errorf("behind with twice the CPU: %q", got)
	}
	for i := range w.Samples {
		delete(w.Samples[i].Values, "load")
	}
	page, _ := Page(r, nil, "", "")
	for _, want := range []string{
		"Echo: asynchat, a lower rate than gnet at 1x1x32 (0.62 ±0), at 50x1x32 (0.62 ±0)",
		"**Where asynchat is behind**", "| Echo | asynchat | C epoll | 0.50 ±0 | 2.00 ±0 |",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q:\n%s", want, page)
		}
	}
}

// Two runs are side by side: the figures of the other one stand behind.
func TestTwoRuns(t *testing.T) {
	const want = "| Echo | asynchat | C epoll | 0.97 ±0 |  | 0.90 ±0 |  |"
	if page, _ := Page(run(.97), run(.90), "", ""); !strings.Contains(page, want) {
		t.Errorf("the page lacks %q:\n%s", want, page)
	}
}

// A workload of one subject is a table of its metrics, and has a goal for its largest cell.
func TestScale(t *testing.T) {
	w := &result.Workload{Name: "scale", Title: "Scale", Metrics: []string{"bytes", "turn", "turns"},
		Subjects: []string{result.Ours}, Cells: []string{"1000", "1000000"}}
	for round := 1; round <= 3; round++ {
		for i, c := range w.Cells {
			w.Samples = append(w.Samples, result.Sample{Cell: c, Subject: result.Ours, Round: round,
				Values: map[string]float64{"bytes": 500, "turn": 700, "turns": 1 + float64(i)}})
		}
	}
	r := &result.Run{Workloads: []*result.Workload{w}}
	page, files := Page(r, nil, "", "")
	if svg := files["performance-scale.svg"]; !strings.Contains(svg, "A turn, the same one ready") ||
		!strings.Contains(page, "(performance-scale.svg)") {
		t.Errorf("there is no curve: %q", svg)
	}
	want := "| 1000000 | 500 ±0 % | 700 ns ±0 % | 2.00 ±0 % |"
	if !strings.Contains(files[Tables], want) {
		t.Errorf("the tables lack %q:\n%s", want, files[Tables])
	}
	if want = "at most 1.2 of that with 1,000 | 2.00 ±0 | **no** |"; !strings.Contains(page, want) {
		t.Errorf("the page lacks %q:\n%s", want, page)
	}
}
