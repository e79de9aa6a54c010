package main

import (
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/go-asynchat/asynchat/bench/internal/raw"
	"github.com/go-asynchat/asynchat/bench/internal/result"
)

// A bench is one run.
type bench struct {
	flags      flags
	root, dir  string
	tools      tools
	run        *result.Run
	serverCore []int
	loadCore   []int
	plan       []*planned
	progress   progress
	ended      time.Duration // processor time of the processes that have ended during the measurement
}

// planned is a workload with what of it is run.
type planned struct {
	*workload
	subjects []subject
	cells    []*cell
	result   *result.Workload
}

func newBench(f flags, root, dir string) (*bench, error) {
	b := &bench{flags: f, root: root, dir: dir}
	var err error
	if b.tools, err = loadTools(dir); err != nil {
		return nil, err
	}
	why := os.Getenv(whyEnv)
	cc, err := settle(why == "")
	if err != nil {
		return nil, err
	}
	m := machine()
	b.serverCore, b.loadCore, m.Siblings = split(raw.Cores())
	m.Foreign = foreign(time.Second)
	b.run = &result.Run{
		Date: time.Now(), Commit: commit(root), Quick: f.quick, Args: os.Args[1:], Machine: m,
		Setup: result.Setup{
			Namespace: why == "", Why: why, Congestion: cc, ServerCores: b.serverCore, LoadCores: b.loadCore,
			Rounds: f.rounds, Length: f.length.Seconds(), Load: "C, but for TLS, where it is in Go",
		},
	}
	if why, ok := b.tools.Missing[cLoad]; ok {
		b.run.Setup.Load = "Go (" + why + ")"
	}
	for _, w := range all(f.with) {
		b.add(w)
	}
	return b, nil
}

// add plans what of a workload can be run, and was asked for.
func (b *bench) add(w *workload) {
	p := &planned{workload: w}
	for i := range w.cells {
		c := &w.cells[i]
		why, missing := b.tools.Missing[cLoad]
		switch {
		case !b.flags.selected(w, c):
		case c.slow > 0 && missing:
			b.miss(w.title+", "+c.name, cLoad+": "+why)
		default:
			p.cells = append(p.cells, c)
		}
	}
	if len(p.cells) == 0 {
		return
	}
	for _, tool := range w.needs {
		if why, ok := b.tools.Missing[tool]; ok {
			b.miss(w.title, tool+": "+why)
			return
		}
	}
	for _, s := range w.subjects {
		if _, err := b.tools.expand(s.command, nil); err != nil {
			b.miss(s.name, err.Error())
			continue
		}
		p.subjects = append(p.subjects, s)
		for _, c := range p.cells {
			if s.most > 0 && c.conns > s.most {
				b.miss(fmt.Sprintf("%s with %d connections", s.name, c.conns), s.why)
			}
		}
	}
	reference := ""
	for _, name := range w.reference {
		if slices.ContainsFunc(p.subjects, func(s subject) bool { return s.name == name }) {
			reference = name
			break
		}
	}
	p.result = w.result(reference, p.subjects, p.cells)
	b.plan = append(b.plan, p)
	b.run.Workloads = append(b.run.Workloads, p.result)
}

func (b *bench) miss(what, why string) {
	if m := (result.Missing{What: what, Why: why}); !slices.Contains(b.run.Missing, m) {
		b.run.Missing = append(b.run.Missing, m)
	}
}

// all runs the plan.
func (b *bench) all() error {
	b.progress.begin(b)
	for _, p := range b.plan {
		b.rounds(p)
	}
	b.progress.end()
	b.run.Took = time.Since(b.run.Date).Seconds()
	return nil
}
