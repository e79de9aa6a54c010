package core_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/core"
)

// S26, S6: the rule of asyncore.loop: it ends when the last dispatcher is gone, and has been told
// so. A loop without any returns at once, instead of sleeping or spinning.
func TestRunUntilEmpty(t *testing.T) {
	everywhere(t, func(w *world) {
		defer w.watchdog()()
		if err := w.l.RunUntilEmpty(t.Context()); err != nil {
			w.Errorf("with nothing registered: %v, want nil at once", err)
		}
		for _, name := range []string{"a", "b"} {
			h := w.noting(name)
			c, far := w.watched(h, core.Readable)
			h.read = func() {
				w.note("%s read", name)
				c.Close()
			}
			w.send(far, "x")
			w.arrive(w.near)
		}
		if err := w.l.RunUntilEmpty(t.Context()); err != nil {
			w.Errorf("RunUntilEmpty = %v, want nil", err)
		}
		if len(w.did) != 4 || w.did[2] != "a closed <nil>" && w.did[2] != "b closed <nil>" {
			w.Errorf("what happened: %q, want two reads, then two closes", w.did)
		}
	})
}

// Timers keep it from nothing: they are left where they are. What was posted runs first, and may
// register something.
func TestRunUntilEmptyAndTheRest(t *testing.T) {
	w := simulated(t)
	start := w.l.Now()
	w.l.After(time.Hour, w.noteTimer("timer"))
	w.l.Post(func() {
		w.note("post")
		h := w.noting("a")
		c, _ := w.watched(h, 0)
		c.After(time.Second, func() { c.Close() })
		h.closed = func(error) {
			w.note("a closed")
			w.l.Post(func() { w.note("post of the close") })
		}
	})
	if err := w.l.RunUntilEmpty(t.Context()); err != nil {
		t.Errorf("RunUntilEmpty = %v", err)
	}
	w.check("post", "a closed", "post of the close")
	if ran := w.l.Now().Sub(start); ran != time.Second {
		t.Errorf("it ran for %v, want 1s", ran)
	}
	w.advance(time.Hour)
	w.check("timer")
}

// A connection that is being made, or whose name is looked up, counts.
func TestRunUntilEmptyWhileDialling(t *testing.T) {
	w := simulated(t)
	w.names("127.0.0.1:9") // where nobody is
	_, err := core.Dial(w.l, "tcp", "example.com:9", w.noting("client"), core.Readable)
	require.NoError(t, err)
	if err := w.l.RunUntilEmpty(t.Context()); err != nil || len(w.did) != 1 {
		t.Errorf("RunUntilEmpty = %v, what happened: %q, want the failure", err, w.did)
	}
}

// It ends by Stop and by the context like Run, whatever is registered.
func TestRunUntilEmptyEndsLikeRun(t *testing.T) {
	w := simulated(t)
	w.watched(w.noting("a"), core.Readable)
	w.l.After(time.Second, w.l.Stop)
	if err := w.l.RunUntilEmpty(t.Context()); err != nil || w.l.Len() != 1 {
		t.Errorf("RunUntilEmpty = %v, %d dispatchers, want nil, 1", err, w.l.Len())
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	reason := errors.New("reason")
	w.l.After(time.Second, func() { cancel(reason) })
	if err := w.l.RunUntilEmpty(ctx); err != reason {
		t.Errorf("RunUntilEmpty = %v, want the cause", err)
	}
}

// S27, S28: loop(timeout, count=n) is n times Poll: it makes n turns, each of which waits no longer
// than the timeout.
func TestTurnsByCount(t *testing.T) {
	w := simulated(t)
	c, far := w.watched(w.noting("a"), core.Readable)
	w.send(far, "x")
	start := w.l.Now()
	for range 2 {
		if n, err := w.l.Poll(time.Second); n != 1 || err != nil {
			t.Errorf("Poll = %d, %v, want 1", n, err)
		}
	}
	w.check("a read", "a read")
	c.SetWant(0)
	for range 3 {
		if n, err := w.l.Poll(time.Second); n != 0 || err != nil {
			t.Errorf("Poll with nothing to do = %d, %v, want 0", n, err)
		}
	}
	if waited := w.l.Now().Sub(start); waited != 3*time.Second {
		t.Errorf("five turns waited %v, want 3s", waited)
	}
}
