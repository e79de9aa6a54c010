package main

import (
	"crypto/tls"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

// closedTLS is the closed loop over TLS, with a goroutine for each connection. It may well cost
// more than the server: what tells is the server's processor time.
func (j *job) closedTLS() error {
	l := newLines(j.size)
	conns := make([]*tls.Conn, j.conns)
	for i := range conns {
		conn, err := dialTLS(j.addr.String())
		if err != nil {
			return fmt.Errorf("connection %d: %w", i, err)
		}
		conns[i] = conn
	}
	batch := j.depth * j.size
	offsets := make([]int64, j.conns)
	for i := range offsets {
		offsets[i] = l.place(i)
	}
	return j.each(j.depth, func(i int) error {
		off := offsets[i]
		offsets[i] += int64(batch)
		return echoTLS(conns[i], l, off, batch)
	})
}

// acceptTLS is accept over TLS: a whole handshake for each line.
func (j *job) acceptTLS() error {
	l := newLines(j.size)
	return j.each(1, func(i int) error { return j.visit(l, i) })
}

// visit is a whole handshake, one line, and a reset.
func (j *job) visit(l *lines, i int) error {
	conn, err := dialTLS(j.addr.String())
	if err != nil {
		return err
	}
	defer conn.NetConn().Close()
	return echoTLS(conn, l, l.place(i), j.size)
}

// each has so many goroutines as connections are wanted call work again and again, which counts for
// so many units, and measures that.
func (j *job) each(units int, work func(i int) error) error {
	debug.SetGCPercent(400) // crypto/tls allocates
	var (
		wg    sync.WaitGroup
		mu    sync.Mutex // of what j counts
		first error
		over  atomic.Bool
	)
	for i := range j.conns {
		wg.Go(func() {
			for !over.Load() {
				began := time.Now()
				err := work(i)
				mu.Lock()
				if err != nil && first == nil {
					first = err
				}
				j.latency.Add(time.Since(began))
				j.units += int64(units)
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
