package core_test

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/core"
)

// B5: functions posted by one goroutine run in that order, all of them, also when the loop sleeps.
func TestPostFromGoroutines(t *testing.T) {
	onSystem(t, func(w *world) {
		const goroutines, each = 8, 200
		var last [goroutines]int
		total := 0
		var wg sync.WaitGroup
		for g := range goroutines {
			wg.Go(func() {
				for i := 1; i <= each; i++ {
					if err := w.l.Post(func() {
						if last[g] != i-1 {
							w.Errorf("goroutine %d: function %d ran after %d", g, i, last[g])
						}
						last[g] = i
						if total++; total == goroutines*each {
							w.l.Stop()
						}
					}); err != nil {
						w.Errorf("Post: %v", err)
					}
				}
			})
		}
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		if err := w.l.Run(ctx); err != nil {
			w.Errorf("Run: %v after %d functions", err, total)
		}
		wg.Wait()
	})
}

// S29, B5: a post must not be lost between the moment at which the loop looks for posted functions
// and that at which it sleeps: here one goroutine posts only when the last one has run.
func TestPostWakes(t *testing.T) {
	onSystem(t, func(w *world) {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		done := make(chan error, 1)
		go func() { done <- w.l.Run(ctx) }()
		ran := make(chan bool, 1)
		for range 2000 {
			require.NoError(w, w.l.Post(func() { ran <- true }))
			select {
			case <-ran:
			case <-ctx.Done():
				w.Fatal("a posted function was not run")
			}
		}
		w.l.Stop()
		if err := <-done; err != nil {
			w.Errorf("Run: %v", err)
		}
	})
}

// faultyWaker is the system's kernel, whose Wake fails as long as there are faults.
type faultyWaker struct {
	core.Kernel
	faults chan error
}

func (k *faultyWaker) OpenPoller() (core.Poller, error) {
	p, err := k.Kernel.OpenPoller()
	return faultyPoller{p, k}, err
}

type faultyPoller struct {
	core.Poller
	k *faultyWaker
}

func (p faultyPoller) Wake() error {
	select {
	case err := <-p.k.faults:
		return err
	default:
		return p.Poller.Wake()
	}
}

// W28: a wake that fails is tried again, and Post says that the function will run.
func TestPostWhenWakeFails(t *testing.T) {
	for _, fault := range []error{syscall.EINTR, syscall.ENOSPC} {
		t.Run(fault.Error(), func(t *testing.T) {
			system, err := core.System("")
			require.NoError(t, err)
			k := &faultyWaker{system, make(chan error, 3)}
			l, err := core.New(core.WithKernel(k))
			require.NoError(t, err)
			defer l.Close()
			done := make(chan error, 1)
			go func() { done <- l.Run(t.Context()) }()
			ran := make(chan bool, 1)
			for range 20 { // the loop sleeps in some of them
				for range cap(k.faults) {
					k.faults <- fault
				}
				require.NoError(t, l.Post(func() { ran <- true }))
				<-ran
				for len(k.faults) > 0 {
					<-k.faults
				}
			}
			l.Stop()
			require.NoError(t, <-done)
		})
	}
}

// The post comes exactly when the loop has decided to sleep.
func TestPostBeforeTheWait(t *testing.T) {
	w := simulated(t)
	w.k.wait = func() {
		w.k.wait = nil
		w.l.Post(func() { w.note("post") })
	}
	start := w.l.Now()
	if _, err := w.l.Poll(time.Hour); err != nil {
		t.Fatalf("Poll: %v", err)
	}
	if waited := w.l.Now().Sub(start); waited != 0 {
		t.Errorf("the loop slept %v beside a posted function", waited)
	}
	w.check("post")
}

func TestPostDuringATurnDoesNotSleep(t *testing.T) {
	w := simulated(t)
	w.l.Post(func() { w.l.Post(func() { w.note("second") }) })
	start := w.l.Now()
	for range 2 {
		w.l.Poll(time.Hour)
	}
	w.check("second")
	if waited := w.l.Now().Sub(start); waited != 0 {
		t.Errorf("the loop slept %v beside a posted function", waited)
	}
}

// What Post accepted runs, even if the loop is closed first; afterwards it says ErrClosed.
func TestPostAndClose(t *testing.T) {
	w := simulated(t)
	h := w.noting("a")
	c, _ := w.watched(h, core.Readable)
	h.closed = func(err error) {
		w.note("a closed %v", err)
		if err := w.l.Post(func() { w.note("too late") }); err == nil {
			t.Error("Post while the loop is closed = nil, want ErrClosed")
		}
	}
	w.l.Post(func() {
		w.note("post")
		c.Defer()
	})
	if err := w.l.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	w.check("post", "a deferred", "a closed <nil>")
	err := w.l.Post(func() { w.note("too late") })
	if !errors.Is(err, core.ErrClosed) || !errors.Is(err, net.ErrClosed) {
		t.Errorf("Post after Close = %v, want ErrClosed", err)
	}
	if err := c.Post(func() {}); !errors.Is(err, core.ErrClosed) {
		t.Errorf("Dispatcher.Post after Close = %v, want ErrClosed", err)
	}
	w.l.Stop()
	if err := w.l.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
	w.check()
}

// Every function of which Post returned nil runs once, whatever else happens at the same time.
func TestPostStress(t *testing.T) {
	onSystem(t, func(w *world) {
		const goroutines, each = 8, 300
		var accepted, ran atomic.Int64
		var wg sync.WaitGroup
		for g := range goroutines {
			wg.Go(func() {
				for i := range each {
					if err := w.l.Post(func() { ran.Add(1) }); err == nil {
						accepted.Add(1)
					} else if !errors.Is(err, core.ErrClosed) {
						w.Errorf("Post: %v", err)
					}
					if (g+i)%50 == 0 {
						w.l.Stop()
					}
				}
			})
		}
		for ran.Load() < goroutines*each/2 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			w.l.Run(ctx)
			cancel()
		}
		if err := w.l.Close(); err != nil {
			w.Errorf("Close: %v", err)
		}
		wg.Wait()
		if ran.Load() != accepted.Load() {
			w.Errorf("%d functions were accepted, %d ran", accepted.Load(), ran.Load())
		}
	})
}

func TestDispatcherPost(t *testing.T) {
	w := simulated(t)
	c, _ := w.watched(w.noting("a"), core.Readable)
	c.Post(func() { w.note("post") })
	c.Close()
	c.Post(func() { w.note("post after close") })
	w.turn()
	w.check("post", "post after close", "a closed <nil>")
}
