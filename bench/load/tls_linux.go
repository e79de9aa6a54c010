package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

// closedTLS is the closed loop over TLS, with a goroutine for each connection. It may well cost
// more than the server: what tells is the server's processor time.
func (j *job) closedTLS() error {
	requests, answers, err := j.streams()
	if err != nil {
		return err
	}
	conns := make([]*tls.Conn, j.conns)
	for i := range conns {
		conn, err := dialTLS(j.addr.String())
		if err != nil {
			return fmt.Errorf("connection %d: %w", i, err)
		}
		conns[i] = conn
	}
	first := make([]int64, j.conns) // of the units under way
	for i := range first {
		first[i] = requests.place(i) / int64(requests.size)
	}
	return j.each(j.depth, func(i int) error {
		from := first[i]
		first[i] += int64(j.depth)
		if err := requests.write(conns[i], from, j.depth); err != nil {
			return err
		}
		return answers.verify(conns[i], from, j.depth)
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

// write writes n units of the stream.
func (l *lines) write(w io.Writer, first int64, n int) error {
	for off, end := first*int64(l.size), (first+int64(n))*int64(l.size); off < end; {
		m, err := w.Write(l.at(off, int(min(end-off, maxBatch))))
		if err != nil {
			return err
		}
		off += int64(m)
	}
	return nil
}

// verify reads n units, and compares them with the stream.
func (l *lines) verify(r io.Reader, first int64, n int) error {
	buf := make([]byte, min(n*l.size, maxBatch))
	for off, end := first*int64(l.size), (first+int64(n))*int64(l.size); off < end; {
		m, err := r.Read(buf[:min(end-off, int64(len(buf)))])
		if err == nil {
			err = l.check(buf[:m], off)
		}
		if err != nil {
			return err
		}
		off += int64(m)
	}
	return nil
}
