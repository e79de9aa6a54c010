package core_test

import (
	"context"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/kernel"
	"github.com/go-asynchat/asynchat/core/simkernel"
)

const (
	spin   = 50 * time.Microsecond
	wakeup = 30 * time.Microsecond // what it costs to be put to sleep and woken
)

// A spinKernel has a clock that goes on by a microsecond whenever somebody looks at it or polls,
// and one event each so often.
type spinKernel struct {
	core.Kernel
	now          time.Time
	every        time.Duration
	next         time.Time
	looks, waits int    // that did not wait, and that did
	look         func() // called at each look
}

func newSpinKernel(every time.Duration) *spinKernel {
	start := time.Unix(0, 0)
	return &spinKernel{Kernel: simkernel.New(), now: start, every: every, next: start.Add(every)}
}

func (k *spinKernel) Now() time.Time {
	k.now = k.now.Add(time.Microsecond)
	return k.now
}

func (k *spinKernel) OpenPoller() (core.Poller, error) {
	p, err := k.Kernel.OpenPoller()
	return &spinPoller{p, k}, err
}

type spinPoller struct {
	core.Poller
	k *spinKernel
}

func (p *spinPoller) Wait(events []kernel.Event, timeout time.Duration) (int, error) {
	k := p.k
	k.now = k.now.Add(time.Microsecond)
	switch {
	case timeout == 0:
		k.looks++
		if k.look != nil {
			k.look()
		}
	case timeout > 0 && k.now.Add(timeout).Before(k.next):
		k.waits++
		k.now = k.now.Add(timeout)
	default:
		k.waits++
		if k.next.After(k.now) {
			k.now = k.next.Add(wakeup)
		}
	}
	if k.now.Before(k.next) {
		return 0, nil
	}
	k.next = k.now.Add(k.every)
	events[0] = kernel.Event{Token: 1 << 40}
	return 1, nil
}

// spun makes n turns with an event each so often, and returns how many waits slept, and how many
// looks there were.
func spun(t *testing.T, n int, every time.Duration, opts ...core.Option) (waits, looks int) {
	t.Helper()
	k := newSpinKernel(every)
	l, err := core.New(append(opts, core.WithKernel(k))...)
	require.NoError(t, err)
	defer l.Close()
	for range n {
		_, err := l.Poll(-1)
		require.NoError(t, err)
	}
	return k.waits, k.looks
}

// onProcessors runs f with so many processors for goroutines.
func onProcessors(n int, f func()) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(n))
	f()
}

// A loop that is soon needed again does not sleep; one that is not, or has no such option, does
// nothing else; and where each spin would be just too short, hardly any is made.
func TestSpinTunesItself(t *testing.T) {
	onProcessors(2, func() {
		if waits, looks := spun(t, 1000, 20*time.Microsecond); waits != 1000 || looks != 0 {
			t.Errorf("without the option: %d waits, %d looks, want 1000 and 0", waits, looks)
		}
		if waits, _ := spun(t, 1000, 20*time.Microsecond, core.WithSpin(spin)); waits > 1 {
			t.Errorf("an event each 20 µs: %d of 1000 waits slept, want 1", waits)
		}
		if waits, looks := spun(t, 1000, time.Second, core.WithSpin(spin)); waits != 1000 || looks != 0 {
			t.Errorf("an event a second: %d waits, %d looks, want 1000 and 0", waits, looks)
		}
		if waits, looks := spun(t, 1000, 60*time.Microsecond, core.WithSpin(spin)); waits != 1000 ||
			looks == 0 || looks > 15*50 {
			t.Errorf("an event each 60 µs: %d waits, %d looks, want 1000 and those of at most 15 spins",
				waits, looks)
		}
	})
}

// When the events end, the loop spins once more, and then never.
func TestSpinEndsWhenIdle(t *testing.T) {
	onProcessors(2, func() {
		k := newSpinKernel(20 * time.Microsecond)
		l, err := core.New(core.WithKernel(k), core.WithSpin(spin))
		require.NoError(t, err)
		defer l.Close()
		turn := func() {
			_, err := l.Poll(-1)
			require.NoError(t, err)
		}
		for range 10 {
			turn()
		}
		k.every = time.Second
		turn()
		k.looks = 0
		turn()
		if k.looks == 0 || k.looks > 50 {
			t.Errorf("%d looks before the first long wait, want those of one spin", k.looks)
		}
		k.looks = 0
		for range 10 {
			turn()
		}
		if k.looks != 0 {
			t.Errorf("%d looks while idle", k.looks)
		}
	})
}

// A timer is not late because of a spin, nor early.
func TestSpinKeepsTimers(t *testing.T) {
	onProcessors(2, func() {
		k := newSpinKernel(20 * time.Microsecond)
		l, err := core.New(core.WithKernel(k), core.WithSpin(time.Second))
		require.NoError(t, err)
		defer l.Close()
		for range 3 {
			_, err := l.Poll(-1)
			require.NoError(t, err)
		}
		k.every = time.Hour
		_, err = l.Poll(-1)
		require.NoError(t, err)
		var fired time.Time
		due := k.now.Add(500 * time.Microsecond)
		l.After(500*time.Microsecond, func() { fired = k.now })
		for i := 0; fired.IsZero() && i < 5; i++ {
			_, err := l.Poll(-1)
			require.NoError(t, err)
		}
		if late := fired.Sub(due); late < 0 || late > 20*time.Microsecond {
			t.Errorf("the timer is %v late", late)
		}
	})
}

// A post ends the spin.
func TestSpinSeesPosts(t *testing.T) {
	onProcessors(2, func() {
		k := newSpinKernel(20 * time.Microsecond)
		l, err := core.New(core.WithKernel(k), core.WithSpin(spin))
		require.NoError(t, err)
		defer l.Close()
		for range 3 {
			_, err := l.Poll(-1)
			require.NoError(t, err)
		}
		k.every = time.Hour
		_, err = l.Poll(-1)
		require.NoError(t, err)
		ran := false
		k.looks = 0
		k.look = func() {
			if k.looks == 3 {
				require.NoError(t, l.Post(func() { ran = true }))
			}
		}
		_, err = l.Poll(-1)
		require.NoError(t, err)
		if !ran || k.looks != 3 {
			t.Errorf("posted at the third look: ran is %t after %d looks", ran, k.looks)
		}
	})
}

// What other goroutines want of a loop that spins is not lost: posts, Stop, the end of the context;
// with one processor and with two, on every poller.
func TestSpinIsInterrupted(t *testing.T) {
	for _, processors := range []int{1, 2} {
		onProcessors(processors, func() {
			for _, name := range core.Pollers() {
				l, err := core.New(core.WithPoller(name), core.WithSpin(time.Millisecond))
				require.NoError(t, err)
				interrupt(t, l)
				require.NoError(t, l.Close())
			}
		})
	}
}

func interrupt(t *testing.T, l *core.Loop) {
	t.Helper()
	in := func(what string, c <-chan error) error {
		select {
		case err := <-c:
			return err
		case <-time.After(patience):
			t.Fatalf("%s is lost", what)
			return nil
		}
	}
	for range 100 {
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- l.Run(ctx) }()
		for range 5 {
			ran := make(chan error, 1)
			require.NoError(t, l.Post(func() { ran <- nil }))
			in("a post", ran)
		}
		cancel()
		if err := in("the end of the context", ended); err != context.Canceled {
			t.Errorf("Run = %v", err)
		}
		go func() { ended <- l.Run(context.Background()) }()
		l.Post(func() {})
		l.Stop()
		if err := in("Stop", ended); err != nil {
			t.Errorf("Run = %v", err)
		}
	}
}

// On a simulated kernel, whose clock stands still between two events, a loop with the option does
// what it does without.
func TestSpinInSimulation(t *testing.T) {
	k := simkernel.New()
	l, err := core.New(core.WithKernel(k), core.WithSpin(time.Hour))
	require.NoError(t, err)
	defer l.Close()
	fired := 0
	l.Every(time.Second, func() { fired++ })
	for range 100 {
		_, err := l.Poll(-1)
		require.NoError(t, err)
	}
	if fired < 99 {
		t.Errorf("%d timers in 100 turns", fired)
	}
}
