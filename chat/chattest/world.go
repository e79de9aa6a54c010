package chattest

import (
	"log/slog"
	"testing"
	"time"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/simkernel"
)

// A world is a kernel in memory with the loops on it and the peers of their connections. The
// goroutine of the test turns all of it, in the same order every time.
type world struct {
	tb     testing.TB
	kernel kernel
	loops  []*core.Loop
	peers  []*Peer
}

func newWorld(tb testing.TB) *world {
	w := &world{tb: tb, kernel: kernel{Kernel: simkernel.New(), tb: tb}}
	w.kernel.w = w
	return w
}

// newLoop adds a loop, which logs to the test's output if logger is nil.
func (w *world) newLoop(logger *slog.Logger) *core.Loop {
	w.tb.Helper()
	if logger == nil {
		logger = slog.New(slog.NewTextHandler(w.tb.Output(), nil))
	}
	l, err := core.New(core.WithKernel(&w.kernel), core.WithLogger(logger))
	if err != nil {
		w.tb.Fatalf("chattest: %v", err)
	}
	w.loops = append(w.loops, l)
	return l
}

func (w *world) newPeer(fd int) *Peer {
	p := &Peer{w: w, fd: fd, accept: everything}
	w.peers = append(w.peers, p)
	return p
}

// close ends everything. What channels owe to their handlers when they are closed is due by then.
func (w *world) close() {
	w.kernel.holding = false
	for w.kernel.finishWork() {
	}
	for _, l := range w.loops {
		l.Close()
	}
	if n := w.kernel.pending; n > 0 {
		w.tb.Errorf("chattest: %d producers were pushed and never closed", n)
	}
}

// maxTurns is more than any test needs; a channel that is never quiet has a fault.
const maxTurns = 1 << 20

// run turns the loops until nothing happens any more.
func (w *world) run() {
	for range maxTurns {
		moved := w.exchange()
		for _, l := range w.loops {
			n, err := l.Poll(0)
			if err != nil {
				w.tb.Helper()
				w.tb.Fatalf("chattest: %v", err)
			}
			moved = moved || n > 0
		}
		if !moved && !w.exchange() {
			return
		}
	}
	w.tb.Helper()
	w.tb.Fatalf("chattest: the channel is not quiet after %d turns", maxTurns)
}

// exchange lets every peer send or receive, and reports whether one did.
func (w *world) exchange() (moved bool) {
	for _, p := range w.peers {
		if p.transmit() || p.receive() {
			moved = true
		}
	}
	return moved
}

// advance moves the clock by d, standing still at each timer.
func (w *world) advance(d time.Duration) {
	w.tb.Helper()
	w.run() // what is due to happen before may arm timers
	end := w.kernel.Now().Add(d)
	for {
		next, ok := w.nextTimer()
		if !ok || next.After(end) {
			break
		}
		w.kernel.Advance(max(0, next.Sub(w.kernel.Now())))
		w.run()
	}
	w.kernel.Advance(end.Sub(w.kernel.Now()))
	w.run()
}

func (w *world) nextTimer() (first time.Time, ok bool) {
	for _, l := range w.loops {
		if next, armed := l.NextTimer(); armed && (!ok || next.Before(first)) {
			first, ok = next, true
		}
	}
	return first, ok
}
