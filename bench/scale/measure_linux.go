package main

import (
	"errors"
	"math/rand/v2"
	"slices"
	"time"
)

const (
	batches = 301
	turns   = 64 // of a batch
)

// same chooses the first connection of n each time: what a turn needs is in the caches.
func same(int) int { return 0 }

// another chooses any: what a turn needs of the connection is in no cache, if they are many.
func another() func(n int) int {
	r := rand.New(rand.NewPCG(1, 2))
	return r.IntN
}

// compared returns what a turn of w costs in which one connection is ready, and the ratio to one of
// base: both are medians of batches.
func compared(w, base *world, choose func(n int) int) (cost, ratio float64, err error) {
	var costs, ratios []float64
	for range batches {
		one, err := base.batch(choose)
		if err != nil {
			return 0, 0, err
		}
		many, err := w.batch(choose)
		if err != nil {
			return 0, 0, err
		}
		costs, ratios = append(costs, many), append(ratios, many/one)
	}
	return median(costs), median(ratios), nil
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}

// batch returns what a turn costs, the least but for a few of so many: others may have had the core
// in the rest of them.
func (w *world) batch(choose func(n int) int) (float64, error) {
	var took [turns]float64
	for i := range took {
		fd := w.ends[choose(len(w.ends))]
		w.k.Advance(time.Microsecond)
		if _, err := w.k.Write(fd, line); err != nil {
			return 0, err
		}
		began := time.Now()
		_, err := w.loop.Poll(0)
		took[i] = float64(time.Since(began))
		if err == nil {
			err = w.expect(fd, line)
		}
		if err != nil {
			return 0, err
		}
	}
	slices.Sort(took[:])
	return took[turns/4], nil
}

// poll makes a turn, and returns what it takes of the processor.
func (w *world) poll() (took float64, err error) {
	took = cpu(func() { _, err = w.loop.Poll(0) })
	return took, err
}

const patience = 1000 // turns in which nothing happens

// broadcast returns what a line to all costs for each of them, the second time: the first time
// there are no buffers yet.
func (w *world) broadcast() (cost float64, err error) {
	for range 2 {
		if _, err := w.k.Write(w.ends[0], []byte(toAll+"\r\n")); err != nil {
			return 0, err
		}
		cost = 0
		last := w.ends[len(w.ends)-1]
		for tries := 0; w.k.Buffered(last) == 0 || w.k.Buffered(w.ends[0]) == 0; tries++ {
			took, err := w.poll()
			if err != nil || tries > patience {
				return 0, errors.Join(err, errors.New("the broadcast does not arrive"))
			}
			cost += took / float64(len(w.ends))
		}
		for _, fd := range w.ends {
			if err := w.expect(fd, news); err != nil {
				return 0, err
			}
		}
	}
	return cost, nil
}

// shutdown ends the server, and returns what that costs for each connection, and the most that a
// turn does. The other ends are closed when theirs are.
func (w *world) shutdown() (cost, longest float64, err error) {
	w.srv.BeginShutdown()
	for tries := 0; tries < patience; tries++ {
		took, err := w.poll()
		if err != nil {
			return 0, 0, err
		}
		cost, longest = cost+took/float64(len(w.ends)), max(longest, took)
		if w.loop.Len() == 0 {
			return cost, longest, w.loop.Close()
		}
		if w.closeEnded() > 0 {
			tries = 0
		} else {
			w.k.Advance(time.Second)
		}
	}
	return 0, 0, errors.New("the shutdown does not end")
}

// closeEnded closes the ends whose peers have ended, and returns how many those were.
func (w *world) closeEnded() (n int) {
	for i, fd := range w.ends {
		if fd >= 0 && w.k.Ended(fd) {
			w.k.Close(fd)
			w.ends[i] = -1
			n++
		}
	}
	return n
}
