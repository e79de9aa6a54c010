package main

import (
	"errors"
	"runtime/debug"
	"sync"
	"time"

	"github.com/go-asynchat/asynchat/bench/internal/raw"
)

// arriveTLS is connections that come at random times at a fixed rate, whether those before have
// been served or not: each a whole handshake, one line, and a reset. It gives way to whatever else
// its core has to do.
func (j *job) arriveTLS() error {
	if err := raw.GiveWay(); err != nil {
		return err
	}
	debug.SetGCPercent(400) // crypto/tls allocates
	var (
		mu    sync.Mutex // of what j counts, and of first
		first error
		l     = newLines(j.size)
		open  = make(chan struct{}, j.conns)
		gap   = gaps(j.rate)
		due   = time.Now()
	)
	visit := func(i int) {
		began := time.Now()
		err := j.visit(l, i)
		<-open
		mu.Lock()
		defer mu.Unlock()
		j.latency.Add(time.Since(began))
		j.units++
		if first == nil {
			first = err
		}
	}
	over := func(now time.Time) (bool, error) {
		mu.Lock()
		defer mu.Unlock()
		if first != nil {
			return true, first
		}
		if now.After(j.to) && now.Sub(due) > j.length/10 {
			return true, errors.New("connections came later than they were to")
		}
		return j.over(now)
	}
	j.start(due)
	for i := 0; ; i++ {
		due = due.Add(gap())
		time.Sleep(time.Until(due))
		open <- struct{}{}
		go visit(i)
		if done, err := over(time.Now()); done || err != nil {
			return err
		}
	}
}
