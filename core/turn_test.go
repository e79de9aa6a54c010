package core_test

import (
	"errors"
	"io"
	"testing"
	"time"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/kernel"
)

// B8, S32: a turn is events, posted functions, timers, closes; of each dispatcher read, write; and
// Defer is answered after every single call.
func TestTurnOrder(t *testing.T) {
	everywhere(t, func(w *world) {
		a := w.noting("a")
		var c *core.Conn
		a.read = func() {
			w.note("a read")
			c.Recv(make([]byte, 8))
			c.Defer()
		}
		a.write = func() {
			w.note("a write")
			c.Defer()
		}
		c, far := w.watched(a, 0)
		w.settle()
		near := w.near
		w.send(far, "x")
		w.arrive(near)

		w.l.After(0, func() {
			w.note("timer")
			c.Defer()
			w.l.After(0, func() { w.note("late timer") })
			w.l.Post(func() { w.note("late post") })
			c.Close()
		})
		w.l.Post(func() {
			w.note("post")
			c.Defer()
			w.l.Post(func() { w.note("post posted meanwhile") })
			w.l.After(0, func() { w.note("timer of the post") })
		})
		c.SetWant(core.Readable | core.Writable)
		w.turn()
		w.check("a read", "a deferred", "a write", "a deferred", "post", "a deferred", "timer",
			"a closed <nil>")
		w.until("the timer", func() bool { w.turn(); return len(w.did) >= 4 })
		w.check("post posted meanwhile", "late post", "timer of the post", "late timer")
	})
}

// What is armed or posted while timers run, waits for the next turn, even if it is due.
func TestTimersOfTheNextTurn(t *testing.T) {
	w := simulated(t)
	w.l.After(0, func() {
		w.note("timer")
		w.l.After(0, func() { w.note("armed meanwhile") })
		w.l.Post(func() { w.note("posted meanwhile") })
	})
	w.turn()
	w.check("timer")
	w.turn()
	w.check("posted meanwhile", "armed meanwhile")
}

func TestExptComesLast(t *testing.T) {
	w := simulated(t)
	w.watched(w.noting("a"), core.Readable|core.Writable|core.Priority)
	w.k.stale = []kernel.Event{{Token: 0, Ready: core.Readable | core.Writable | core.Priority}}
	w.turn()
	w.check("a read", "a write", "a expt")
}

// An event is told only as far as it is wanted, at the time when its turn comes.
func TestWantCounts(t *testing.T) {
	w := simulated(t)
	all := core.Readable | core.Writable | core.Priority
	for _, tt := range []struct {
		want, ready core.Ready
		did         []string
	}{
		{core.Readable, all, []string{"a read"}},
		{core.Writable, all, []string{"a write"}},
		{core.Priority, all, []string{"a expt"}},
		{core.Readable | core.Writable, kernel.HangUp, []string{"a read", "a write"}},
		{core.Readable, kernel.Failed, []string{"a read"}},
		{core.Priority, core.Priority | kernel.HangUp, []string{"a expt"}},
		{core.Priority, core.Priority | kernel.Failed, nil}, // S76
		{all, core.Writable, []string{"a write"}},
	} {
		d, _ := w.watched(w.noting("a"), tt.want)
		w.k.stale = []kernel.Event{{Token: w.token(), Ready: tt.ready}}
		w.turn()
		w.check(tt.did...)
		d.Close()
		w.turn()
		w.did = nil
	}

	a := w.noting("a")
	d, _ := w.watched(a, all)
	a.read = func() {
		w.note("a read")
		d.SetWant(core.Readable | core.Priority)
	}
	w.k.stale = []kernel.Event{{Token: w.token(), Ready: all}}
	w.turn()
	w.check("a read", "a expt")
}

// token returns that of the dispatcher that was registered last.
func (w *world) token() uint64 { return w.k.token }

func TestDeferOutsideOfACallback(t *testing.T) {
	w := simulated(t)
	d, _ := w.watched(w.noting("a"), core.Readable)
	d.Defer()
	d.Defer()
	w.check()
	start := w.l.Now()
	if _, err := w.l.Poll(time.Hour); err != nil || !w.l.Now().Equal(start) {
		t.Errorf("Poll with a call outstanding waited %v, %v; want no wait", w.l.Now().Sub(start), err)
	}
	w.check("a deferred")
	if n := w.turn(); n != 0 {
		t.Errorf("the turn after it made %d calls, want 0", n)
	}
}

func TestDeferOnOthers(t *testing.T) {
	w := simulated(t)
	b, _ := w.watched(w.noting("b"), 0)
	c, _ := w.watched(w.noting("c"), 0)
	h := w.noting("a")
	a, far := w.watched(h, core.Readable)
	h.read = func() {
		w.note("a read")
		b.Defer()
		c.Defer()
		a.Defer()
		c.Close()
		c.Defer()
		a.SetWant(0)
	}
	w.send(far, "x")
	w.turn()
	w.check("a read", "b deferred", "a deferred", "c closed <nil>")
}

// Two that ask for each other take turns with the rest of the loop.
func TestDeferDoesNotHoldTheLoop(t *testing.T) {
	w := simulated(t)
	a, b := w.noting("a"), w.noting("b")
	da, _ := w.watched(a, 0)
	db, _ := w.watched(b, 0)
	rounds := 0
	a.deferred = func() { rounds++; db.Defer() }
	b.deferred = func() { rounds++; da.Defer() }
	da.Defer()
	w.l.After(0, func() { w.note("timer") })
	for range 3 {
		w.turn()
	}
	w.check("timer")
	if rounds > 10 {
		t.Errorf("HandleDeferred was called %d times in 3 turns", rounds)
	}
	da.Close()
	db.Close()
}

// S48, S78, S79, S88, S108, B14, B16, B26: a close calls nothing; HandleClose follows at the end of
// the turn, once, with the first reason, and only then is the descriptor free.
func TestCloseOnce(t *testing.T) {
	everywhere(t, func(w *world) {
		reason := errors.New("reason")
		h := w.noting("a")
		var c *core.Conn
		h.read = func() {
			w.note("a read")
			c.CloseWith(reason)
			c.Close()
			c.CloseWith(io.EOF)
			w.note("closed is %t", c.Closed())
		}
		h.closed = func(err error) {
			w.note("a closed %v", err)
			if c.LocalAddr() == nil {
				w.Error("the descriptor was closed before HandleClose")
			}
			if len(w.did) < 10 {
				c.Close()
			}
		}
		c, far := w.watched(h, core.Readable|core.Writable)
		c.SetWant(core.Readable)
		w.settle()
		w.k.total()
		w.send(far, "x")
		w.arrive(w.near)
		w.l.Post(func() { w.note("post") })
		w.settle()
		if c.LocalAddr() != nil {
			w.Error("the descriptor is open after HandleClose")
		}
		w.closeFar(far)
		w.check("a read", "closed is true", "post", "a closed reason")
		if n := w.k.total("Close"); n != 1 {
			w.Errorf("Close was called %d times, want 1", n)
		}
	})
}

// S80, S33: after a close within HandleRead no HandleWrite follows.
func TestNoEventAfterClose(t *testing.T) {
	w := simulated(t)
	h := w.noting("a")
	c, far := w.watched(h, core.Readable|core.Writable|core.Priority)
	h.read = func() {
		w.note("a read")
		c.Close()
		c.SetWant(core.Writable)
		if err := c.Attach(w.noting("b"), core.Writable); !errors.Is(err, core.ErrClosed) {
			t.Errorf("Attach after Close = %v, want ErrClosed", err)
		}
	}
	w.send(far, "x")
	w.settle()
	w.check("a read", "a closed <nil>")
}
