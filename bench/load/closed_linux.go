package main

import "time"

// closed is the closed loop: each connection sends a batch of lines at once, waits until all are
// answered, and sends the next.
func (j *job) closed() error {
	c, err := j.newCrowd()
	if err != nil {
		return err
	}
	if err := c.connect(); err != nil {
		return err
	}
	batch := j.depth * c.lines.size
	now := time.Now()
	next := func(v *conn) error {
		if c.unanswered(v) {
			return nil
		}
		now = time.Now()
		if !v.began.IsZero() {
			j.latency.Add(now.Sub(v.began))
			j.units += int64(j.depth)
		}
		v.began = now
		return c.send(v, batch)
	}
	for _, v := range c.conns {
		if err := next(v); err != nil {
			return err
		}
	}
	j.start(now)
	for {
		if err := c.turn(-1, next); err != nil {
			return err
		}
		if done, err := j.over(now); done || err != nil {
			return err
		}
	}
}
