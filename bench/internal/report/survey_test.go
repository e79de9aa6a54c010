package report

import (
	"slices"
	"testing"

	"github.com/go-asynchat/asynchat/bench/internal/result"
)

// figures are the values of one subject in one cell, the same in each round.
type figures struct {
	cell, subject string
	values        map[string]float64
}

func measured(name, reference string, all ...figures) *result.Workload {
	w := &result.Workload{Name: name, Title: name, Reference: reference}
	for round := 1; round <= 3; round++ {
		for _, f := range all {
			if !slices.Contains(w.Cells, f.cell) {
				w.Cells = append(w.Cells, f.cell)
			}
			w.Samples = append(w.Samples, result.Sample{Cell: f.cell, Subject: f.subject, Round: round,
				Values: f.values})
		}
	}
	return w
}

func rate(v float64) map[string]float64 { return map[string]float64{"rate": v} }

// busy is a rate that the load may have bounded, and a processor time.
func busy(rate, cpu float64) map[string]float64 {
	return map[string]float64{"rate": rate, "cpu": cpu, "load": .95}
}

// The goals of each workload name the ratio that is furthest from its bound. Where the load may be
// the limit, they compare processor time.
func TestSurveys(t *testing.T) {
	const deep = "50x16x32"
	for _, tt := range []struct {
		w    *result.Workload
		want []string // the verdict and the figure of each goal
	}{
		{measured("ways", "",
			figures{deep, result.Messages, busy(1, 100)}, figures{deep, result.Lines, busy(1, 120)},
			figures{deep, result.Conversation, busy(1, 130)}, figures{deep, result.Threaded, busy(1, 900)}),
			[]string{"n 1.30 ±0 by Conversation, beside asynchat Messages"}},
		{measured("ways", "", figures{deep, result.Messages, busy(1, 110)},
			figures{deep, result.Lines, busy(1, 100)}, figures{deep, result.Handler, busy(1, 125)}),
			[]string{"y 1.25 ±0 by Handler, beside asynchat Lines"}},
		{measured("echo", "",
			figures{"1x1x32", result.Ours, busy(1, 90)}, figures{"1x1x32", result.Conversation, busy(1, 90)},
			figures{deep, result.Ours, busy(1, 81)}, figures{deep, result.Conversation, busy(1, 100)}),
			[]string{"y 1.11 ±0", "n 1.23 ±0 by a conversation at 50x16x32"}},
		{measured("work", "net, with work",
			figures{"50x1x32", "net, with work", map[string]float64{"rate": 100, "p99": 10}},
			figures{"50x1x32", result.Threaded, map[string]float64{"rate": 80, "p99": 21}},
			figures{"50x1x32", "asynchat Go", map[string]float64{"rate": 71, "p99": 20}},
			figures{deep, "net, with work", rate(100)}, figures{deep, "asynchat Go", rate(41)},
			figures{deep, "asynchat Await", rate(39)}),
			[]string{"y 0.80 ±0 by asynchat Threaded at 50x1x32",
				"n 0.39 ±0 by asynchat Await at 50x16x32", "n 2.10 ±0 by asynchat Threaded"}},
		{measured("broadcast", result.CLoop,
			figures{"1 line", result.CLoop, busy(100, 95)}, figures{"1 line", result.Room, busy(90, 100)},
			figures{"16 lines", result.CLoop, rate(100)}, figures{"16 lines", result.Ours, rate(89)}),
			[]string{"y 0.95 ±0 by asynchat Room at 1 line, by CPU",
				"n 0.89 ±0 by asynchat at 16 lines"}},
		{measured("files", "nginx", figures{"1 KiB", "nginx", rate(300)},
			figures{"1 KiB", "net/http", rate(100)}, figures{"1 KiB", "web.Handler", rate(60)}),
			[]string{"y 0.60 ±0 by web.Handler at 1 KiB"}},
		{measured("websocket", result.Ours, figures{deep, result.Ours, rate(100)},
			figures{deep, "asynchat WebSocket", rate(89)}),
			[]string{"n 0.89 ±0 by asynchat WebSocket at 50x16x32"}},
		{measured("redis", "Redis", figures{"set x16", "Redis", rate(100)},
			figures{"set x16", result.Ours, rate(80)}, figures{"get x16", "Redis", rate(100)},
			figures{"get x16", result.Ours, rate(90)}),
			[]string{"y 0.80 ±0 by asynchat at set x16"}},
		{measured("smtp", "go-smtp",
			figures{"c", "go-smtp", map[string]float64{"rate": 100, "cpu": 50}},
			figures{"c", result.Ours, map[string]float64{"rate": 99, "cpu": 50}}),
			[]string{"n 0.99 ±0 by asynchat at c", "y 1.00 ±0 by asynchat"}},
		{measured("memory-tls", "net",
			figures{"9", "net", map[string]float64{"bytes": 2}},
			figures{"9", result.Ours, map[string]float64{"bytes": 1, "idle": .04}}),
			[]string{"y 1 with 9 connections; net 2", "n 4.00 %"}},
		{measured("bulk", result.Net, figures{"1x48", result.Net, busy(1, 60)},
			figures{"1x48", result.Threaded, busy(1, 100)}),
			[]string{"y 0.60 ±0 by asynchat Threaded at 1x48, by CPU"}},
		{measured("websocket", result.Ours, figures{deep, result.Ours, map[string]float64{"load": .95}},
			figures{deep, "asynchat WebSocket", rate(89)}),
			[]string{"l none, the load may be the limit everywhere"}},
	} {
		var got []string
		for _, g := range goals(&result.Run{Workloads: []*result.Workload{tt.w}}, nil) {
			if g.text != nowhere {
				got = append(got, letter(g.verdict)+" "+g.is)
			}
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.w.Name, got, tt.want)
		}
	}
}
