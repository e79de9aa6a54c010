package main

import (
	"time"

	"github.com/go-asynchat/asynchat/bench/internal/raw"
)

// pieces of the work by which the speed of a core is known, and what they take of it at most.
const (
	pieces = 5
	loops  = 200_000
)

// speed returns how many times a second the core of the server does a loop of fixed work, in the
// fastest of some pieces. Machines have states, a fifth apart, that last for minutes.
func (b *bench) speed() float64 {
	all := raw.Cores()
	if raw.Pin(b.serverCore...) != nil {
		return 0
	}
	defer raw.Pin(all...)
	least := time.Hour
	for range pieces {
		began := time.Now()
		_ = work(loops)
		least = min(least, time.Since(began))
	}
	return loops / least.Seconds()
}

// work is a chain of multiplications, of which none can begin before the one before it has ended.
//
//go:noinline
func work(n int) (x uint64) {
	x = 1
	for range n {
		x = x*6364136223846793005 + 1442695040888963407
	}
	return x
}
