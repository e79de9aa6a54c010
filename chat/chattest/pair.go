package chattest

import (
	"testing"
	"time"

	"github.com/go-asynchat/asynchat/chat"
)

// Pair joins two channels, one with each handler, such as a server and its client. Each receives
// the output of the other, back and forth until both are quiet. They are closed at the end of the
// test.
func Pair(tb testing.TB, a, b chat.NewHandler) (*Side, *Side) {
	tb.Helper()
	w := newWorld(tb)
	w.newLoop(nil)
	tb.Cleanup(w.close)
	first, second, err := w.kernel.Pair()
	if err != nil {
		tb.Fatalf("chattest: %v", err)
	}
	x, y := new(Side), new(Side)
	x.open(w, first, a)
	y.open(w, second, b)
	w.run()
	return x, y
}

// Advance lets d pass on the virtual clock, which both sides share. Timers fire one by one, each at
// its own time.
func (s *Side) Advance(d time.Duration) {
	s.w.tb.Helper()
	s.w.advance(d)
}
