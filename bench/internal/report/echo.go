package report

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/go-asynchat/asynchat/bench/internal/result"
)

// echoGoals are those of ours beside the C loop, and beside rivals in Go. Cells in which the load
// may be the limit have no part in them.
func echoGoals(w *result.Workload, add func(text, is string, v verdict)) {
	var (
		cells, left []string
		each        []verdict
		least, wide result.Figure
		leastIn, in string
		behind      []string
	)
	for _, c := range w.Cells {
		f := w.Ratio(c, result.Ours, "rate")
		if f.N == 0 || conns(c) < 50 {
			continue
		}
		if w.Limited(c, result.Ours) {
			left = append(left, c)
			continue
		}
		cells, each = append(cells, c), append(each, atLeast(f, .9))
		if leastIn == "" || f.Median < least.Median {
			least, leastIn = f, c
		}
		if in == "" || f.Spread() > wide.Spread() {
			wide, in = f, c
		}
		for _, s := range w.Subjects {
			if isRival(s) && behindIn(w, result.Ours, s, "rate") != "" {
				behind = append(behind, s)
			}
		}
	}
	if len(cells)+len(left) == 0 {
		return
	}
	without, mean := "", w.Beside(cells, result.Ours, w.Reference, "rate")
	if len(left) > 0 {
		cpu := w.Beside(left, result.Ours, w.Reference, "cpu")
		without = fmt.Sprintf("; in %d of %d cells the load may be the limit, CPU per line there is %s",
			len(left), len(left)+len(cells), ratio(cpu))
	}
	if len(cells) == 0 {
		add("echo: at least 0.90 of the reference in every cell with 50 or more connections",
			strings.TrimPrefix(without, "; "), limited)
		return
	}
	add("echo: at least 0.90 of the reference in every cell with 50 or more connections",
		ratio(least)+" at "+leastIn+without, worst(each))
	add("echo: at least 0.95 of it in the geometric mean of these", ratio(mean), atLeast(mean, .95))
	is := "nowhere"
	if len(behind) > 0 {
		is = "see above"
	}
	add("echo: in none of these below a rival in Go in every round", is, said(len(behind) == 0))
	add("echo: rounds agree within 10 %", ratio(wide)+" at "+in, said(wide.Spread() <= .1*wide.Median))
}

// cpuGoals are those of echoGoals by the processor time of the server, which no load limits.
func cpuGoals(w *result.Workload, add func(text, is string, v verdict)) {
	var cells []string
	var each survey
	for _, c := range w.Cells {
		if f := w.Ratio(c, result.Ours, "cpu"); f.N > 0 && conns(c) >= 50 {
			cells = append(cells, c)
			each.atMost(result.Ours+" at "+c, f, 1/.9)
		}
	}
	if len(cells) == 0 {
		return
	}
	each.tell("CPU per line of the echo, which no load limits: at most 1/0.90 of the reference's in "+
		"every cell with 50 or more connections", add)
	mean := w.Beside(cells, result.Ours, w.Reference, "cpu")
	add("CPU per line: at most 1/0.95 of it in the geometric mean of these", ratio(mean),
		atMost(mean, 1/.95))
}

// oneConnection compares the processor time for a line where nobody else wants any.
func oneConnection(w *result.Workload, add func(text, is string, v verdict)) {
	own, net := w.Figure("1x1x32", result.Ours, "cpu"), w.Figure("1x1x32", result.Net, "cpu")
	if own.N == 0 || net.N == 0 {
		return
	}
	f := w.Beside([]string{"1x1x32"}, result.Ours, result.Net, "cpu")
	add("CPU per line with 1 connection, depth 1: not above net's",
		fmt.Sprintf("%s, net %s: %s", duration(own.Median), duration(net.Median), ratio(f)), atMost(f, 1))
}

// conns returns the connections of a cell of the echo.
func conns(cell string) int {
	first, _, _ := strings.Cut(cell, "x")
	n, _ := strconv.Atoi(first)
	return n
}
