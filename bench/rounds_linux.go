package main

import (
	"fmt"
	"os"
	"runtime"
	"time"

	"github.com/go-asynchat/asynchat/bench/internal/raw"
	"github.com/go-asynchat/asynchat/bench/internal/result"
)

const (
	differ = 0.15 // of the two measurements of the reference in a quiet round
	others = 0.10 // share of the machine that others may use
	tries  = 3    // of a round
	fails  = 2    // of a subject in a cell, before it is left out
)

// rounds measures all subjects of a workload in all cells, in turn, again and again: what changes with time changes for all.
func (b *bench) rounds(p *planned) {
	for round := 1; round <= b.flags.rounds; round++ {
		for _, c := range p.cells {
			if round == 1 && p.prepare != nil {
				if err := p.prepare(b, p.workload, c); err != nil {
					b.miss(p.name+" "+c.name, err.Error())
					continue
				}
			}
			b.round(p, c, round)
		}
	}
}

// round is repeated if it was noisy, and there is time.
func (b *bench) round(p *planned, c *cell, round int) {
	order := p.order(c, round)
	for try := range tries {
		begin := len(p.result.Samples)
		for _, s := range order {
			if p.failed(c, s) < fails {
				p.result.Samples = append(p.result.Samples, b.sample(p, c, s, round, try))
			}
			b.progress.done(p, c, s.name, round, b.estimate(p.workload, c), try > 0)
		}
		samples := p.result.Samples[begin:]
		if !noisy(samples, p.result.Reference) {
			return
		}
		for i := range samples {
			samples[i].Noisy = true
		}
		if again := time.Duration(len(order)) * b.estimate(p.workload, c); b.flags.quick || b.progress.left()+again > b.progress.rest(b.flags.budget) {
			return
		}
	}
}

// order has another subject begin in each round, and the reference both begin and end it. Who is not for so many connections is not there.
func (p *planned) order(c *cell, round int) []subject {
	var ref, order []subject
	for i := range p.subjects {
		s := p.subjects[(i+round-1)%len(p.subjects)]
		switch {
		case s.most > 0 && c.conns > s.most:
		case s.name == p.result.Reference && !p.once:
			ref = []subject{s}
		default:
			order = append(order, s)
		}
	}
	return append(append(ref[:len(ref):len(ref)], order...), ref...)
}

func (p *planned) failed(c *cell, s subject) (n int) {
	for _, sample := range p.result.Samples {
		if sample.Cell == c.name && sample.Subject == s.name && sample.Error != "" {
			n++
		}
	}
	return n
}

// noisy reports whether the figures of a round depend on when in it they were measured.
func noisy(samples []result.Sample, reference string) bool {
	var ref []float64
	for _, s := range samples {
		if s.Foreign > others {
			return true
		}
		if v, ok := s.Values["rate"]; ok && s.Subject == reference {
			ref = append(ref, v)
		}
	}
	return len(ref) == 2 && result.Differ(ref[0], ref[1]) > differ
}

// sample makes one measurement, and sees how much of the machine others used meanwhile.
func (b *bench) sample(p *planned, c *cell, s subject, round, try int) result.Sample {
	r := result.Sample{Cell: c.name, Subject: s.name, Round: round, Try: try}
	b.ended = 0
	began, before, own := time.Now(), busy(), ownCPU()
	v, err := p.measure(b, s, c)
	if err != nil {
		r.Error = firstLine(err.Error())
	}
	r.Values = v
	used := busy() - before - b.ended - (ownCPU() - own)
	r.Foreign = max(0, float64(used)/float64(time.Since(began))/float64(runtime.NumCPU()))
	if err != nil {
		fmt.Fprintf(os.Stderr, "\n%s %s %s: %v\n", p.name, c.name, s.name, err)
	}
	return r
}

func ownCPU() time.Duration {
	d, _ := raw.CPU(os.Getpid())
	return d
}
