package core_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/core"
)

// Without a watchdog nothing is measured, and nothing told.
func TestNoWatchdog(t *testing.T) {
	w := simulated(t)
	w.l.Post(slowFunction(w, time.Hour))
	w.settle()
	w.turn()
	if s := w.l.Stats(); s.Slowest != 0 || s.SlowestWhat != "" || len(w.logs.take()) != 0 {
		t.Errorf("Slowest = %v, %q", s.Slowest, s.SlowestWhat)
	}
}

// A handler that does not return is told while it does not, once, with its stack; when it has
// returned, so is how long it took.
func TestWatchdogOfOneThatHangs(t *testing.T) {
	onSystem(t, func(w *world) {
		j := watchedLoop(w)
		h := &stuck{goOn: make(chan bool)}
		c, far := w.watched(h, core.Readable)
		h.c = c
		w.send(far, "x")
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		done := make(chan error)
		go func() { done <- w.l.Run(ctx) }()
		select {
		case <-j.told:
		case <-ctx.Done():
			w.Error("a handler hangs, and nobody says so")
		}
		said := j.take()
		<-time.After(3 * limit) // it is not told again
		if again := j.take(); len(again) != 0 {
			w.Errorf("told again while it hangs: %v", again)
		}
		h.goOn <- true
		w.l.Post(w.l.Stop)
		if err := <-done; err != nil {
			w.Errorf("Run = %v", err)
		}
		if len(said) != 1 || said[0]["msg"] != "a handler holds the loop" ||
			said[0]["what"] != "an event of *core_test.stuck" {
			w.Fatalf("told %v, want that an event of *core_test.stuck holds the loop", said)
		}
		if since, err := time.ParseDuration(said[0]["since"]); err != nil || since < limit {
			w.Errorf("since %v, %v, want at least %v", since, err, limit)
		}
		if stack := said[0]["stack"]; !strings.Contains(stack, "(*stuck).waitForTheLogLine") ||
			strings.Contains(stack, "(*watchdog).look") {
			w.Errorf("the stack is not that of the handler:\n%s", stack)
		}
		said = j.take()
		if len(said) != 1 || said[0]["msg"] != "a handler held the loop" {
			w.Errorf("afterwards told %v, want how long it took", said)
		}
	})
}

// A loop that waits is not told of, however long it does.
func TestWatchdogSleeps(t *testing.T) {
	onSystem(t, func(w *world) {
		j := watchedLoop(w)
		w.l.Post(func() {}) // something has been called
		w.l.After(4*limit, w.l.Stop)
		if err := w.l.Run(t.Context()); err != nil {
			w.Errorf("Run = %v", err)
		}
		if said := j.take(); len(said) != 0 {
			w.Errorf("told %v", said)
		}
	})
}

func TestWatchdogAllocs(t *testing.T) {
	w := simulated(t)
	watchedLoop(w)
	near, far := w.descriptors()
	w.own(far)
	c := core.NewConn(w.l, near)
	require.NoError(t, c.Attach(&echo{c}, core.Readable))
	out, in := []byte("hello, world"), make([]byte, 64)
	w.sim.Advance(1)
	w.l.Post(slowFunction(w, 1)) // something is the slowest
	checkAllocs(t, "an echo under the eyes of the watchdog", func() {
		if _, err := w.sim.Write(far, out); err != nil {
			t.Fatal(err)
		}
		w.l.Poll(0)
		if n, err := w.sim.Read(far, in); n != len(out) {
			t.Fatal(fmt.Sprint("no echo: ", err))
		}
	})
}
