package main

import (
	"crypto/tls"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

// closedTLS is the closed loop over TLS, with a goroutine for each connection. It may well cost more than the server: what tells is the
// server's processor time.
func (j *job) closedTLS() error {
	debug.SetGCPercent(400) // crypto/tls allocates
	l := newLines(j.size)
	conns := make([]*tls.Conn, j.conns)
	for i := range conns {
		conn, err := dialTLS(j.addr.String())
		if err != nil {
			return fmt.Errorf("connection %d: %w", i, err)
		}
		conns[i] = conn
	}
	var (
		wg    sync.WaitGroup
		mu    sync.Mutex // of what j counts
		first error
		over  atomic.Bool
		batch = j.depth * j.size
	)
	for i, conn := range conns {
		wg.Go(func() {
			for off := l.place(i); !over.Load(); off += int64(batch) {
				began := time.Now()
				err := echoTLS(conn, l, off, batch)
				mu.Lock()
				if err != nil && first == nil {
					first = err
				}
				j.latency.Add(time.Since(began))
				j.units += int64(j.depth)
				mu.Unlock()
				if err != nil {
					over.Store(true)
				}
			}
		})
	}
	time.Sleep(j.warm)
	mu.Lock()
	err := j.begin()
	mu.Unlock()
	time.Sleep(j.length)
	mu.Lock()
	if err == nil && first == nil {
		err = j.end()
	}
	if first != nil {
		err = first
	}
	mu.Unlock()
	over.Store(true)
	wg.Wait()
	return err
}
