package main

import (
	"fmt"
	"os"
	"time"
)

// progress says what is being done and when it will be over.
type progress struct {
	began    time.Time
	planned  time.Duration // what all is expected to take, by the estimates
	spent    time.Duration // how much of that is done
	extra    time.Duration // taken by repetitions, which nobody planned
	last     time.Time
	terminal bool
}

func (g *progress) begin(b *bench) {
	g.began = time.Now()
	g.last = g.began
	for _, p := range b.plan {
		for _, c := range p.cells {
			g.planned += time.Duration(b.flags.rounds*p.measurements(c)) * b.estimate(p.workload, c)
		}
	}
	if info, err := os.Stdout.Stat(); err == nil {
		g.terminal = info.Mode()&os.ModeCharDevice != 0
	}
	fmt.Printf("about %s of measuring; every line is verified\n", g.planned.Round(time.Second))
}

// done is called behind each measurement.
func (g *progress) done(
	p *planned, c *cell, subject string, round int, estimate time.Duration, repeated bool,
) {
	now := time.Now()
	if repeated {
		g.extra += now.Sub(g.last)
	} else {
		g.spent += estimate
	}
	g.last = now
	text := fmt.Sprintf("%3.0f %%  %s left  %s %s, round %d: %s",
		100*float64(g.spent)/float64(g.planned), g.left().Round(time.Second), p.name,
		c.name, round, subject)
	if g.terminal {
		fmt.Printf("\r\x1b[K%s", text)
	} else {
		fmt.Println(text)
	}
}

// left returns how long it will still take, if it goes on as until now.
func (g *progress) left() time.Duration {
	rest := g.planned - g.spent
	if g.spent < time.Second {
		return rest
	}
	return time.Duration(float64(rest) * float64(time.Since(g.began)-g.extra) / float64(g.spent))
}

// rest returns how much of budget is left.
func (g *progress) rest(budget time.Duration) time.Duration { return budget - time.Since(g.began) }

func (g *progress) end() {
	if g.terminal {
		fmt.Print("\r\x1b[K")
	}
	fmt.Printf("measured for %s, of which %s for repeating noisy rounds\n",
		time.Since(g.began).Round(time.Second), g.extra.Round(time.Second))
}
