package report

import (
	"encoding/xml"
	"io"
	"strings"
	"testing"

	"github.com/go-asynchat/asynchat/bench/internal/result"
)

func TestFormats(t *testing.T) {
	for _, tt := range []struct{ got, want string }{
		{significant(0), "0"}, {significant(0.954), "0.95"}, {significant(1.006), "1.01"},
		{significant(12.34), "12.3"}, {significant(1234), "1234"},
		{significant(0.0042), "0.0042"}, {significant(9.996), "10.0"},
		{count(165432), "165 k"}, {count(2.4e6), "2.40 M"}, {count(999.4), "999"},
		{count(999_600), "1.00 M"},
		{duration(5600), "5.60 µs"}, {duration(9), "9.00 ns"}, {duration(1.1e6), "1.10 ms"},
		{duration(2.5e9), "2.50 s"},
		{grouped(14497), "14,497"}, {grouped(512), "512"}, {grouped(1234567), "1,234,567"},
		{grouped(-512), "-512"},
		{metrics["rate"].title("line"), "Lines a second"},
		{metrics["cpu"].title("line"), "Server CPU per line"},
		{metrics["p99"].title(""), "Latency, p99"},
	} {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
}

// run returns a run with an echo in which ours reaches a share of C's rate.
func run(share float64) *result.Run {
	w := &result.Workload{Name: "echo", Title: "Echo", Unit: "line",
		Metrics: []string{"rate"}, Reference: result.CLoop, Cells: []string{"1x1x32", "50x1x32"},
		Subjects: []string{result.CLoop, result.Ours, result.Gnet, "<new>"}}
	for _, c := range w.Cells {
		for round := 1; round <= 3; round++ {
			add := func(subject string, rate float64) {
				w.Samples = append(w.Samples, result.Sample{Cell: c, Subject: subject, Round: round,
					Values: map[string]float64{"rate": rate}})
			}
			add(result.CLoop, 100_000)
			add(result.Ours, 100_000*share)
			add(result.Gnet, 80_000)
			w.Samples = append(w.Samples,
				result.Sample{Cell: c, Subject: "<new>", Round: round, Error: "does not listen"})
		}
	}
	return &result.Run{Workloads: []*result.Workload{w},
		Missing: []result.Missing{{What: "Twisted", Why: "not installed"}}}
}

func TestPage(t *testing.T) {
	page, files := Page(run(0.97), nil, "raw.json", "It is the kernel.")
	page += files[Tables]
	for _, want := range []string{"| 50x1x32 | 100 k ±0 % | 0.97 ±0 | 0.80 ±0 | fails |",
		"Twisted: not installed", "It is the kernel.", "raw.json",
		"<new> fails at 50x1x32: does not listen", "performance-echo.svg", "Lines a second"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(page, "smoke run") {
		t.Error("a whole run is called a smoke run")
	}
	if t.Failed() {
		t.Log(page)
	}
	for name, svg := range files {
		if !strings.HasSuffix(name, ".svg") {
			continue
		}
		d := xml.NewDecoder(strings.NewReader(svg))
		for {
			if _, err := d.Token(); err == io.EOF {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
	}
	if len(files) < 2 {
		t.Error("no plots")
	}
}

func TestQuickPageSaysSo(t *testing.T) {
	r := run(1)
	r.Quick = true
	if page, _ := Page(r, nil, "", ""); !strings.Contains(page, "smoke run") {
		t.Error("a smoke run does not say so")
	}
}

func TestGoals(t *testing.T) {
	holds := func(share float64) string {
		var s strings.Builder
		for _, g := range goals(run(share), nil) {
			if g.text != nowhere {
				s.WriteString(letter(g.verdict))
			}
		}
		return s.String()
	}
	for share, want := range map[float64]string{0.97: "yyyy", 0.92: "ynyy",
		0.85: "nnyy", 0.70: "nnny"} {
		if got := holds(share); got != want {
			t.Errorf("at %v of the reference the goals hold: %s, want %s", share, got, want)
		}
	}
}

func TestTicks(t *testing.T) {
	for _, tt := range []struct {
		log       bool
		low, high float64
	}{{false, 0, 1.3}, {false, 0, 0.2}, {false, 0, 99}, {true, 50, 20000}, {true, 0.7, 14},
		{true, 1e3, 1e9}} {
		p := plot{log: tt.log}
		ticks := p.ticks(tt.low, tt.high)
		if len(ticks) < 3 || len(ticks) > 14 {
			t.Errorf("%v to %v: ticks %v", tt.low, tt.high, ticks)
		}
		for _, v := range ticks {
			if v < tt.low || v > tt.high {
				t.Errorf("%v to %v: a tick at %v", tt.low, tt.high, v)
			}
		}
	}
}

// nowhere is the goal of all workloads.
const nowhere = "in no workload below net or another framework in Go in every round"

func letter(v verdict) string {
	return map[verdict]string{yes: "y", no: "n", noise: "~", limited: "l"}[v]
}

// What a goal says of a run that reaches it, and of one that does not.
func TestGoalsOfOtherWorkloads(t *testing.T) {
	for _, tt := range []struct {
		share float64
		holds bool
	}{{1.02, true}, {0.7, false}} {
		r := run(1)
		values := func(v float64) map[string]float64 {
			return map[string]float64{"rate": v, "cpu": 1 / v, "bytes": 1 / v}
		}
		for _, name := range []string{"tls", "memory-tls"} {
			w := &result.Workload{Name: name, Cells: []string{"50x1x32"}, Reference: result.Net}
			for round := 1; round <= 3; round++ {
				w.Samples = append(w.Samples,
					result.Sample{Cell: "50x1x32", Subject: result.Net, Round: round, Values: values(1)},
					result.Sample{Cell: "50x1x32", Subject: result.Ours, Round: round,
						Values: values(tt.share)})
			}
			r.Workloads = append(r.Workloads, w)
		}
		found := 0
		for _, g := range goals(r, nil) {
			if strings.Contains(g.text, "TLS") {
				if found++; g.verdict != said(tt.holds) {
					t.Errorf("with %v of the other: %q: %s (%s)", tt.share, g.text, g.verdict, g.is)
				}
			}
		}
		if found != 2 {
			t.Errorf("%d goals, want those of TLS and of its memory", found)
		}
	}
}

// A run is compared with another one: with itself nothing differs.
func TestAgain(t *testing.T) {
	for _, tt := range []struct {
		share      float64 // of ours in the other run
		want, lack string
	}{
		{0.97, "at most 0 %", "**no**"},
		{0.90, "at most 7 %", "**no**"},
		{0.80, "at most 19 % (1x1x32); of the 4 ratios of all servers 2 are | **no**", "overtaken"},
		{0.60, "asynchat and gnet at 1x1x32; asynchat and gnet at 50x1x32 | **no**", "but for servers"},
	} {
		var rows []string
		againGoals(run(0.97), run(tt.share), func(text, is string, v verdict) {
			rows = append(rows, text+" | "+is+map[verdict]string{no: " | **no**"}[v])
		})
		got := strings.Join(rows, "\n")
		if len(rows) != 2 || !strings.Contains(got, tt.want) || strings.Contains(got, tt.lack) {
			t.Errorf("%v and then: %s\nwant %q, and not %q", tt.share, got, tt.want, tt.lack)
		}
	}
}
