package core_test

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/core"
)

// S14, S15, S37, B7, B29: a predicate that panics closes its own dispatcher, whoever has it asked,
// and nothing else.
func TestPanicInPredicate(t *testing.T) {
	for _, tt := range []struct {
		name string
		ask  func(w *world, c *core.Conn, far int)
	}{
		{"after an event", func(w *world, c *core.Conn, far int) { w.send(far, "x"); w.turn() }},
		{"by its own Update", func(w *world, c *core.Conn, far int) { c.Post(c.Update); w.turn() }},
		{"by the Update of another", func(w *world, c *core.Conn, far int) {
			h := w.noting("other")
			other, otherFar := w.watched(h, core.Readable)
			h.read = func() {
				other.Recv(w.l.ReadBuffer())
				c.Update()
				w.note("other read, a closed is %t", c.Closed())
			}
			w.send(otherFar, "x")
			w.turn()
			if !slices.Contains(w.did, "other read, a closed is true") || other.Closed() {
				w.Errorf("what happened: %q, the other one is closed: %t", w.did, other.Closed())
			}
			w.did = slices.DeleteFunc(w.did, func(s string) bool { return strings.HasPrefix(s, "other") })
		}},
		{"from outside of the loop's turn", func(w *world, c *core.Conn, far int) {
			c.Update()
			w.turn()
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := simulated(t)
			h := w.asks("a")
			h.readable = yes
			c, far := w.watched(h, 0)
			h.read = func() { c.Recv(w.l.ReadBuffer()) }
			h.failed = func(err error) { w.checkPanic(err); w.note("a error") }
			h.closed = func(err error) { w.checkPanic(err); w.note("a closed") }
			h.readable = func() bool { boom(); return true }
			tt.ask(w, c, far)
			w.settle()
			w.check("a error", "a closed")
			if said := w.logs.take(); !slices.Equal(said, []string{"panic in a handler"}) {
				t.Errorf("logged %q, want it once", said)
			}
		})
	}
}

// One that panics when it is asked for the first time is closed, and Attach says so.
func TestPanicInPredicateWhenAttached(t *testing.T) {
	w := simulated(t)
	h := w.asks("a")
	h.writable = func() bool { boom(); return true }
	h.failed, h.closed = nil, func(err error) { w.checkPanic(err); w.note("a closed") }
	c, _ := w.pair()
	if err := c.Attach(h, core.Readable); err == nil || !c.Closed() {
		t.Errorf("Attach = %v, Closed() = %t, want an error and closed", err, c.Closed())
	}
	w.settle()
	w.check("a closed")
	if w.l.Len() != 0 {
		t.Errorf("Len() = %d", w.l.Len())
	}
}

// S15: a predicate may close its dispatcher, or another one, of which nothing is then asked or told
// any more.
func TestCloseInPredicate(t *testing.T) {
	w := simulated(t)
	h, other := w.asks("a"), w.asks("other")
	other.readable = yes
	o, otherFar := w.watched(other, 0)
	var c *core.Conn
	h.readable = yes
	c, far := w.watched(h, 0)
	h.readable = func() bool {
		o.Close()
		c.CloseWith(io.EOF)
		return true
	}
	w.send(otherFar, "x")
	c.Update()
	w.send(far, "x")
	w.settle()
	w.check("other closed <nil>", "a closed EOF")
}

// The predicates of a connection that is being made are asked when it is made, and not before.
func TestPredicatesOfADial(t *testing.T) {
	w := simulated(t)
	ln, accepted := w.listen()
	h := w.asks("client")
	h.readable = yes
	c, err := core.Dial(w.l, "tcp", ln.Addr().String(), h, core.Writable)
	require.NoError(t, err)
	h.checkAsked(w, "while it is being made", 0)
	w.settle()
	if c.Want() != core.Readable {
		t.Errorf("Want() = %05b, want Readable", c.Want())
	}
	w.did = nil
	(*accepted)[0].Send([]byte("x"))
	h.read = func() { c.Recv(w.l.ReadBuffer()); w.note("client read") }
	w.settle()
	w.check("client read")
}

// S81, B25: also the predicate that goes on saying yes at the end of the stream does not keep the
// loop busy.
func TestPredicateAtTheEnd(t *testing.T) {
	everywhere(t, func(w *world) {
		h := w.asks("a")
		h.readable = yes
		c, far := w.watched(h, 0)
		h.read = func() {
			_, err := c.Recv(w.l.ReadBuffer())
			if len(w.did) < 3 {
				w.note("read %v", err)
			}
		}
		w.k.Kernel.CloseWrite(far)
		w.untilNoted(1)
		w.checkNoSpin("at the end")
		w.check("read EOF")
		if n, err := c.Send([]byte("x")); n != 1 || err != nil {
			w.Errorf("Send after the peer's end = %d, %v", n, err)
		}
		c.Update()
		w.turn()
		if c.Want() != 0 {
			w.Errorf("Want() = %05b after the end, want none", c.Want())
		}
		if _, err := c.Recv(make([]byte, 1)); !errors.Is(err, io.EOF) {
			w.Errorf("Recv after the end: %v", err)
		}
		w.did = nil
		require.NoError(w, c.Attach(h, 0)) // a handler that is attached anew is told anew
		w.untilNoted(1)
		w.checkNoSpin("told again")
		w.check("read EOF")
	})
}
