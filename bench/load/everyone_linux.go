package main

import (
	"fmt"
	"time"
)

// everyone is for a server that sends each line to all: the last connection sends a batch, and the
// next when all have received it. It has its first line answered before, so that the others are
// known to be accepted.
func (j *job) everyone() error {
	c, err := j.newCrowd()
	if err != nil {
		return err
	}
	for len(c.conns) < j.conns {
		if _, err := c.add(); err != nil {
			return fmt.Errorf("connection %d: %w", len(c.conns), err)
		}
		if len(c.conns)%64 == 0 {
			c.turn(1, nil) // the server accepts meanwhile
		}
	}
	speaker := c.conns[len(c.conns)-1]
	for _, v := range c.conns {
		v.place, v.answer = speaker.place, speaker.answer
	}
	var now time.Time
	missing := 0
	next := func(v *conn) error {
		if v.got == v.due {
			missing--
		}
		return nil
	}
	say := func(n int) error {
		missing = len(c.conns)
		for _, v := range c.conns {
			v.due += int64(n)
		}
		for _, v := range c.conns {
			if v != speaker {
				v.sent = v.due // it has nothing to say itself
			}
		}
		began := time.Now()
		if err := c.flush(speaker); err != nil {
			return err
		}
		for missing > 0 {
			if err := c.turn(-1, next); err != nil {
				return err
			}
		}
		now = time.Now()
		j.latency.Add(now.Sub(began))
		j.units += int64(len(c.conns) * n / j.size)
		return nil
	}
	if err := say(j.size); err != nil {
		return err
	}
	j.start(now)
	for {
		if err := say(j.depth * j.size); err != nil {
			return err
		}
		if done, err := j.over(now); done || err != nil {
			return err
		}
	}
}
