package report

import (
	"fmt"
	"strings"

	"github.com/go-asynchat/asynchat/bench/internal/result"
)

// same is by how much two ratios may differ that count as the same.
const same = 0.10

// againGoals compares the ratios of the echo with those of another run.
func againGoals(r, other *result.Run, add func(text, is string, v verdict)) {
	w, v := r.Workload("echo"), other.Workload("echo")
	if w == nil || v == nil || w.Reference != v.Reference {
		return
	}
	worst, in, close, all := 0.0, "", 0, 0
	var swapped []string
	for _, c := range w.Cells {
		now, then := map[string]float64{}, map[string]float64{}
		for _, s := range w.Subjects {
			a, b := w.Ratio(c, s, "rate"), v.Ratio(c, s, "rate")
			if a.N == 0 || b.N == 0 {
				continue
			}
			now[s], then[s] = a.Median, b.Median
			if s == w.Reference {
				continue
			}
			d := result.Differ(a.Median, b.Median)
			if all++; d <= same {
				close++
			}
			if s == result.Ours && (in == "" || d > worst) {
				worst, in = d, c
			}
		}
		swapped = append(swapped, swaps(c, w.Subjects, now, then)...)
	}
	if in == "" {
		return
	}
	add("echo, run again: ratios within 10 %",
		fmt.Sprintf("asynchat differs by at most %.0f %% (%s); of the %d ratios of all servers %d are",
			100*worst, in, all, close),
		said(worst <= same))
	is := "yes, but for servers that are within 10 %"
	if len(swapped) > 0 {
		is = strings.Join(swapped, "; ")
	}
	add("echo, run again: the same order", is, said(len(swapped) == 0))
}

// swaps returns who has overtaken whom in a cell, if they are more than 10 % apart in both runs.
func swaps(cell string, subjects []string, now, then map[string]float64) (all []string) {
	for i, a := range subjects {
		for _, b := range subjects[i+1:] {
			if now[a] == 0 || now[b] == 0 || result.Differ(now[a], now[b]) <= same ||
				result.Differ(then[a], then[b]) <= same {
				continue
			}
			if (now[a] > now[b]) != (then[a] > then[b]) {
				all = append(all, a+" and "+b+" at "+cell)
			}
		}
	}
	return all
}
