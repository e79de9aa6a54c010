package report

import (
	"fmt"

	"github.com/go-asynchat/asynchat/bench/internal/result"
)

// goals returns those that the run has figures for; other is another run, or nil.
func goals(r, other *result.Run) (all []goal) {
	add := func(text, is string, v verdict) { all = append(all, goal{text, is, v}) }
	with := func(name string, f func(w *result.Workload, add func(text, is string, v verdict))) {
		if w := r.Workload(name); w != nil {
			f(w, add)
		}
	}
	with("echo", func(w *result.Workload, add func(text, is string, v verdict)) {
		if w.Reference != "" {
			echoGoals(w, add)
			cpuGoals(w, add)
			oneConnection(w, add)
		}
		talkGoals(w, add)
	})
	if other != nil {
		againGoals(r, other, add)
	}
	with("tls", tlsGoals)
	with("memory", memoryGoal)
	with("memory-tls", memoryTLSGoals)
	with("latency", latencyGoal)
	with("beside", besideGoal)
	with("spin", spinGoals)
	with("ways", waysGoal)
	with("bulk", bulkGoals)
	with("work", workGoals)
	with("work-cores", workGoals)
	with("broadcast", broadcastGoals)
	loopsGoal(r, add)
	with("framing", framingGoals)
	with("files", filesGoal)
	with("websocket", websocketGoal)
	with("redis", besideProgram("Redis"))
	with("memcached", besideProgram("memcached"))
	with("mqtt", besideProgram("mosquitto"))
	with("smtp", smtpGoals)
	with("scale", scaleGoal)
	if len(r.Workloads) > 0 {
		where, is := behind(r), "nowhere"
		if len(where) > 0 {
			is = fmt.Sprintf("%d times, see above", len(where))
		}
		add("in no workload below net or another framework in Go in every round", is,
			said(len(where) == 0))
	}
	return all
}

func memoryGoal(w *result.Workload, add func(text, is string, v verdict)) {
	cell := w.Cells[len(w.Cells)-1]
	if f, net := w.Figure(cell, result.Ours, "bytes"), w.Figure(cell, result.Net, "bytes"); f.N > 0 {
		add("at most 490 bytes of user memory for an idle connection, timeouts on",
			fmt.Sprintf("%.0f with %s connections; net %.0f", f.Median, cell, net.Median), atMost(f, 490))
	}
}

func memoryTLSGoals(w *result.Workload, add func(text, is string, v verdict)) {
	cell := w.Cells[len(w.Cells)-1]
	f, net := w.Figure(cell, result.Ours, "bytes"), w.Figure(cell, result.Net, "bytes")
	if f.N > 0 && net.N > 0 {
		add("an idle TLS connection takes less memory than net's",
			fmt.Sprintf("%.0f with %s connections; net %.0f", f.Median, cell, net.Median),
			atMost(f, net.Min))
	}
	if f := w.Figure(cell, result.Ours, "idle"); f.N > 0 {
		add(cell+" idle TLS connections: no measurable CPU", metrics["idle"].format(f.Median),
			atMost(f, .001))
	}
}

func latencyGoal(w *result.Workload, add func(text, is string, v verdict)) {
	const cell = "1000 connections"
	f := w.Ratio(cell, result.Ours, "p99")
	if f.N == 0 {
		return
	}
	v := atMost(f, 1.3)
	if w.Limited(cell, result.Ours) {
		v = limited
	}
	add("p99 at half of saturation with 1,000 connections at most 1.3 of the reference's", ratio(f), v)
}

func besideGoal(w *result.Workload, add func(text, is string, v verdict)) {
	if f := w.Ratio(result.TwoCores, result.Busy, "p99"); f.N > 0 {
		add("p99 of an echo beside 300 handshakes a second with RSA-2048, of a server on 2 cores: "+
			"at most 3 times that of a quiet one", ratio(f), atMost(f, 3))
	}
}

func spinGoals(w *result.Workload, add func(text, is string, v verdict)) {
	if f := w.Ratio("1x1x32", result.Spinning, "rate"); f.N > 0 {
		add("spinning, 1 connection, depth 1: at least twice the reference's rate", ratio(f),
			atLeast(f, 2))
	}
	if f := w.Figure("1x1x32", result.Spinning, "idle"); f.N > 0 {
		add("spinning: no measurable CPU when idle", metrics["idle"].format(f.Median), atMost(f, .001))
	}
}

// framingGoals ask of a Channel what is asked of the Matcher by itself, and tell what a read leaves
// of that.
func framingGoals(w *result.Workload, add func(text, is string, v verdict)) {
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
			is, atLeast(f, least))
	}
}

// loopsGoal is for the cell with the most room for a second loop; an echo has hardly any.
func loopsGoal(r *result.Run, add func(text, is string, v verdict)) {
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
			atLeast(best, 1.6))
	}
}

// tlsGoals are of processor time where the load may be the limit, as crypto/tls is for both.
func tlsGoals(w *result.Workload, add func(text, is string, v verdict)) {
	for _, c := range w.Cells {
		rate, cpu := w.Ratio(c, result.Ours, "rate"), w.Ratio(c, result.Ours, "cpu")
		if rate.N == 0 {
			continue
		}
		v := atLeast(rate, 1)
		if w.Limited(c, result.Ours) {
			v = atMost(cpu, 1)
		}
		add("echo over TLS at "+c+": not slower than crypto/tls on net",
			ratio(rate)+" of its rate, "+ratio(cpu)+" of its CPU", v)
	}
}

func scaleGoal(w *result.Workload, add func(text, is string, v verdict)) {
	cell := w.Cells[len(w.Cells)-1]
	if f := w.Figure(cell, result.Ours, "turns"); f.N > 0 {
		add(cell+" idle connections on one loop: a turn with one ready costs at most 1.2 of that with "+
			"1,000", ratio(f), atMost(f, 1.2))
	}
}
