package core_test

import (
	"context"
	"errors"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/simkernel"
)

func newGroup(w *world, n int) *core.Group {
	w.Helper()
	g, err := core.NewGroup(n, core.WithKernel(w.k.Kernel))
	require.NoError(w, err)
	w.Cleanup(g.Close)
	return g
}

func TestGroup(t *testing.T) {
	onSystem(t, func(w *world) {
		g := newGroup(w, 3)
		if n := len(g.Loops()); n != 3 {
			w.Fatalf("%d loops, want 3", n)
		}
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		for range 2 { // it may be run again
			done := make(chan error, 1)
			go func() { done <- g.Run(ctx) }()
			var ran [3]atomic.Bool
			var left atomic.Int32
			left.Store(3)
			if err := g.Post(func(l *core.Loop) {
				for i := range g.Loops() {
					if g.Loops()[i] == l {
						ran[i].Store(true)
					}
				}
				if left.Add(-1) == 0 {
					g.Stop()
				}
			}); err != nil {
				w.Errorf("Post: %v", err)
			}
			if err := <-done; err != nil {
				w.Errorf("Run = %v, want nil", err)
			}
			for i := range ran {
				if !ran[i].Load() {
					w.Errorf("loop %d did not run the function", i)
				}
			}
		}
		g.Close()
		never := func(*core.Loop) { w.Error("a function ran after Close") }
		if err := g.Post(never); !errors.Is(err, core.ErrClosed) {
			w.Errorf("Post after Close = %v, want ErrClosed", err)
		}
	})
}

// A run that was cancelled does not end the next one.
func TestGroupCancelled(t *testing.T) {
	onSystem(t, func(w *world) {
		g := newGroup(w, 2)
		enough, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		defer time.AfterFunc(2*patience, func() { g.Post((*core.Loop).Stop) }).Stop()
		reason := errors.New("reason")
		for range 20 {
			ctx, cancel := context.WithCancelCause(t.Context())
			go cancel(reason)
			if err := g.Run(ctx); err != reason {
				w.Fatalf("Run = %v, want the cause", err)
			}
			ended := false
			g.Loops()[1].After(time.Millisecond, func() {
				ended = true
				g.Stop()
			})
			if err := g.Run(enough); err != nil || !ended {
				w.Fatalf("Run again = %v, want nil when it is stopped", err)
			}
		}
	})
}

// If one loop fails, all end, and the error is told.
func TestGroupFails(t *testing.T) {
	onSystem(t, func(w *world) {
		w.k.fault = func(call string) error {
			if call == "Wait" {
				return syscall.EBADF
			}
			return nil
		}
		good := newGroup(w, 2)
		defer time.AfterFunc(patience, func() { good.Post((*core.Loop).Stop) }).Stop()
		l, err := core.New(core.WithKernel(w.k)) // the only one that the spy looks at
		require.NoError(w, err)
		defer l.Close()
		good.Loops()[1].Close()
		good.Loops()[1] = l
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		if err := good.Run(ctx); !errors.Is(err, syscall.EBADF) {
			w.Errorf("Run = %v, want EBADF", err)
		}
	})
}

func TestNewGroup(t *testing.T) {
	for _, n := range []int{-1, 0, 1} {
		g, err := core.NewGroup(n, core.WithKernel(simkernel.New()))
		require.NoError(t, err)
		if len(g.Loops()) != 1 {
			t.Errorf("NewGroup(%d) has %d loops, want 1", n, len(g.Loops()))
		}
		g.Close()
	}
	k := newSpy(simkernel.New())
	opened := 0
	k.fault = func(string) error {
		if opened++; opened == 3 {
			return syscall.EMFILE
		}
		return nil
	}
	if g, err := core.NewGroup(5, core.WithKernel(k)); g != nil || !errors.Is(err, syscall.EMFILE) {
		t.Errorf("NewGroup without descriptors = %v, %v, want EMFILE", g, err)
	}
}
