package main

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// open is the open loop: lines come at a fixed rate, at random times and on the connections in
// turn, as those of many independent clients do, whether the server has answered or not. The
// latency of a line counts from when it was to be sent: if the server, or the load, is late, that
// is in the figure (no coordinated omission).
func (j *job) open() error {
	c, err := j.newCrowd()
	if err != nil {
		return err
	}
	if err := c.connect(); err != nil {
		return err
	}
	var (
		gap  = gaps(j.rate)
		size = int64(j.size)
		now  = time.Now()
	)
	answered := func(v *conn) error {
		now = time.Now()
		for size+v.times.first*size+size <= v.got { // the first line was that of connect
			j.latency.Add(now.Sub(v.times.pop()))
			j.units++
		}
		return nil
	}
	j.start(now)
	for next, i := now, 0; ; {
		for now = time.Now(); !next.After(now); next = next.Add(gap()) {
			c.conns[i].times.push(next)
			if err := c.send(c.conns[i], j.size); err != nil {
				return err
			}
			i = (i + 1) % len(c.conns)
		}
		if err := c.turn(0, answered); err != nil { // the core is ours: a wait would be too coarse
			return err
		}
		if j.measuring && now.After(j.to) && c.late() {
			return fmt.Errorf("%d lines a second are more than the server answers", int(j.rate))
		}
		if done, err := j.over(now); done || err != nil {
			return err
		}
	}
}

// gaps returns a function that returns the time until the next of what comes at random.
func gaps(rate float64) func() time.Duration {
	r := rand.New(rand.NewPCG(3, 4))
	return func() time.Duration {
		return time.Duration(r.ExpFloat64() * float64(time.Second) / rate)
	}
}

// late reports whether the server does not keep up: fewer lines were answered than came, or many
// wait at the end.
func (c *crowd) late() bool {
	waiting := int64(0)
	for _, v := range c.conns {
		waiting += v.times.last - v.times.first
	}
	came := c.rate * c.length.Seconds()
	return float64(c.units) < .9*came || float64(waiting) > .1*came
}

// A queue is the times at which the lines under way on a connection were to be sent.
type queue struct {
	times       []time.Time // a ring; its length is a power of two
	first, last int64
}

func (q *queue) push(t time.Time) {
	if n := int64(len(q.times)); q.last-q.first == n {
		ring := make([]time.Time, max(4, 2*n))
		for i := q.first; i < q.last; i++ {
			ring[i&int64(len(ring)-1)] = q.times[i&(n-1)]
		}
		q.times = ring
	}
	q.times[q.last&int64(len(q.times)-1)] = t
	q.last++
}

func (q *queue) pop() time.Time {
	t := q.times[q.first&int64(len(q.times)-1)]
	q.first++
	return t
}
