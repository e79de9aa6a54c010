package report

import (
	"strings"

	"github.com/go-asynchat/asynchat/bench/internal/result"
)

// bulkGoals compare the ways to write a protocol with net, and with gnet.
func bulkGoals(w *result.Workload, add func(text, is string, holds bool)) {
	var (
		least  result.Figure
		in     string
		holds  = true
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
			if f.Median < leastBulk(c) {
				holds = false
			}
			if in == "" || f.Median-leastBulk(c) < least.Median-leastBulk(in) {
				least, in = f, s+" at "+c
			}
			if f.Median <= gnet.Median {
				slower = append(slower, s+" at "+c)
			}
		}
	}
	if in == "" {
		return
	}
	add("bulk input by "+strings.Join(ways, ", ")+
		": at least 0.90 of net's bufio.Scanner, 0.85 with 8 connections", ratio(least)+" by "+in, holds)
	is := "everywhere"
	if len(slower) > 0 {
		is = "not " + strings.Join(slower, ", ")
	}
	add("bulk input by these: above gnet", is, len(slower) == 0)
}

// leastBulk is the ratio to net that is wanted in a cell.
func leastBulk(cell string) float64 {
	if strings.HasPrefix(cell, "8x") {
		return .85
	}
	return .90
}
