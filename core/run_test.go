package core_test

import (
	"context"
	"errors"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/simkernel"
)

// B6: the loop ends when it is told to, and only then.
func TestStop(t *testing.T) {
	everywhere(t, func(w *world) {
		w.l.Stop()
		if err := w.l.Run(t.Context()); err != nil {
			w.Errorf("Run after Stop = %v, want nil at once", err)
		}
		w.l.Post(func() {
			w.l.Stop()
			w.l.Stop()
			w.l.After(0, func() { w.note("timer of the next turn") })
			w.l.Post(func() { w.note("post of the next turn") })
		})
		if err := w.l.Run(t.Context()); err != nil {
			w.Errorf("Run = %v, want nil", err)
		}
		if len(w.did) > 0 {
			w.Errorf("Run went on after the turn in which it was stopped: %q", w.did)
		}
		w.l.After(time.Millisecond, w.l.Stop)
		if err := w.l.Run(t.Context()); err != nil {
			w.Errorf("Run again = %v, want nil", err)
		}
		w.check("post of the next turn", "timer of the next turn")
	})
}

func TestStopFromElsewhere(t *testing.T) {
	onSystem(t, func(w *world) {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		defer w.watchdog()()
		for range 100 {
			go w.l.Stop()
			if err := w.l.Run(ctx); err != nil {
				w.Fatalf("Run = %v, want nil", err)
			}
		}
	})
}

func TestRunUntilCancelled(t *testing.T) {
	onSystem(t, func(w *world) {
		reason := errors.New("reason")
		defer w.watchdog()()
		for range 50 {
			ctx, cancel := context.WithCancelCause(t.Context())
			go cancel(reason)
			if err := w.l.Run(ctx); err != reason {
				w.Fatalf("Run = %v, want the cause", err)
			}
		}
		w.l.After(time.Millisecond, w.l.Stop)
		if err := w.l.Run(t.Context()); err != nil {
			w.Errorf("Run again = %v, want nil", err)
		}
	})
}

// In memory, too, the end of the context ends the run after the turn, before the clock moves.
func TestCancelInAHandler(t *testing.T) {
	w := simulated(t)
	ctx, cancel := context.WithCancel(t.Context())
	w.l.After(time.Second, cancel)
	w.l.After(time.Minute, func() { w.note("too late") })
	start := w.l.Now()
	if err := w.l.Run(ctx); err != context.Canceled {
		t.Errorf("Run = %v, want %v", err, context.Canceled)
	}
	if ran := w.l.Now().Sub(start); ran != time.Second {
		t.Errorf("Run took %v, want 1s", ran)
	}
	w.check()
}

// The end of an earlier run's context has no effect on a later run.
func TestCancelOfAnEarlierRun(t *testing.T) {
	onSystem(t, func(w *world) {
		defer w.watchdog()()
		for range 200 {
			ctx, cancel := context.WithCancel(t.Context())
			w.l.Post(func() {
				go cancel()
				w.l.Stop()
			})
			w.l.Run(ctx)
			ended := false
			w.l.After(100*time.Microsecond, func() {
				ended = true
				w.l.Stop()
			})
			if err := w.l.Run(t.Context()); err != nil || !ended {
				w.Fatalf("Run = %v before it was stopped", err)
			}
		}
	})
}

func TestRunReturnsTheErrorOfThePoller(t *testing.T) {
	w := simulated(t)
	w.watched(w.noting("a"), core.Readable)
	if err := w.l.Run(t.Context()); !errors.Is(err, simkernel.ErrDeadlock) {
		t.Errorf("Run with nothing to wait for = %v, want ErrDeadlock", err)
	}
	w.k.fault = failing("Wait", 1, syscall.EBADF)
	if n, err := w.l.Poll(0); n != 0 || !errors.Is(err, syscall.EBADF) {
		t.Errorf("Poll = %d, %v, want EBADF", n, err)
	}
	if _, err := w.l.Poll(0); err != nil {
		t.Errorf("Poll after it: %v", err)
	}
}

func TestCloseAll(t *testing.T) {
	everywhere(t, func(w *world) {
		for _, name := range []string{"a", "b"} {
			w.watched(w.noting(name), core.Readable)
		}
		c, _ := w.pair() // not registered
		w.l.CloseAll()
		w.check("a closed <nil>", "b closed <nil>")
		if c.Closed() {
			w.Error("CloseAll closed what is not registered")
		}
		c.Close()
		d, _ := w.watched(w.noting("c"), core.Readable)
		w.do(func() {
			w.l.CloseAll()
			w.note("after CloseAll, closed is %t", d.Closed())
		})
		w.check("after CloseAll, closed is true", "c closed <nil>")
		if w.l.Len() != 0 {
			w.Errorf("Len() = %d, want 0", w.l.Len())
		}
		w.l.CloseAll()
		w.watched(w.noting("d"), core.Readable)
		w.l.Close()
		w.check("d closed <nil>")
	})
}

// W27: a loop that is closed does not use its descriptors, which may have new owners.
func TestRunAfterClose(t *testing.T) {
	everywhere(t, func(w *world) {
		w.l.Close()
		w.l.Stop()
		if err := w.l.Run(t.Context()); err != core.ErrClosed {
			w.Errorf("Run = %v after Close, want ErrClosed", err)
		}
		if err := w.l.RunUntilEmpty(t.Context()); err != core.ErrClosed {
			w.Errorf("RunUntilEmpty = %v after Close, want ErrClosed", err)
		}
		clear(w.k.calls)
		if n, err := w.l.Poll(0); n != 0 || err != core.ErrClosed {
			w.Errorf("Poll = %d, %v after Close, want ErrClosed", n, err)
		}
		if len(w.k.calls) > 0 {
			w.Errorf("Poll after Close has called %v", w.k.calls)
		}
	})
}

func TestCloseDisarmsTimers(t *testing.T) {
	w := simulated(t)
	timer := w.l.After(time.Second, func() { w.note("timer") })
	w.l.Close()
	if timer.Stop() {
		t.Error("Stop() = true after the loop was closed")
	}
	if when, ok := w.l.NextTimer(); ok {
		t.Errorf("NextTimer() = %v after Close", when)
	}
}

// What a HandleClose opens while the loop is being closed, as one that reconnects would, is not
// left behind.
func TestOpenWhileClosing(t *testing.T) {
	w := simulated(t)
	ln, err := core.Listen(w.l, "tcp", "127.0.0.1:0", w.noting("listener"))
	require.NoError(t, err)
	h := w.noting("a")
	h.closed = func(error) {
		w.note("a closed")
		for _, address := range []string{ln.Addr().String(), "localhost:1"} {
			if _, err := core.Dial(w.l, "tcp", address, h, core.Readable); !errors.Is(err, core.ErrClosed) {
				t.Errorf("Dial while the loop is being closed: %v, want ErrClosed", err)
			}
		}
		near, far := w.descriptors()
		w.own(far)
		if _, err := core.NewDispatcher(w.l, near, w.noting("b"),
			core.Readable); !errors.Is(err, core.ErrClosed) {
			t.Errorf("NewDispatcher while the loop is being closed: %v, want ErrClosed", err)
		}
	}
	w.watched(h, core.Readable)
	w.l.Close()
	w.check("listener closed <nil>", "a closed", "b closed "+core.ErrClosed.Error())
}
