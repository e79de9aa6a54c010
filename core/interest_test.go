package core_test

import (
	"errors"
	"syscall"
	"testing"
	"time"

	"github.com/go-asynchat/asynchat/core"
)

// S7, B2: interest is told to the poller when it changes, not before each wait.
func TestSetWantCosts(t *testing.T) {
	w := simulated(t)
	c, far := w.watched(&handler{}, core.Readable)
	for _, tt := range []struct {
		want  core.Ready
		calls int
	}{
		{core.Readable, 0},
		{core.Readable | core.Writable, 1},
		{core.Readable | core.Writable, 0},
		{0, 1},
		{0, 0},
		{core.Readable, 1},
	} {
		w.k.total()
		c.SetWant(tt.want)
		if n := w.k.total(); n != tt.calls || c.Want() != tt.want {
			t.Errorf("SetWant(%05b) made %d calls, want %d; Want() = %05b", tt.want, n, tt.calls, c.Want())
		}
	}
	c.Close()
	w.k.total()
	c.SetWant(core.Writable)
	if n := w.k.total(); n != 0 {
		t.Errorf("SetWant of a closed dispatcher made %d calls", n)
	}
	w.closeFar(far)
}

// SetWant before Attach costs nothing either.
func TestSetWantBeforeAttach(t *testing.T) {
	w := simulated(t)
	c, _ := w.pair()
	w.k.total()
	c.SetWant(core.Readable)
	if n := w.k.total(); n != 0 {
		t.Errorf("SetWant before Attach made %d calls", n)
	}
	c.Close()
	w.turn()
}

// S21, B2: a thousand that are idle cost nothing: a turn is one Wait and the calls for the one that
// is ready.
func TestIdleConnectionsCostNothing(t *testing.T) {
	w := simulated(t)
	for range 1000 {
		w.watched(&handler{read: func() { t.Error("an idle connection was read") }}, core.Readable)
	}
	h := &handler{}
	c, far := w.watched(h, core.Readable)
	h.read = func() { c.Recv(w.l.ReadBuffer()) }
	w.turn()
	for range 3 {
		w.k.total()
		w.send(far, "x")
		w.turn()
		waits, reads := w.k.calls["Wait"], w.k.calls["Read"]
		if all := w.k.total(); waits != 1 || reads != 1 || all != 2 {
			t.Errorf("a turn made %d Waits, %d Reads, %d calls in all; want 1, 1, 2", waits, reads, all)
		}
	}
}

// S53, B3: without output there is no interest in room for it, and nothing spins.
func TestNoSpin(t *testing.T) {
	everywhere(t, func(w *world) {
		w.watched(w.noting("a"), core.Readable)
		w.watched(w.noting("b"), 0)
		w.l.After(3*time.Millisecond, w.noteTimer("timer"))
		w.k.total()
		w.untilNoted(1)
		if turns := w.k.total("Wait"); turns > 8 {
			w.Errorf("%d turns to wait for a timer", turns)
		}
		w.check("timer")
	})
}

// C#55476, S22, B10: one that wants nothing is told at once that its connection was reset.
func TestResetWhilePaused(t *testing.T) {
	everywhere(t, func(w *world) {
		h := w.noting("a")
		h.closed = func(err error) {
			w.note("a closed")
			if !errors.Is(err, syscall.ECONNRESET) {
				w.Errorf("closed for %v, want ECONNRESET", err)
			}
		}
		c, far := w.watched(h, 0)
		c.Send([]byte("never read"))
		w.arrive(far)
		w.settle()
		w.closeFar(far)
		w.untilNoted(1)
		w.check("a closed")
	})
}

// S81, B25: the end of the stream is no error. One that wants nothing is not told of it, costs no
// turns, and sees it as soon as it wants to read, behind all the data (S34, B9).
func TestEndWhilePaused(t *testing.T) {
	everywhere(t, func(w *world) {
		h := w.noting("a")
		var c *core.Conn
		h.read = func() {
			p := make([]byte, 10)
			n, err := c.Recv(p)
			w.note("%q %v", p[:n], err)
			if err != nil {
				c.CloseWith(err)
			}
		}
		c, far := w.watched(h, 0)
		near := w.near
		w.send(far, "twenty-five bytes are sent")
		c.CloseWrite() // with this the peer's close is a hang-up on TCP too
		w.k.Kernel.CloseWrite(far)
		w.arrive(near)
		w.settle()
		w.k.total()
		w.l.After(3*time.Millisecond, w.noteTimer("timer"))
		w.untilNoted(1)
		if turns := w.k.total("Wait"); turns > 8 {
			w.Errorf("%d turns while a hang-up was pending that nobody waits for", turns)
		}
		w.check("timer")
		c.SetWant(core.Readable)
		w.untilNoted(5)
		w.check(`"twenty-fiv" <nil>`, `"e bytes ar" <nil>`, `"e sent" <nil>`, `"" EOF`, "a closed EOF")
	})
}

type hangingUp struct {
	*handler
	hangUp func()
}

func (h *hangingUp) HandleHangUp() { h.hangUp() }

// W1: a handler with HandleHangUp that wants nothing is asked once, and can read what came before a
// reset, then or when it likes.
func TestHangUpHandler(t *testing.T) {
	everywhere(t, func(w *world) {
		h := &hangingUp{handler: w.noting("a")}
		c, far := w.watched(h, 0)
		near := w.near
		read := func() {
			p := make([]byte, 10)
			n, err := c.Recv(p)
			w.note("%q %v", p[:n], err)
			if err != nil {
				c.CloseWith(err)
			}
		}
		h.read = read
		h.hangUp = func() {
			if err := c.Err(); !errors.Is(err, syscall.ECONNRESET) || c.Err() != nil {
				w.Errorf("Err = %v, and then %v; want ECONNRESET, once", err, c.Err())
			}
			w.note("hang-up")
			read()
		}
		c.Send([]byte("never read"))
		w.send(far, "twelve bytes")
		w.arrive(near)
		w.arrive(far)
		w.settle()
		w.closeFar(far)
		w.untilNoted(2)
		w.k.total()
		w.l.After(3*time.Millisecond, w.noteTimer("timer"))
		w.untilNoted(3)
		if turns := w.k.total("Wait"); turns > 8 {
			w.Errorf("%d turns while a hang-up was pending that was dealt with", turns)
		}
		c.SetWant(core.Readable)
		w.untilNoted(6)
		w.check("hang-up", `"twelve byt" <nil>`, "timer", `"es" <nil>`, `"" EOF`, "a closed EOF")
	})
}

// The same when the handler stops to read in the very event that reports the hang-up.
func TestPauseAtHangUp(t *testing.T) {
	w := simulated(t)
	h := w.noting("a")
	c, far := w.watched(h, core.Readable)
	h.read = func() {
		w.note("a read")
		c.SetWant(0)
	}
	w.send(far, "x")
	w.closeFar(far)
	w.settle()
	w.check("a read")
	c.SetWant(core.Readable)
	w.turn()
	w.check("a read")
	c.Close()
}

// One that waits for room only is told of the hang-up by its next write.
func TestHangUpWhileWriting(t *testing.T) {
	w := simulated(t)
	h := w.noting("a")
	c, far := w.watched(h, 0)
	fill(w, c)
	c.SetWant(core.Writable)
	h.write = func() {
		n, err := c.Send([]byte("x"))
		w.note("sent %d", n)
		c.CloseWith(err)
	}
	w.settle()
	w.check()
	w.closeFar(far)
	w.settle()
	if len(w.did) != 2 || w.did[0] != "sent 0" {
		t.Errorf("what happened: %q, want one failed write and the close", w.did)
	}
}

// fill sends until there is no room.
func fill(w *world, c *core.Conn) (sent int) {
	w.Helper()
	p := make([]byte, 32<<10)
	for range 1 << 12 {
		n, err := c.Send(p)
		if err != nil {
			w.Fatalf("Send: %v", err)
		}
		sent += n
		if n == 0 {
			return sent
		}
	}
	w.Fatal("the connection is never full")
	return 0
}
