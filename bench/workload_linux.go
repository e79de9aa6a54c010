package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/go-asynchat/asynchat/bench/internal/result"
)

// A workload is a kind of measurement: of each subject in each cell.
type workload struct {
	name, title, about string
	unit               string   // of what is counted, in the singular: "line"
	metrics            []string // the most telling first
	subjects           []subject
	needs              []string // tools beside those of the commands
	reference          []string // the first of these that can be run
	also               string   // ratios are given to this subject too
	cells              []cell
	measure            func(b *bench, s subject, c *cell) (values, error)
	prepare            func(b *bench, w *workload, c *cell) error // nil: none; before the first round
	// It is no matter of speed: the reference is not measured twice a round.
	once    bool
	shared  bool    // server and load have the same cores: the load is no limit of its own
	seconds float64 // what one measurement takes beside -length
}

// A subject is who is measured: a server, by its command, or a benchmark.
type subject struct {
	name    string
	command string
	most    int    // connections with which it is run; 0: any
	why     string // no more of them
	config  string // written to {dir}/config before; the words in braces are those of commands
}

// A cell is under which circumstances.
type cell struct {
	name               string
	conns, depth, size int
	rate               float64           // of the open loop, set by prepare
	file               string            // that is served, or what a cell is of otherwise
	bench              map[string]string // the benchmark of each subject
	talk               *talk             // in place of lines that come back as they are
	slow               int               // readers of 100 that take next to nothing
	procs              int               // GOMAXPROCS of a benchmark, with as many cores; 0: one
	rest               time.Duration     // before the server is taken to be idle
	quick              bool              // it is part of a quick run
	seconds            float64           // what it takes beside the workload's seconds
}

// selected reports whether -only names the workload or the cell.
func (f flags) selected(w *workload, c *cell) bool {
	if f.quick && !c.quick && !strings.Contains(f.only, w.name+"/"+c.name) {
		return false
	}
	if f.only == "" {
		return true
	}
	for name := range strings.SplitSeq(f.only, ",") {
		if name == w.name || name == w.name+"/"+c.name {
			return true
		}
	}
	return false
}

// known reports the first part of -only that names nothing.
func (f flags) known(all []*workload) error {
	if f.only == "" {
		return nil
	}
	names := map[string]bool{}
	for _, w := range all {
		names[w.name] = true
		for _, c := range w.cells {
			names[w.name+"/"+c.name] = true
		}
	}
	for name := range strings.SplitSeq(f.only, ",") {
		if !names[name] {
			return fmt.Errorf("-only: there is no workload %q", name)
		}
	}
	return nil
}

// plugins are the servers of -with.
type plugins []subject

func (p *plugins) String() string { return "" }

// Set is called for each -with.
func (p *plugins) Set(s string) error {
	name, command, ok := strings.Cut(s, "=")
	if !ok || name == "" ||
		!strings.Contains(command, "{addr}") && !strings.Contains(command, "{port}") {
		return fmt.Errorf("want name=command with {addr} or {port} in the command")
	}
	*p = append(*p, subject{name: name, command: command})
	return nil
}

// estimate returns what one measurement is expected to take.
func (b *bench) estimate(w *workload, c *cell) time.Duration {
	d := b.flags.length + b.warm()
	if w.once {
		d = 0
	}
	return d + time.Duration((w.seconds+c.seconds)*float64(time.Second))
}

func (w *workload) result(reference string, subjects []subject, cells []*cell) *result.Workload {
	r := &result.Workload{
		Name: w.name, Title: w.title, About: w.about, Unit: w.unit, Metrics: w.metrics,
		Reference: reference, Also: w.also, Shared: w.shared,
	}
	for _, s := range subjects {
		r.Subjects = append(r.Subjects, s.name)
	}
	for _, c := range cells {
		r.Cells = append(r.Cells, c.name)
	}
	return r
}
