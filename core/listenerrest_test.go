package core_test

import (
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/core"
)

// S60, B18: out of descriptors, the listener is neither closed nor does it spin: it says so once
// and rests, from 5 ms to 1 s; who is connected goes on being served, and when there are
// descriptors again, so is everybody else who waits. When that lasts, they are turned away, and the
// listener keeps a descriptor for the next.
func TestOutOfDescriptors(t *testing.T) {
	w := simulated(t)
	ln, _ := w.listen()
	served, far := w.watched(&handler{}, core.Readable)
	h := w.noting("old")
	require.NoError(t, served.Attach(h, core.Readable))
	h.read = func() {
		served.Recv(w.l.ReadBuffer())
		w.note("old read")
	}
	for range 3 {
		w.client(ln)
	}
	w.sim.MaxFiles = w.sim.Open() + 1
	w.settle()
	w.check("accepted")
	open := w.sim.Open()
	rest := 5 * time.Millisecond
	for range 8 {
		next, ok := w.l.NextTimer()
		if !ok || next.Sub(w.l.Now()) != rest {
			t.Fatalf("the listener rests until %v, want %v", next, w.l.Now().Add(rest))
		}
		w.k.total()
		w.send(far, "x")
		w.advance(rest - 1)
		w.check("old read")
		if n := w.k.total("Accept"); n != 0 {
			t.Errorf("Accept was called %d times while the listener rests", n)
		}
		w.advance(1)
		w.check()
		rest = min(2*rest, time.Second)
	}
	if said := w.logs.take(); !slices.Equal(said, []string{"accept failed, backing off"}) {
		t.Errorf("logged %q, want it once", said)
	}
	if s := w.l.Stats(); s.TurnedAway != 0 || s.Accepted != 1 {
		t.Errorf("after 1.3 s %d were turned away, %d accepted; want 0, 1", s.TurnedAway, s.Accepted)
	}
	w.advance(time.Second)
	w.check()
	if s := w.l.Stats(); s.TurnedAway != 2 || !w.sim.Ended(w.clients[1]) ||
		!w.sim.Ended(w.clients[2]) {
		t.Errorf("%d were turned away, the others see their end: %t, %t; want 2", s.TurnedAway,
			w.sim.Ended(w.clients[1]), w.sim.Ended(w.clients[2]))
	}
	if w.sim.Open() != open {
		t.Errorf("%d descriptors are open, want %d, the reserve among them", w.sim.Open(), open)
	}
	for range 2 {
		w.sim.MaxFiles++
		w.client(ln)
	}
	checkRecovery(w, ln)
}

// checkRecovery checks a listener after there are descriptors again: it accepts the two that wait,
// and if they run out once more, it begins from the shortest rest.
func checkRecovery(w *world, ln *core.Listener) {
	w.Helper()
	w.sim.MaxFiles = 0
	w.advance(time.Second)
	w.isNoted(2, "accepted")
	w.client(ln)
	w.k.fault = failing("Accept", 1, syscall.ENFILE)
	w.settle()
	if next, ok := w.l.NextTimer(); !ok || next.Sub(w.l.Now()) != 5*time.Millisecond {
		w.Errorf("after it had recovered, the listener rests until %v, want 5ms", next)
	}
	if said := w.logs.take(); len(said) != 1 {
		w.Errorf("the next time was logged %d times, want once", len(said))
	}
	w.advance(5 * time.Millisecond)
	w.check("accepted")
}

// A listener that is closed while it rests stays closed.
func TestCloseWhileResting(t *testing.T) {
	w := simulated(t)
	ln, _ := w.listen()
	w.client(ln)
	w.k.fault = failing("Accept", 1, syscall.EMFILE)
	w.settle()
	ln.Close()
	w.advance(time.Hour)
	w.check("listener closed <nil>")
}
