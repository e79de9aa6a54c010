package core_test

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/internal/inside"
)

// What is counted on the loop without a lock is seen by others turn by turn, and all of it after
// the close.
func TestOnPublish(t *testing.T) {
	everywhere(t, func(w *world) {
		counted, published := 0, 0
		inside.OnPublish(w.l, func() { published = counted })
		see := func() (n int) {
			inside.Published(w.l, func() { n = published })
			return n
		}
		for i := range 3 {
			w.l.Post(func() { counted++ })
			w.turn()
			w.turn() // the counts of a turn are published before the next wait
			if got := see(); got != i+1 {
				w.Errorf("%d after %d turns", got, i+1)
			}
		}
		var wg sync.WaitGroup
		wg.Go(func() { // the race detector looks on
			for range 100 {
				see()
			}
		})
		for range 100 {
			w.l.Post(func() { counted++ })
			w.turn()
		}
		wg.Wait()
		w.l.Post(func() { counted++ })
		w.l.Close()
		if got := see(); got != 104 {
			w.Errorf("%d after the close, want 104", got)
		}
	})
}

// How long turns take, those that wait for nothing else than the clock left out.
func TestTurnTimes(t *testing.T) {
	w := simulated(t)
	work := func(d time.Duration) {
		w.l.Post(func() { w.sim.Advance(d) })
		w.turn()
		w.turn()
	}
	check := func(busy, longest, recent time.Duration) {
		t.Helper()
		if s := w.l.Stats(); s.Busy != busy || s.LongestTurn != longest || s.RecentTurn != recent {
			t.Errorf("busy %v, longest %v, recent %v; want %v, %v, %v", s.Busy, s.LongestTurn, s.RecentTurn,
				busy, longest, recent)
		}
	}
	work(3 * time.Millisecond)
	work(20 * time.Millisecond)
	work(5 * time.Millisecond)
	check(28*time.Millisecond, 20*time.Millisecond, 20*time.Millisecond)
	w.sim.Advance(11 * time.Second) // a wait
	work(time.Millisecond)
	check(29*time.Millisecond, 20*time.Millisecond, 20*time.Millisecond)
	w.sim.Advance(11 * time.Second)
	work(2 * time.Millisecond)
	check(31*time.Millisecond, 20*time.Millisecond, 2*time.Millisecond)
	w.sim.Advance(time.Hour)
	work(time.Millisecond)
	check(32*time.Millisecond, 20*time.Millisecond, time.Millisecond)
}

// named is a handler that knows whose it is, and does nothing right.
type named struct{ logger *slog.Logger }

func (n named) Logger() *slog.Logger { return n.logger }
func (n named) HandleRead()          { panic("read") }
func (n named) HandleError(error)    { panic("error") }
func (n named) HandleClose(error)    { panic("close") }

// S18 of the security notes, S31: what is logged about a handler says whose it is, also if that is
// said for HandleError and HandleClose.
func TestPanicIsLoggedWithItsName(t *testing.T) {
	w := simulated(t)
	var said bytes.Buffer
	h := named{slog.New(slog.NewTextHandler(&said, nil)).With("id", 7)}
	_, far := w.watched(h, core.Readable)
	w.send(far, "x")
	w.turn()
	lines := strings.Split(strings.TrimSpace(said.String()), "\n")
	if len(lines) != 3 {
		t.Fatalf("logged %q, want three lines", lines)
	}
	for i, what := range []string{"panic=read", "panic=error", "panic=close"} {
		if !strings.Contains(lines[i], what) || !strings.Contains(lines[i], "id=7") {
			t.Errorf("line %d is %q, want %s and id=7", i, lines[i], what)
		}
	}
	if got := w.logs.take(); len(got) != 0 {
		t.Errorf("the loop's logger got %q", got)
	}
	w.advance(time.Second)                             // it is logged at most so often
	other, far := w.watched(named{nil}, core.Readable) // no logger of its own, after all
	w.send(far, "x")
	w.turn()
	if got := w.logs.take(); len(got) != 3 || !other.Closed() {
		t.Errorf("the loop's logger got %q, closed is %t; want three lines, true", got, other.Closed())
	}
}
