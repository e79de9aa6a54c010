package core_test

import (
	"testing"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/kernel"
)

// S12, B14: of two that are ready at once, the first closes the second, which gets no event any
// more.
func TestClosedInTheSameBatch(t *testing.T) {
	everywhere(t, func(w *world) {
		var conns [2]*core.Conn
		for i := range conns {
			h := w.noting("either")
			h.read = func() {
				w.note("either read")
				conns[i].SetWant(0)
				conns[1-i].Close()
			}
			var far int
			conns[i], far = w.watched(h, core.Readable)
			w.send(far, "x")
			w.arrive(w.near)
		}
		w.settle()
		w.check("either read", "either closed <nil>")
	})
}

// S13, B15: a dispatcher registered while a batch is handled gets the place of one closed there,
// and none of its events.
func TestReplacedInTheSameBatch(t *testing.T) {
	everywhere(t, func(w *world) {
		var conns [2]*core.Conn
		for i := range conns {
			h := w.noting("old")
			h.read = func() {
				w.note("old read")
				conns[i].SetWant(0)
				conns[1-i].Close()
				fresh, _ := w.watched(w.noting("new"), core.Readable)
				if fresh.Loop().Len() != 2 {
					w.Errorf("Len() = %d, want 2", fresh.Loop().Len())
				}
			}
			var far int
			conns[i], far = w.watched(h, core.Readable)
			w.send(far, "x")
			w.arrive(w.near)
		}
		w.settle()
		w.check("old read", "old closed <nil>")
	})
}

// S13, B15: an event that a poller reports too late, by the token of a closed dispatcher, does not
// reach the one that has its descriptor and its place now.
func TestLateEvent(t *testing.T) {
	w := simulated(t)
	old, far := w.watched(w.noting("old"), core.Readable)
	oldNear, oldToken := w.near, w.token()
	old.Close()
	w.turn()
	w.closeFar(far)
	w.watched(w.noting("new"), core.Readable|core.Writable)
	if w.near != oldNear {
		t.Fatalf("the new descriptor is %d, the old one was %d: the test proves nothing", w.near, oldNear)
	}
	w.check("old closed <nil>")
	all := core.Readable | core.Writable | kernel.HangUp
	w.k.stale = []kernel.Event{{Token: oldToken, Ready: all}, {Token: 1<<32 - 1, Ready: all},
		{Token: 1 << 31, Ready: all}}
	if n := w.turn(); n != 0 {
		t.Errorf("late events made %d calls, want 0", n)
	}
	w.check()
	w.k.stale = []kernel.Event{{Token: w.token(), Ready: core.Readable}}
	w.turn()
	w.check("new read")
}

// S49: closing an old dispatcher again does not take the new one off the loop.
func TestLateClose(t *testing.T) {
	w := simulated(t)
	old, far := w.watched(w.noting("old"), core.Readable)
	old.Close()
	w.turn()
	w.closeFar(far)
	_, far = w.watched(w.noting("new"), core.Readable)
	old.Close()
	old.CloseWith(nil)
	w.turn()
	if n := w.l.Len(); n != 1 {
		t.Errorf("Len() = %d, want 1", n)
	}
	w.send(far, "x")
	w.turn()
	w.check("old closed <nil>", "new read")
}

// Places are used again, so that a loop does not grow with the connections it has had.
func TestLen(t *testing.T) {
	w := simulated(t)
	for round := range 5 {
		var conns []*core.Conn
		for range 10 {
			c, _ := w.watched(&handler{}, core.Readable)
			conns = append(conns, c)
		}
		if n := w.l.Len(); n != 10 {
			t.Errorf("round %d: Len() = %d, want 10", round, n)
		}
		handlers := 0
		for h := range w.l.Handlers() {
			if _, ok := h.(*handler); !ok {
				t.Errorf("Handlers yields %T", h)
			}
			handlers++
		}
		if handlers != 10 {
			t.Errorf("Handlers yields %d, want 10", handlers)
		}
		for range w.l.Handlers() {
			break
		}
		for i := range conns {
			conns[(i*7)%10].Close()
		}
		w.turn()
		if n := w.l.Len(); n != 0 {
			t.Errorf("round %d: Len() = %d after the closes, want 0", round, n)
		}
		if place := uint32(w.token()); place > 10 {
			t.Errorf("round %d: the last of 10 got place %d", round, place)
		}
	}
}

// 200 are ready at once, more than the loop asks for in the beginning.
func TestManyReady(t *testing.T) {
	everywhere(t, func(w *world) {
		var got [200]int
		for i := range got {
			var c *core.Conn
			c, far := w.watched(&handler{read: func() {
				got[i]++
				c.Recv(w.l.ReadBuffer())
			}}, core.Readable)
			w.send(far, "x")
			w.arrive(w.near)
		}
		w.settle()
		for i, n := range got {
			if n != 1 {
				w.Errorf("connection %d was read %d times, want once", i, n)
			}
		}
	})
}
