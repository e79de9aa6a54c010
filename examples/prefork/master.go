//go:build unix && !aix

package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"os/exec"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/go-asynchat/asynchat/core"
)

// grace is what a worker that is told to end may take for that; then it is killed.
const grace = 15 * time.Second

// A master keeps as many workers running as it has places.
type master struct {
	listener *os.File
	places   []chan struct{} // who is at one is to be replaced
	running  sync.WaitGroup  // the processes
}

func newMaster(listener *os.File, workers int) *master {
	m := &master{listener: listener}
	for range workers {
		m.places = append(m.places, make(chan struct{}, 1))
	}
	return m
}

// run returns when ctx is done and all workers have ended. It closes the listener.
func (m *master) run(ctx context.Context, hups <-chan os.Signal) {
	var places sync.WaitGroup
	for _, replace := range m.places {
		places.Go(func() { m.keep(ctx, replace) })
	}
	for {
		select {
		case <-hups:
			for _, replace := range m.places {
				select {
				case replace <- struct{}{}:
				default: // it will be done
				}
			}
		case <-ctx.Done():
			places.Wait()
			// Not while a worker is being started: it would get whatever has the descriptor's number next.
			m.listener.Close()
			m.running.Wait()
			return
		}
	}
}

// keep has a worker running at one place, until ctx is done, which also ends the worker.
func (m *master) keep(ctx context.Context, replace <-chan struct{}) {
	var crashes backoff
	w := m.start(ctx)
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.ended:
			pause := crashes.after(time.Since(w.born))
			if ctx.Err() == nil {
				log.Printf("%v has ended: %v; the next one in %v", w, w.err, pause)
			}
			select {
			case <-time.After(pause):
			case <-replace:
			case <-ctx.Done():
				return
			}
			dead := w
			w = m.start(ctx)
			log.Printf("%v replaces %v", w, dead)
		case <-replace:
			w = m.succeed(ctx, w)
		}
	}
}

// succeed replaces a worker as soon as its successor is ready, and returns it. Without that the old
// one stays: a program that does not start any more is no reason to stop serving.
func (m *master) succeed(ctx context.Context, old *worker) *worker {
	next := m.start(ctx)
	select {
	case <-next.ready:
		log.Printf("%v replaces %v", next, old)
		old.end()
		return next
	case <-next.ended:
		log.Printf("%v stays: its successor has ended: %v", old, next.err)
	case <-ctx.Done():
	}
	return old
}

// A backoff says how long to wait before a worker is replaced that has crashed: not at all, unless
// it does so again and again.
type backoff struct{ pause time.Duration }

const minPause, maxPause = 100 * time.Millisecond, 30 * time.Second

// after is told how long the worker has lived.
func (b *backoff) after(lived time.Duration) time.Duration {
	switch {
	case lived > 2*b.pause+time.Second:
		b.pause = 0
	case b.pause == 0:
		b.pause = minPause
	default:
		b.pause = min(2*b.pause, maxPause)
	}
	return b.pause
}

// A worker is a process.
type worker struct {
	cmd   *exec.Cmd
	born  time.Time
	end   context.CancelFunc // tells it to end
	ready chan struct{}      // closed when it serves
	once  sync.Once
	ended chan struct{} // closed when it has gone,
	err   error         // for that reason
}

// start starts a worker. If that fails it is one that has ended already.
func (m *master) start(ctx context.Context) *worker {
	w := &worker{born: time.Now(), ready: make(chan struct{}), ended: make(chan struct{})}
	ctx, w.end = context.WithCancel(ctx)
	program, err := os.Executable()
	w.cmd = exec.CommandContext(ctx, program, append(slices.Clone(os.Args[1:]), "-worker")...)
	w.cmd.Cancel = func() error { return w.cmd.Process.Signal(syscall.SIGTERM) }
	w.cmd.WaitDelay = grace
	w.cmd.Stdout, w.cmd.Stderr = w, os.Stderr
	if err == nil {
		_, err = w.cmd.StdinPipe() // which is closed with the master
	}
	if err == nil {
		err = core.HandOver(w.cmd, m.listener)
	}
	if err == nil {
		err = w.cmd.Start()
	}
	if err != nil {
		w.err = err
		w.end()
		close(w.ended)
		return w
	}
	m.running.Go(func() {
		defer w.end()
		w.err = w.cmd.Wait()
		close(w.ended)
	})
	return w
}

// Write is called with what the worker prints: that it is ready.
func (w *worker) Write(p []byte) (int, error) {
	w.once.Do(func() { close(w.ready) })
	return len(p), nil
}

func (w *worker) String() string {
	if w.cmd.Process == nil {
		return "a worker"
	}
	return fmt.Sprintf("worker %d", w.cmd.Process.Pid)
}
