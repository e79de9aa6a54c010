package report

import (
	"strings"

	"github.com/go-asynchat/asynchat/bench/internal/result"
)

// bulkGoals compare the ways to write a protocol with net, and with gnet.
func bulkGoals(w *result.Workload, add func(text, is string, v verdict)) {
	var (
		least  result.Figure
		in     string
		each   []verdict
		slower []string
		ways   = []string{result.Lines, result.Messages, result.Handler, result.Conversation}
	)
	for _, c := range w.Cells {
		gnet := w.Ratio(c, result.Gnet, "rate")
		for _, s := range ways {
			f := w.Ratio(c, s, "rate")
			if f.N == 0 {
				continue
			}
			if w.Limited(c, s) {
				each = append(each, limited)
				continue
			}
			each = append(each, atLeast(f, leastBulk(c)))
			if in == "" || f.Median-leastBulk(c) < least.Median-leastBulk(in) {
				least, in = f, s+" at "+c
			}
			if gnet.N > 0 && !w.Limited(c, result.Gnet) && f.Max < gnet.Min {
				slower = append(slower, s+" at "+c)
			}
		}
	}
	if len(each) == 0 {
		return
	}
	what := "none, the load may be the limit everywhere"
	if in != "" {
		what = ratio(least) + " by " + in
	}
	add("bulk input by "+strings.Join(ways, ", ")+
		": at least 0.90 of net's bufio.Scanner, 0.85 with 8 connections", what, worst(each))
	is := "nowhere"
	if len(slower) > 0 {
		is = strings.Join(slower, ", ")
	}
	add("bulk input by these: below gnet in every round", is, said(len(slower) == 0))
}

// leastBulk is the ratio to net that is wanted in a cell.
func leastBulk(cell string) float64 {
	if strings.HasPrefix(cell, "8x") {
		return .85
	}
	return .90
}
