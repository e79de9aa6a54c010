package main

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/go-asynchat/asynchat/bench/internal/result"
)

func TestParseBenchmark(t *testing.T) {
	v, err := parseBenchmark("goos: linux\n" +
		"BenchmarkFraming/lines/short/Matcher-2   1312   177007 ns/op\t5924.00 MB/s\t 0 B/op\t " +
		"3 allocs/op\nPASS\n")
	if err != nil || v["cost"] != 177007 || v["bytes/s"] != 5924e6 || v["allocs"] != 3 {
		t.Errorf("parseBenchmark = %v, %v", v, err)
	}
	for _, bad := range []string{"", "PASS\n", "BenchmarkX 10 many ns/op\n"} {
		if v, err := parseBenchmark(bad); err == nil {
			t.Errorf("parseBenchmark(%q) = %v", bad, v)
		}
	}
}

func TestParseWrk(t *testing.T) {
	const text = `Running 1s test @ http://127.0.0.1:1/small
  1 threads and 100 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.78ms  433.32us   7.32ms   84.40%
  Latency Distribution
     50%    1.75ms
     75%    1.94ms
     90%    2.09ms
     99%  875.00us
  61563 requests in 1.10s, 72.22MB read
Requests/sec:  55964.85
Transfer/sec:     65.65MB
`
	w, err := parseWrk(text)
	if want := (wrk{55964.85, 61563, 1.75e6, 875e3}); err != nil || w != want {
		t.Errorf("parseWrk = %+v, %v, want %+v", w, err, want)
	}
	for _, bad := range []string{"", text + "  Non-2xx or 3xx responses: 3\n",
		text + "  Socket errors: connect 0, read 1, write 0, timeout 0\n"} {
		if _, err := parseWrk(bad); err == nil {
			t.Errorf("parseWrk takes %q", bad)
		}
	}
}

func TestSlug(t *testing.T) {
	for model, want := range map[string]string{
		"Intel(R) Xeon(R) Processor": "xeon",
		"AMD EPYC":                   "epyc",
		"Intel(R) Core(TM) i7-8650U CPU @ 1.90GHz": "i7-8650u",
		"AMD Ryzen 7 5800X 8-Core Processor":       "ryzen-7",
		"":                                         "unknown",
		"Raspberry Pi 4 Model B":                   "raspberry-pi",
	} {
		if got := slug(model); got != want {
			t.Errorf("slug(%q) = %q, want %q", model, got, want)
		}
	}
	if got := cpuModel("processor\t: 0\nmodel name\t: AMD  EPYC\n"); got != "AMD EPYC" {
		t.Errorf("cpuModel = %q", got)
	}
}

func TestBusyOf(t *testing.T) {
	if got := busyOf("cpu  1 2 4 1000 2000 8 16 32 64 128"); got != 63*10*time.Millisecond {
		t.Errorf("busyOf = %v, want 630ms", got)
	}
}

func TestExpand(t *testing.T) {
	tl := tools{Path: map[string]string{"echo": "/b/echo"},
		Missing: map[string]string{"rivals": "no network"}}
	got, err := tl.expand("{echo} -addr {addr}", map[string]string{"addr": "h:1"})
	if want := []string{"/b/echo", "-addr", "h:1"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("expand = %q, %v", got, err)
	}
	for _, command := range []string{"{rivals} -kind gnet", " "} {
		if got, err := tl.expand(command, nil); err == nil {
			t.Errorf("expand(%q) = %q", command, got)
		}
	}
}

func TestPlugins(t *testing.T) {
	var p plugins
	if err := p.Set("mine=./mine --port {port}"); err != nil || p[0].name != "mine" ||
		p[0].command != "./mine --port {port}" {
		t.Errorf("Set: %v, %+v", err, p)
	}
	for _, bad := range []string{"", "mine", "=./mine {port}", "mine=./mine"} {
		if p.Set(bad) == nil {
			t.Errorf("Set takes %q", bad)
		}
	}
}

// Each name of -only is one, every workload has a part in a quick run, and no two have a name.
func TestWorkloads(t *testing.T) {
	names := map[string]bool{}
	for _, w := range all(nil) {
		if names[w.name] || len(w.subjects) == 0 {
			t.Errorf("%s is there twice, or has no subjects", w.name)
		}
		names[w.name] = true
		quick := flags{quick: true}
		if !slices.ContainsFunc(w.cells, func(c cell) bool { return quick.selected(w, &c) }) {
			t.Errorf("%s has no cell of a quick run", w.name)
		}
		for _, s := range w.subjects {
			for _, c := range w.cells {
				if c.bench != nil && c.bench[s.name] == "" {
					t.Errorf("%s %s: no benchmark for %s", w.name, c.name, s.name)
				}
			}
		}
	}
	if err := (flags{only: "echo,echo/50x1x32,timers"}).known(all(nil)); err != nil {
		t.Error(err)
	}
	if err := (flags{only: "echo,ekko"}).known(all(nil)); err == nil {
		t.Error("-only ekko is taken")
	}
}

// The reference is measured around each group of others, one time each, and each round begins with
// another of these.
func TestOrder(t *testing.T) {
	p := &planned{workload: &workload{}, result: &result.Workload{Reference: "C"}}
	p.subjects = named([]subject{{name: "C"}, {name: "a"}, {name: "b"}, {name: "c"},
		{name: "few", most: 10}}, "C", "a", "b", "c", "few")
	c := &cell{conns: 11}
	for round, want := range map[int]string{1: "[C] [[a b] [c]]", 3: "[C] [[b c] [a]]"} {
		ref, groups := p.order(c, round)
		var named [][]string
		for _, g := range groups {
			named = append(named, names(g))
		}
		if got := fmt.Sprint(names(ref), named); got != want {
			t.Errorf("round %d: %s, want %s", round, got, want)
		}
	}
	if n := p.measurements(c); n != 6 {
		t.Errorf("%d measurements a round, want 6: C a b C c C", n)
	}
	p.once = true
	if ref, groups := p.order(c, 1); len(ref) != 0 || len(groups) != 1 || len(groups[0]) != 4 ||
		p.measurements(c) != 4 {
		t.Errorf("where each is measured once: %v, %v", ref, groups)
	}
}

func names(subjects []subject) (all []string) {
	for _, s := range subjects {
		all = append(all, s.name)
	}
	return all
}

// What lies between two figures of the reference is noisy if they differ, or if others used the
// machine.
func TestNoisy(t *testing.T) {
	rate := func(rate, foreign float64) result.Sample {
		return result.Sample{Foreign: foreign, Values: values{"rate": rate}}
	}
	for _, tt := range []struct {
		before, other, behind result.Sample
		want                  bool
	}{
		{rate(100, 0), rate(7, .02), rate(105, 0), false},
		{rate(100, 0), rate(7, 0), rate(130, 0), true},
		{rate(100, 0), rate(7, .3), rate(100, 0), true},
		{rate(100, 0), rate(7, 0), rate(100, .3), true},
		{rate(100, 0), rate(7, 0), result.Sample{Error: "has gone"}, false},
	} {
		got := noisy([]result.Sample{tt.before, tt.other, tt.behind}, span{0, 1}, span{1, 2}, span{2, 3})
		if got != tt.want {
			t.Errorf("noisy(%+v) = %t", tt, got)
		}
	}
	if all := []result.Sample{rate(1, 0), rate(100, 0)}; noisy(all, span{}, span{0, 2}, span{2, 2}) {
		t.Error("without a reference nothing is noisy")
	}
}
