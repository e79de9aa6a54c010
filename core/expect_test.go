package core_test

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/kernel"
)

// countingKernel is a kernel whose pollers count how they are woken, and can park if those of the
// kernel can.
type countingKernel struct {
	core.Kernel
	wakes, unparks, parks atomic.Int64
}

func (k *countingKernel) OpenPoller() (core.Poller, error) {
	p, err := k.Kernel.OpenPoller()
	if parker, ok := p.(kernel.Parker); ok {
		return &countingParker{countingPoller{p, k}, parker}, err
	}
	return &countingPoller{p, k}, err
}

type countingPoller struct {
	core.Poller
	k *countingKernel
}

func (p *countingPoller) Wake() error {
	p.k.wakes.Add(1)
	return p.Poller.Wake()
}

type countingParker struct {
	countingPoller
	parker kernel.Parker
}

func (p *countingParker) Park(events []kernel.Event, timeout time.Duration) (int, error) {
	p.k.parks.Add(1)
	return p.parker.Park(events, timeout)
}

func (p *countingParker) Unpark() error {
	p.k.unparks.Add(1)
	return p.parker.Unpark()
}

// runs runs the loop until the test ends.
func runs(t *testing.T, l *core.Loop) {
	t.Helper()
	ended := make(chan error, 1)
	go func() { ended <- l.Run(context.Background()) }()
	t.Cleanup(func() {
		l.Stop()
		require.NoError(t, <-ended)
		l.Close()
	})
}

// countedPollers runs f with a counted kernel for each poller of the system.
func countedPollers(t *testing.T, f func(t *testing.T, k *countingKernel)) {
	for _, name := range core.Pollers() {
		t.Run(name, func(t *testing.T) {
			system, err := core.System(name)
			require.NoError(t, err)
			f(t, &countingKernel{Kernel: system})
		})
	}
}

// A post to a loop that expects one costs no system call where the poller can park, and none is
// lost, whichever way the loop waits: it expects posts in some turns and not in others, and other
// goroutines stop and wake it meanwhile.
func TestExpectedPostsWake(t *testing.T) {
	countedPollers(t, func(t *testing.T, k *countingKernel) {
		l, err := core.New(core.WithKernel(k))
		require.NoError(t, err)
		runs(t, l)
		parks := t.Name() == "TestExpectedPostsWake/epoll"
		ran := make(chan int, 1)
		round := func(f func()) {
			require.NoError(t, l.Post(f))
			select {
			case <-ran:
			case <-time.After(patience):
				t.Fatal("a post was lost")
			}
		}
		round(func() { l.Expect(1); ran <- 1 })
		k.wakes.Store(0)
		for range 500 {
			round(func() { ran <- 1 })
		}
		if n := k.wakes.Load(); k.parks.Load() > 0 && n > 0 {
			t.Errorf("%d of 500 expected posts cost a wake", n)
		}
		if parks { // once nothing comes for long enough
			for end := time.Now().Add(patience); k.parks.Load() == 0; runtime.Gosched() {
				require.True(t, time.Now().Before(end), "an epoll is never parked")
			}
		}
		for i := range 500 { // the ways to wait alternate, and the lot is closed now and then
			n := 1 - 2*(i/100%2)
			round(func() { l.Expect(n); l.Expect(-n); ran <- 1 })
			if i%100 == 99 {
				round(func() { l.Expect(-n); ran <- 1 })
				round(func() { l.Expect(n); ran <- 1 })
			}
		}
	})
}

// Many goroutines at once, while the loop changes how it waits.
func TestExpectStress(t *testing.T) {
	countedPollers(t, func(t *testing.T, k *countingKernel) {
		l, err := core.New(core.WithKernel(k))
		require.NoError(t, err)
		runs(t, l)
		const goroutines, each = 8, 200
		var wg sync.WaitGroup
		for g := range goroutines {
			wg.Go(func() {
				for i := range each {
					ran := make(chan bool)
					require.NoError(t, l.Post(func() {
						if (g+i)%3 == 0 {
							l.Expect(1)
							go l.Post(func() { l.Expect(-1); close(ran) })
						} else {
							close(ran)
						}
					}))
					select {
					case <-ran:
					case <-time.After(patience):
						t.Error("a post was lost")
						return
					}
				}
			})
		}
		wg.Wait()
	})
}

// A parked loop sees events and keeps its times.
func TestParkedLoopWaits(t *testing.T) {
	countedPollers(t, func(t *testing.T, k *countingKernel) {
		w := newWorld(t, k)
		l, err := core.New(core.WithKernel(k))
		require.NoError(t, err)
		near, far := w.descriptors()
		w.own(far)
		c := core.NewConn(l, near)
		read := make(chan string, 1)
		require.NoError(t, c.Attach(&onlyReads{func() {
			b := make([]byte, 8)
			n, _ := c.Recv(b)
			read <- string(b[:n])
		}}, core.Readable))
		l.Expect(1)
		runs(t, l)
		for range 3 {
			w.send(far, "x")
			require.Equal(t, "x", <-read)
		}
		fired := make(chan time.Duration, 1)
		for range 3 {
			require.NoError(t, l.Post(func() {
				began := time.Now()
				l.After(2*time.Millisecond, func() { fired <- time.Since(began) })
			}))
			if d := <-fired; d < 2*time.Millisecond {
				t.Errorf("a timer of 2 ms fired after %v", d)
			}
		}
	})
}

// idling notes when the loop is idle.
type idling struct {
	*handler
	idle func()
}

func (h *idling) HandleIdle() { h.idle() }

// What waits for the loop to be idle comes before it sleeps, and behind what is posted. A loop that
// is never idle comes to it after ten milliseconds.
func TestWhenIdle(t *testing.T) {
	w := simulated(t)
	h := &idling{handler: &handler{}, idle: func() { w.note("idle") }}
	c, _ := w.watched(h, core.Readable)
	w.l.Post(func() {
		c.WhenIdle()
		c.WhenIdle()
		w.note("first")
		w.l.Post(func() { w.note("second") })
	})
	start := w.l.Now()
	w.l.After(time.Hour, func() { w.note("timer") })
	for range 3 {
		w.l.Poll(-1)
	}
	w.check("first", "second", "idle", "timer")
	if d := w.l.Now().Sub(start); d != time.Hour {
		t.Errorf("the loop slept %v, want an hour", d)
	}

	turns := 0
	var again func()
	again = func() {
		if turns++; turns < 30 {
			w.sim.Advance(time.Millisecond)
			w.l.Post(again)
		}
	}
	h.idle = func() { w.note("late in turn %d", turns) }
	w.l.Post(func() { c.WhenIdle(); again() })
	for range 30 {
		w.l.Poll(-1)
	}
	w.check("late in turn 10")

	h.idle = func() { w.note("idle") }
	c.WhenIdle()
	if n, err := w.l.Poll(0); n != 1 || err != nil {
		t.Errorf("Poll(0) = %d, %v, want 1: it has made a call", n, err)
	}
	w.check("idle")
	c.WhenIdle()
	c.Close()
	w.l.Poll(0)
	w.check()
}

// HandleIdle sees the clock of now, after a turn that took long: not an earlier one, by which a
// deadline that it sets would have passed.
func TestClockWhenIdle(t *testing.T) {
	w := simulated(t)
	h := &idling{handler: &handler{}}
	c, _ := w.watched(h, core.Readable)
	var before time.Duration
	h.idle = func() {
		if now := w.l.Clock(); now < before {
			t.Errorf("the clock goes back by %v", before-now)
		}
		w.note("idle")
	}
	w.l.Post(func() {
		before = w.l.Clock()
		w.sim.Advance(time.Minute)
		c.WhenIdle()
	})
	w.l.Poll(0)
	w.l.Poll(0)
	w.check("idle")
}

// To want nothing for a while costs no system call if nothing comes meanwhile, and one if something
// does, of which the handler is told when it wants it again.
func TestSetWantLazily(t *testing.T) {
	everywhere(t, func(w *world) {
		c, far := w.watched(w.noting("a"), core.Readable)
		for range 3 {
			c.SetWantLazily(0)
			if c.Want() != 0 {
				w.Errorf("Want() = %05b, want none", c.Want())
			}
			c.SetWant(core.Readable)
		}
		if n := w.k.total("Modify", "Add", "Remove"); n > 1 {
			w.Errorf("%d calls of the poller, want none but the first Add", n)
		}
		c.SetWantLazily(0)
		w.send(far, "x")
		w.arrive(w.near)
		w.checkNoSpin("while nothing is wanted")
		w.check()
		if n := w.k.total("Modify"); n != 1 {
			w.Errorf("%d calls of Modify when something came, want 1", n)
		}
		c.SetWant(core.Readable)
		w.untilNoted(1)
		w.check("a read")
		c.SetWantLazily(core.Writable) // which is more than it wanted: no laziness
		if n := w.k.total("Modify"); n != 2 {
			w.Errorf("%d calls of Modify, want 2", n)
		}
		c.Close()
	})
}
