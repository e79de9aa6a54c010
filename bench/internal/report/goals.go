package report

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/go-asynchat/asynchat/bench/internal/result"
)

// A goal is what this project wants to reach, and whether it has.
type goal struct {
	text, is string
	holds    bool
}

// goals returns those that the run has figures for; other is another run, or nil.
func goals(r, other *result.Run) (all []goal) {
	add := func(text, is string, holds bool) { all = append(all, goal{text, is, holds}) }
	if w := r.Workload("echo"); w != nil && w.Reference != "" {
		echoGoals(w, add)
		talkGoal(w, add)
	}
	if other != nil {
		againGoals(r, other, add)
	}
	if w := r.Workload("tls"); w != nil {
		tlsGoals(w, add)
	}
	if w := r.Workload("memory"); w != nil {
		cell := w.Cells[len(w.Cells)-1]
		if f, net := w.Figure(cell, result.Ours, "bytes"), w.Figure(cell, result.Net, "bytes"); f.N > 0 {
			add("at most 512 bytes of user memory for an idle connection, timeouts on",
				fmt.Sprintf("%.0f with %s connections; net %.0f", f.Median, cell, net.Median), f.Median <= 512)
		}
	}
	if w := r.Workload("memory-tls"); w != nil {
		cell := w.Cells[len(w.Cells)-1]
		f, net := w.Figure(cell, result.Ours, "bytes"), w.Figure(cell, result.Net, "bytes")
		if f.N > 0 && net.N > 0 {
			add("an idle TLS connection takes less memory than net's",
				fmt.Sprintf("%.0f with %s connections; net %.0f", f.Median, cell, net.Median),
				f.Median < net.Median)
		}
	}
	if w := r.Workload("latency"); w != nil {
		if f := w.Ratio("1000 connections", result.Ours, "p99"); f.N > 0 {
			add("p99 at half of saturation with 1,000 connections at most 1.3 of the reference's",
				ratio(f), f.Median <= 1.3)
		}
	}
	if w := r.Workload("beside"); w != nil {
		if f := w.Ratio(result.TwoCores, result.Busy, "p99"); f.N > 0 {
			add("p99 of an echo beside 300 handshakes a second with RSA-2048, of a server on 2 cores: "+
				"less than 3 times that of a quiet one", ratio(f), f.Median < 3)
		}
	}
	if w := r.Workload("spin"); w != nil {
		if f := w.Ratio("1x1x32", result.Spinning, "rate"); f.N > 0 {
			add("spinning, 1 connection, depth 1: at least twice the reference's rate",
				ratio(f), f.Median >= 2)
		}
		if f := w.Figure("1x1x32", result.Spinning, "idle"); f.N > 0 {
			add("spinning: no measurable CPU when idle", metrics["idle"].format(f.Median), f.Median < .001)
		}
	}
	if w := r.Workload("bulk"); w != nil {
		bulkGoals(w, add)
	}
	loopsGoal(r, add)
	if w := r.Workload("framing"); w != nil {
		framingGoals(w, add)
	}
	return all
}

// framingGoals ask of a Channel what is asked of the Matcher by itself, and tell what a read leaves
// of that.
func framingGoals(w *result.Workload, add func(text, is string, holds bool)) {
	for i, least := range []float64{1.3, 2.5} {
		if i >= len(w.Cells) {
			return
		}
		c := w.Cells[i]
		f, bound := w.Ratio(c, "Channel", "bytes/s"), w.Ratio(c, "MatcherRead", "bytes/s")
		if f.N == 0 {
			continue
		}
		is := ratio(f)
		if bound.N > 0 {
			is += ", where a read and the Matcher alone reach " + ratio(bound)
		}
		add(fmt.Sprintf("%s through a Channel: at least %.1f of bufio.Scanner's rate", c, least),
			is, f.Median >= least)
	}
}

// loopsGoal is for the cell with the most room for a second loop; an echo has hardly any.
func loopsGoal(r *result.Run, add func(text, is string, holds bool)) {
	var best, room result.Figure
	in := ""
	for _, name := range []string{"loops", "handshakes"} {
		w := r.Workload(name)
		if w == nil {
			continue
		}
		for _, c := range w.Cells {
			if f := w.Figure(c, "1 loop", "room"); f.Median > room.Median {
				best, room, in = w.Ratio(c, "2 loops", "rate"), f, w.Title+", "+c
			}
		}
	}
	if best.N > 0 {
		add("2 loops: at least 1.6 of one, where the load leaves room",
			ratio(best)+" at "+in+", where there is room for "+significant(room.Median),
			best.Median >= 1.6)
	}
}

func echoGoals(w *result.Workload, add func(text, is string, holds bool)) {
	var (
		ratios          []float64
		least, widest   result.Figure
		leastIn, wideIn string
		behind          []string
	)
	for _, c := range w.Cells {
		f := w.Ratio(c, result.Ours, "rate")
		if f.N == 0 || conns(c) < 50 {
			continue
		}
		ratios = append(ratios, f.Median)
		if leastIn == "" || f.Median < least.Median {
			least, leastIn = f, c
		}
		if wideIn == "" || f.Spread() > widest.Spread() {
			widest, wideIn = f, c
		}
		own := w.Figure(c, result.Ours, "rate")
		for _, rival := range []string{result.Net, result.Gnet, result.Netpoll} {
			if r := w.Figure(c, rival, "rate"); r.N > 0 && own.Max < r.Min {
				behind = append(behind, rival+" at "+c)
			}
		}
	}
	if len(ratios) > 0 {
		mean := result.Geomean(ratios)
		add("echo: at least 0.90 of the reference in every cell with 50 or more connections",
			ratio(least)+" at "+leastIn, least.Median >= .9)
		add("echo: at least 0.95 of it in the geometric mean of these", significant(mean), mean >= .95)
		is := "nowhere"
		if len(behind) > 0 {
			is = strings.Join(behind, ", ")
		}
		add("echo: in none of these below a rival in Go in every round", is, len(behind) == 0)
		add("echo: rounds agree within 10 %", ratio(widest)+" at "+wideIn,
			widest.Spread() <= .1*widest.Median)
	}
	own, net := w.Figure("1x1x32", result.Ours, "cpu"), w.Figure("1x1x32", result.Net, "cpu")
	if own.N > 0 && net.N > 0 {
		add("CPU per line with 1 connection, depth 1: not above net's",
			duration(own.Median)+", net "+duration(net.Median), own.Median <= net.Median)
	}
}

// talkGoal compares the conversation with the callbacks.
func talkGoal(w *result.Workload, add func(text, is string, holds bool)) {
	var ratios []float64
	least, in := 0.0, ""
	for _, c := range w.Cells {
		talk, calls := w.Figure(c, result.Conversation, "rate"), w.Figure(c, result.Ours, "rate")
		if talk.N == 0 || calls.N == 0 {
			continue
		}
		r := talk.Median / calls.Median
		if ratios = append(ratios, r); in == "" || r < least {
			least, in = r, c
		}
	}
	if len(ratios) > 0 {
		mean := result.Geomean(ratios)
		add("an echo as a conversation: at least 0.8 of that by callbacks, in the geometric mean",
			significant(mean)+", least "+significant(least)+" at "+in, mean >= .8)
	}
}

func tlsGoals(w *result.Workload, add func(text, is string, holds bool)) {
	for _, c := range w.Cells {
		rate, cpu := w.Ratio(c, result.Ours, "rate"), w.Ratio(c, result.Ours, "cpu")
		if rate.N > 0 {
			add("echo over TLS at "+c+": not slower than crypto/tls on net",
				ratio(rate)+" of its rate, "+ratio(cpu)+" of its CPU", rate.Median >= 1)
		}
	}
}

func ratio(f result.Figure) string {
	if f.N < 2 {
		return significant(f.Median)
	}
	return significant(f.Median) + " ±" + significant(f.Spread())
}

// conns returns the connections of a cell of the echo.
func conns(cell string) int {
	first, _, _ := strings.Cut(cell, "x")
	n, _ := strconv.Atoi(first)
	return n
}
