package core_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/core"
)

// One goroutine at a time runs a loop. Who joins it waits for its turn.
func TestJoin(t *testing.T) {
	onSystem(t, func(w *world) {
		defer w.watchdog()()
		first, cancel := context.WithCancelCause(t.Context())
		reason, began := errors.New("the first ends"), make(chan struct{})
		w.l.Post(func() { close(began) })
		ended := make(chan error, 2)
		go func() { ended <- w.l.Run(first) }()
		<-began
		if err := w.l.Run(t.Context()); err != core.ErrRunning {
			w.Errorf("Run of a loop that runs = %v, want ErrRunning", err)
		}
		second, cancelSecond := context.WithCancelCause(t.Context())
		go func() { ended <- w.l.Join(second) }()
		cancel(reason)
		if err := <-ended; err != reason {
			w.Errorf("Run = %v, want %v", err, reason)
		}
		ran := make(chan struct{})
		w.l.Post(func() { close(ran) })
		<-ran // by the second, in the place of the first
		cancelSecond(reason)
		if err := <-ended; err != reason {
			w.Errorf("Join = %v, want %v", err, reason)
		}
	})
}

// Stop ends those who wait too.
func TestJoinIsStopped(t *testing.T) {
	onSystem(t, func(w *world) {
		defer w.watchdog()()
		ended := make(chan error, 2)
		w.l.Post(func() {
			for range 2 {
				go func() { ended <- w.l.Join(t.Context()) }()
			}
		})
		began := make(chan struct{})
		w.l.Post(func() { close(began) })
		go func() { ended <- w.l.Run(t.Context()) }()
		<-began
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := w.l.Join(ctx); err != context.Canceled {
			w.Errorf("Join = %v, want %v", err, context.Canceled)
		}
		for range 3 { // those who have not begun to wait run it, and are stopped next
			w.l.Stop()
			require.NoError(w, <-ended)
		}
	})
}

// A connection without a descriptor is one of the loop all the same: it is called, and closed.
func TestConnWithoutDescriptor(t *testing.T) {
	everywhere(t, func(w *world) {
		c := core.NewConn(w.l, -1)
		require.NoError(w, c.Attach(w.noting("c"), core.Readable))
		require.Equal(w, 1, w.l.Len())
		c.Post(func() { panic("one") })
		w.l.RunUntilEmpty(t.Context())
		require.True(w, c.Closed())
		require.Equal(w, 0, w.l.Len())
	})
}
