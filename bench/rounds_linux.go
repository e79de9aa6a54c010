package main

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"time"

	"github.com/go-asynchat/asynchat/bench/internal/raw"
	"github.com/go-asynchat/asynchat/bench/internal/result"
)

const (
	between = 2    // subjects between two measurements of the reference
	differ  = 0.10 // of these two, if it was quiet
	others  = 0.10 // share of the machine that others may use
	tries   = 3    // of what was not
	fails   = 2    // of a subject in a cell, before it is left out
)

// rounds measures all subjects of a workload in all cells, in turn, again and again: what changes
// with time changes for all.
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

// round measures the reference before, behind and between the others, so that each is compared with
// what the machine could do just then. Those around which it has changed are measured again, if
// there is time.
func (b *bench) round(p *planned, c *cell, round int) {
	ref, groups := p.order(c, round)
	before := b.samples(p, c, ref, round, 0)
	for _, group := range groups {
		for try := range tries {
			samples := b.samples(p, c, group, round, try)
			behind := b.samples(p, c, ref, round, try)
			loud := noisy(p.result.Samples, before, samples, behind)
			before = behind
			if !loud {
				break
			}
			for i := samples.from; i < samples.to; i++ {
				p.result.Samples[i].Noisy = true
			}
			again := time.Duration(len(group)+len(ref)) * b.estimate(p.workload, c)
			if b.flags.quick || b.progress.left()+again > b.progress.rest(b.flags.budget) {
				break
			}
		}
	}
}

// A span is a part of the samples of a workload.
type span struct{ from, to int }

// samples measures some subjects, and returns where that is written down.
func (b *bench) samples(p *planned, c *cell, subjects []subject, round, try int) span {
	begin := len(p.result.Samples)
	for _, s := range subjects {
		if p.failed(c, s) < fails {
			p.result.Samples = append(p.result.Samples, b.sample(p, c, s, round, try))
		}
		b.progress.done(p, c, s.name, round, b.estimate(p.workload, c), try > 0)
	}
	return span{begin, len(p.result.Samples)}
}

// order returns the reference, if it is to be measured again and again, and the others in groups;
// another one begins in each round. Who is not for so many connections is not there.
func (p *planned) order(c *cell, round int) (ref []subject, groups [][]subject) {
	var order []subject
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
	size := len(order)
	if ref != nil {
		size = between
	}
	return ref, slices.Collect(slices.Chunk(order, max(1, size)))
}

// measurements returns how many a round has, without repetitions.
func (p *planned) measurements(c *cell) int {
	ref, groups := p.order(c, 1)
	n := len(ref)
	for _, g := range groups {
		n += len(g) + len(ref)
	}
	return n
}

func (p *planned) failed(c *cell, s subject) (n int) {
	for _, sample := range p.result.Samples {
		if sample.Cell == c.name && sample.Subject == s.name && sample.Error != "" {
			n++
		}
	}
	return n
}

// noisy reports whether what was measured between two measurements of the reference depends on when
// that was, or on what else the machine did.
func noisy(all []result.Sample, before, samples, behind span) bool {
	var ref, speed []float64
	for _, part := range []span{before, samples, behind} {
		for _, s := range all[part.from:part.to] {
			if s.Foreign > others {
				return true
			}
			if v, ok := s.Values["rate"]; ok && part != samples {
				ref = append(ref, v)
			}
			if s.Speed > 0 {
				speed = append(speed, s.Speed)
			}
		}
	}
	if len(speed) > 0 && result.Differ(slices.Min(speed), slices.Max(speed)) > differ {
		return true
	}
	return len(ref) == 2 && result.Differ(ref[0], ref[1]) > differ
}

// sample makes one measurement, and sees how much of the machine others used meanwhile.
func (b *bench) sample(p *planned, c *cell, s subject, round, try int) result.Sample {
	r := result.Sample{Cell: c.name, Subject: s.name, Round: round, Try: try}
	b.ended = 0
	r.Speed = b.speed()
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
