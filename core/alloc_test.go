package core_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/core"
)

// echo sends back what it receives.
type echo struct{ c *core.Conn }

func (e *echo) HandleRead() {
	n, err := e.c.Recv(e.c.Loop().ReadBuffer())
	if err != nil {
		e.c.CloseWith(err)
		return
	}
	e.c.Send(e.c.Loop().ReadBuffer()[:n])
	e.c.Defer()
}

func (e *echo) HandleDeferred() {}

func checkAllocs(t *testing.T, what string, f func()) {
	t.Helper()
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	for range 10 {
		f()
	}
	if n := testing.AllocsPerRun(500, f); n != 0 {
		t.Errorf("%s allocates %v times, want 0", what, n)
	}
}

// An event costs no memory, on any kernel: the turn, the read, the write, the deferred call.
func TestEventAllocs(t *testing.T) {
	everywhere(t, func(w *world) {
		near, far := w.descriptors()
		w.own(far)
		k := w.k.Kernel
		l, err := core.New(core.WithKernel(k))
		require.NoError(w, err)
		defer l.Close()
		c := core.NewConn(l, near)
		require.NoError(w, c.Attach(&echo{c}, core.Readable))
		out, in := []byte("hello, world"), make([]byte, 64)
		checkAllocs(w.T, "an echo", func() {
			if _, err := k.Write(far, out); err != nil {
				w.Fatal(err)
			}
			for range 1000 {
				if _, err := l.Poll(10 * time.Millisecond); err != nil {
					w.Fatal(err)
				}
				if n, _ := k.Read(far, in); n == len(out) {
					return
				}
			}
			w.Fatal("no echo")
		})
	})
}

func TestSetWantAllocs(t *testing.T) {
	everywhere(t, func(w *world) {
		c, _ := w.watched(&echo{}, 0)
		checkAllocs(w.T, "SetWant", func() {
			c.SetWant(core.Readable)
			c.SetWant(0)
			w.l.Poll(0)
		})
	})
}

// B4: an idle timer is reset for every message.
func TestTimerAllocs(t *testing.T) {
	w := simulated(t)
	var timers []*core.Timer
	for i := range 100 {
		timers = append(timers, w.l.After(time.Hour+time.Duration(i), func() {}))
	}
	i := 0
	checkAllocs(t, "Reset", func() {
		timers[i%100].Reset(time.Hour)
		timers[(i+7)%100].Stop()
		timers[(i+7)%100].Reset(time.Minute)
		i++
	})
	tick := w.l.Every(time.Second, func() {})
	checkAllocs(t, "a timer that fires", func() {
		w.sim.Advance(time.Second)
		w.l.Poll(0)
	})
	tick.Stop()
}

func TestPostAllocs(t *testing.T) {
	w := simulated(t)
	f := func() {}
	checkAllocs(t, "Post", func() {
		w.l.Post(f)
		w.l.Post(f)
		w.l.Poll(0)
	})
}
