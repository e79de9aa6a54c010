package core_test

import (
	"testing"

	"github.com/go-asynchat/asynchat/core"
)

// asking is a handler with both predicates of asyncore, which counts how often it is asked.
type asking struct {
	*handler
	readable, writable func() bool
	asked              int
}

func (h *asking) Readable() bool { h.asked++; return h.readable() }
func (h *asking) Writable() bool { return h.writable() }

func yes() bool { return true }
func no() bool  { return false }

// asks returns a handler whose calls are noted under name, and whose predicates are both false.
func (w *world) asks(name string) *asking {
	return &asking{handler: w.noting(name), readable: no, writable: no}
}

func (h *asking) checkAsked(w *world, why string, want int) {
	w.Helper()
	if h.asked != want {
		w.Errorf("%s: asked %d times, want %d", why, h.asked, want)
	}
	h.asked = 0
}

// S7, B2, F5: the predicates are asked when the dispatcher is attached, after its own events, and
// by Update; never for a turn, and never for the events of others.
func TestPredicatesAreNotScanned(t *testing.T) {
	w := simulated(t)
	var idle []*asking
	for range 100 {
		h := w.asks("idle")
		h.readable = yes
		w.watched(h, core.Readable)
		h.checkAsked(w, "attached", 1)
		idle = append(idle, h)
	}
	h := w.asks("busy")
	h.readable = yes
	c, far := w.watched(h, 0)
	h.read = func() {
		c.Recv(w.l.ReadBuffer())
		w.note("busy read")
		h.checkAsked(w, "before the end of the event", 0)
	}
	h.asked = 0
	for range 3 {
		w.turn()
		h.checkAsked(w, "a turn without events", 0)
		w.send(far, "x")
		w.turn()
		w.check("busy read")
		h.checkAsked(w, "an event", 1)
	}
	for i := range idle {
		if idle[i].asked != 0 {
			t.Errorf("idle dispatcher %d was asked %d times", i, idle[i].asked)
		}
	}
	c.Update()
	h.checkAsked(w, "Update", 1)
	c.Post(func() {})
	c.After(0, func() {})
	w.turn()
	h.checkAsked(w, "a posted function and a timer of its own", 2)
	w.l.Post(func() {})
	w.turn()
	h.checkAsked(w, "a posted function of the loop", 0)
	c.Defer()
	w.turn()
	h.checkAsked(w, "HandleDeferred", 1)
	w.did = nil
	c.Close()
	c.Update()
	w.turn()
	h.checkAsked(w, "closed", 0)
}

// What they say counts, not what is passed to Attach; what they say anew after an event counts from
// there on.
func TestPredicatesDecide(t *testing.T) {
	everywhere(t, func(w *world) {
		h := w.asks("a")
		sending := false
		h.writable = func() bool { return sending }
		h.readable = func() bool { return !sending }
		c, far := w.watched(h, core.Writable)
		if c.Want() != core.Readable {
			w.Errorf("Want() = %05b when attached, want Readable", c.Want())
		}
		w.settle()
		w.check()
		h.read = func() {
			c.Recv(w.l.ReadBuffer())
			sending = true
			w.note("read")
		}
		h.write = func() {
			sending = false
			w.note("write")
		}
		w.send(far, "x")
		w.untilNoted(2)
		w.settle()
		w.check("read", "write")
		if c.Want() != core.Readable {
			w.Errorf("Want() = %05b, want Readable", c.Want())
		}
	})
}

// Whoever changes the answer from elsewhere calls Update, from whatever handler. Without that,
// nothing happens.
func TestUpdateFromElsewhere(t *testing.T) {
	w := simulated(t)
	h := w.asks("a")
	open := false
	h.readable = func() bool { return open }
	c, far := w.watched(h, 0)
	h.read = func() {
		c.Recv(w.l.ReadBuffer())
		w.note("a read")
	}
	w.send(far, "x")
	w.settle()
	w.check()
	open = true
	w.settle()
	w.check()
	other := w.noting("other")
	o, otherFar := w.watched(other, core.Readable)
	other.read = func() {
		o.Recv(w.l.ReadBuffer())
		w.note("other read")
		c.Update()
	}
	w.send(otherFar, "x")
	w.settle()
	w.check("other read", "a read")
}

// What is not asked for is set by SetWant. So is what is, until it is asked for again.
func TestOnePredicate(t *testing.T) {
	w := simulated(t)
	type onlyRead struct {
		*handler
		core.ReadPredicate
	}
	type onlyWrite struct {
		*handler
		core.WritePredicate
	}
	h := w.asks("a")
	h.readable = yes
	c, _ := w.watched(&onlyRead{h.handler, h}, core.Writable)
	if want := core.Readable | core.Writable; c.Want() != want {
		t.Errorf("with Readable(): Want() = %05b, want %05b", c.Want(), want)
	}
	h.readable = no
	c.SetWant(core.Readable)
	if c.Want() != core.Readable {
		t.Errorf("after SetWant: Want() = %05b", c.Want())
	}
	c.Update()
	if c.Want() != 0 {
		t.Errorf("after Update: Want() = %05b, want none", c.Want())
	}
	h.writable = yes
	d, _ := w.watched(&onlyWrite{h.handler, h}, core.Readable)
	if want := core.Readable | core.Writable; d.Want() != want {
		t.Errorf("with Writable(): Want() = %05b, want %05b", d.Want(), want)
	}
	h.writable = no
	d.Update()
	if d.Want() != core.Readable {
		t.Errorf("after Update: Want() = %05b, want Readable", d.Want())
	}
}

// A predicate for what the handler has no method for asks for nothing (S91).
func TestPredicateWithoutMethod(t *testing.T) {
	w := simulated(t)
	h := w.asks("a")
	h.readable, h.writable = yes, yes
	c, far := w.watched(&struct {
		core.ReadHandler
		core.ReadPredicate
		core.WritePredicate
	}{h.handler, h, h}, everything)
	if c.Want() != core.Readable {
		t.Errorf("Want() = %05b, want Readable", c.Want())
	}
	w.settle()
	h.read = func() { c.Recv(w.l.ReadBuffer()); w.note("read") }
	w.send(far, "x")
	w.settle()
	w.check("read")
}
