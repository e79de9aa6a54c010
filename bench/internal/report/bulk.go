package report

import (
	"strings"

	"github.com/go-asynchat/asynchat/bench/internal/result"
)

// bulkGoals compare the ways to write a protocol with net, and with gnet.
func bulkGoals(w *result.Workload, add func(text, is string, v verdict)) {
	var (
		onLoop, off survey
		slower      []string
		ways        = []string{result.Lines, result.Messages, result.Handler, result.Conversation}
	)
	for _, c := range w.Cells {
		gnet := w.Ratio(c, result.Gnet, "rate")
		for _, s := range ways {
			onLoop.compare(w, c, s, w.Reference, leastBulk(c))
			if f := w.Ratio(c, s, "rate"); f.N > 0 && gnet.N > 0 && !w.Limited(c, s) &&
				!w.Limited(c, result.Gnet) && f.Max < gnet.Min {
				slower = append(slower, s+" at "+c)
			}
		}
		off.compare(w, c, result.Threaded, w.Reference, .6)
	}
	onLoop.tell("bulk input by "+strings.Join(ways, ", ")+
		": at least 0.90 of net's bufio.Scanner, 0.85 with 8 connections", add)
	off.tell("bulk input by Threaded: at least 0.60 of net's bufio.Scanner", add)
	is := "nowhere"
	if len(slower) > 0 {
		is = strings.Join(slower, ", ")
	}
	if len(onLoop.each) > 0 {
		add("bulk input by these: below gnet in every round", is, said(len(slower) == 0))
	}
}

// leastBulk is the ratio to net that is wanted in a cell.
func leastBulk(cell string) float64 {
	if strings.HasPrefix(cell, "8x") {
		return .85
	}
	return .90
}
