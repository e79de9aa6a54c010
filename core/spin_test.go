package core_test

import (
	"errors"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/core"
)

const everything = core.Readable | core.Writable | core.Priority

// checkNoSpin lets 3 ms pass, and fails if the loop does more than wait for them.
func (w *world) checkNoSpin(why string) {
	w.Helper()
	done := false
	timer := w.l.After(3*time.Millisecond, func() { done = true })
	defer timer.Stop()
	for range 8 { // what is under way may still arrive
		if _, err := w.l.Poll(patience); err != nil {
			w.Fatalf("Poll: %v", err)
		}
		if done {
			return
		}
	}
	w.Errorf("%s: the loop turns and turns, and 3 ms do not pass", why)
}

// onlyReads has no other method.
type onlyReads struct{ read func() }

func (h *onlyReads) HandleRead() { call(h.read) }

type onlyWrites struct{ write func() }

func (h *onlyWrites) HandleWrite() { call(h.write) }

type onlyExpt struct{}

func (onlyExpt) HandleExpt() {}

// S53, S91, B3: an event for which the handler has no method is none: it is not watched for,
// whatever is asked, and does not keep the loop busy. asyncore's default handlers logged a warning
// each time.
func TestNoMethodNoEvent(t *testing.T) {
	everywhere(t, func(w *world) {
		for _, tt := range []struct {
			name string
			h    any
			want core.Ready
		}{
			{"nil", nil, 0},
			{"no method", struct{}{}, 0},
			{"HandleRead", &onlyReads{}, core.Readable},
			{"HandleWrite", &onlyWrites{}, core.Writable},
			{"HandleExpt", onlyExpt{}, core.Priority},
			{"all", &handler{}, everything},
		} {
			c, far := w.watched(tt.h, everything)
			if c.Want() != tt.want {
				w.Errorf("%s: Want() = %05b when attached, want %05b", tt.name, c.Want(), tt.want)
			}
			c.SetWant(0)
			c.SetWant(everything)
			if c.Want() != tt.want {
				w.Errorf("%s: Want() = %05b after SetWant, want %05b", tt.name, c.Want(), tt.want)
			}
			if tt.want&core.Writable == 0 {
				if tt.want&core.Readable == 0 {
					w.send(far, "x")
					w.arrive(w.near)
				}
				w.checkNoSpin(tt.name)
			}
			c.Close()
			w.settle()
			w.closeFar(far)
		}
	})
}

// Another handler has other methods.
func TestAttachAnother(t *testing.T) {
	w := simulated(t)
	c, far := w.watched(&onlyWrites{}, everything)
	w.turn()
	w.send(far, "x")
	require.NoError(t, c.Attach(&onlyReads{func() {
		n, err := c.Recv(w.l.ReadBuffer())
		w.note("read %d %v", n, err)
	}}, everything))
	if c.Want() != core.Readable {
		t.Errorf("Want() = %05b, want Readable", c.Want())
	}
	w.settle()
	w.check("read 1 <nil>")
}

// S22, S81, S92, B10, B25: an end that the handler has no method for keeps nobody busy; a reset
// closes.
func TestEndWithoutMethods(t *testing.T) {
	everywhere(t, func(w *world) {
		c, far := w.watched(struct{}{}, everything)
		near := w.near
		c.CloseWrite()
		w.k.Kernel.CloseWrite(far)
		w.arrive(near)
		w.checkNoSpin("an orderly end")
		if c.Closed() {
			w.Error("an orderly end closed the connection")
		}
		w.closeFar(far)
		w.checkNoSpin("closed by the peer")

		h := &struct{ core.CloseHandler }{&handler{closed: func(err error) {
			w.note("closed, reset is %t", errors.Is(err, syscall.ECONNRESET))
		}}}
		c, far = w.watched(h, everything)
		require.NoError(w, w.k.Kernel.SetOption(far, core.Linger, 0))
		w.closeFar(far)
		w.untilNoted(1)
		w.check("closed, reset is true")
		if !c.Closed() {
			w.Error("the connection is open after a reset")
		}
	})
}

// S81, S85, B25: a handler that does nothing about the end of the stream is told of it once. It can
// go on sending, and the end of that is its own.
func TestEndIsToldOnce(t *testing.T) {
	everywhere(t, func(w *world) {
		h := w.noting("a")
		c, far := w.watched(h, core.Readable)
		h.read = func() {
			n, err := c.Recv(w.l.ReadBuffer())
			w.note("%d %v", n, err)
		}
		w.send(far, "last words")
		w.k.Kernel.CloseWrite(far)
		w.untilNoted(2)
		w.checkNoSpin("at the end")
		w.check("10 <nil>", "0 EOF")
		if c.Want() != 0 {
			w.Errorf("Want() = %05b after the end, want none", c.Want())
		}
		c.Send([]byte("answer"))
		w.arrive(far)
		if got := w.received(far); got != "answer" {
			w.Errorf("the peer received %q", got)
		}
		c.CloseWrite()
		w.checkNoSpin("when both directions have ended")
		c.SetWant(core.Readable) // who asks again, is told again
		w.untilNoted(1)
		w.checkNoSpin("told again")
		w.check("0 EOF")
		if c.Closed() {
			w.Error("somebody closed the connection")
		}
	})
}
