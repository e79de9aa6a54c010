package simkernel_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/simkernel"
)

func scheduled(t *testing.T, seed uint64, n int) (*simkernel.Kernel, *simkernel.Scheduler,
	[]*core.Loop) {
	t.Helper()
	k := simkernel.New()
	s := simkernel.NewScheduler(k, seeded(seed))
	var loops []*core.Loop
	for range n {
		l, err := core.New(core.WithKernel(k))
		require.NoError(t, err)
		loops = append(loops, l)
	}
	s.Go(loops...)
	t.Cleanup(s.Close)
	return k, s, loops
}

// Loops that sleep wake each other by Post.
func TestLoopsWakeEachOther(t *testing.T) {
	_, s, loops := scheduled(t, 1, 3)
	hops := 0
	var hop func()
	hop = func() {
		if hops++; hops < 100 {
			loops[hops%3].Post(hop)
		}
	}
	loops[0].Post(hop)
	if err := s.Run(0, func() bool { return hops == 100 }); err != nil {
		t.Errorf("Run = %v after %d hops", err, hops)
	}
	if err := s.Run(0, func() bool { return false }); !errors.Is(err, simkernel.ErrDeadlock) {
		t.Errorf("Run = %v when nothing is left to do, want ErrDeadlock", err)
	}
}

// Each timer fires when the clock stands at its time, whatever the other loops do.
func TestTimersOfManyLoops(t *testing.T) {
	k, s, loops := scheduled(t, 1, 3)
	start, fired := k.Now(), 0
	for i := range 30 {
		d := time.Duration(i*i) * time.Millisecond
		loops[i%3].After(d, func() {
			fired++
			if got := k.Now().Sub(start); got != d {
				t.Errorf("the timer of %v fires at %v", d, got)
			}
		})
	}
	if err := s.Run(time.Minute, nil); err != nil || fired != 30 {
		t.Errorf("Run = %v, %d timers have fired", err, fired)
	}
	if got := k.Now().Sub(start); got != time.Minute {
		t.Errorf("the clock has moved by %v", got)
	}
}

// Under Oversleep a timer fires late, by so much at most; a repeated one does not add that up.
func TestOversleep(t *testing.T) {
	k, s, loops := scheduled(t, 1, 1)
	k.Inject(seeded(1), simkernel.Faults{Oversleep: 20 * time.Millisecond})
	start, n, late := k.Now(), 0, false
	loops[0].Every(aSecond, func() {
		n++
		by := k.Now().Sub(start) - time.Duration(n)*aSecond
		late = late || by > 0
		if by < 0 || by > 20*time.Millisecond {
			t.Errorf("the timer comes %v late, the %d. time", by, n)
		}
	})
	if err := s.Run(100*aSecond, nil); err != nil || n < 99 || !late {
		t.Errorf("Run = %v, %d times, late: %t", err, n, late)
	}
}

// spinner does nothing about what it is told.
type spinner struct{}

func (spinner) HandleWrite() {}

func TestSpin(t *testing.T) {
	k, s, loops := scheduled(t, 1, 2)
	near, _, err := k.Pair()
	require.NoError(t, err)
	_, err = core.NewDispatcher(loops[0], near, spinner{}, core.Writable)
	require.NoError(t, err)
	if err := s.Run(time.Minute, nil); !errors.Is(err, simkernel.ErrSpin) {
		t.Errorf("Run = %v, want ErrSpin", err)
	}
}

// The seed decides which loop runs first, and nothing else does.
func TestOrderOfLoops(t *testing.T) {
	order := func(seed uint64) string {
		_, s, loops := scheduled(t, seed, 3)
		var b strings.Builder
		for i, l := range loops {
			for range 5 {
				l.Post(func() { l.Post(func() { fmt.Fprint(&b, i) }) })
			}
		}
		require.NoError(t, s.Run(time.Second, nil))
		return b.String()
	}
	seen := map[string]bool{}
	for seed := range uint64(10) {
		first := order(seed)
		if again := order(seed); again != first {
			t.Errorf("seed %d: first %s, then %s", seed, first, again)
		}
		seen[first] = true
	}
	if len(seen) < 3 {
		t.Errorf("10 seeds are the orders %v", seen)
	}
}

func TestTrace(t *testing.T) {
	var log strings.Builder
	k, ln, connect := faulty(t, 1, simkernel.Faults{Latency: aSecond})
	k.Trace = &log
	fd := connect()
	k.Advance(4 * aSecond)
	conn, _, err := k.Accept(ln)
	require.NoError(t, err)
	write(t, k, fd, "hello")
	k.Read(conn, make([]byte, 10))
	k.Note("a note")
	k.Close(conn)
	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	for i, want := range []string{"connect 1 0", "made 1 0", "accept 0 2", "write 1 5",
		"read 2 0 EAGAIN", "a note", "close 2 0"} {
		if i >= len(lines) {
			t.Fatalf("the log ends before %q:\n%s", want, &log)
		}
		stamp, what, _ := strings.Cut(lines[i], " ")
		if what != want || !strings.Contains(stamp, ".") {
			t.Errorf("line %d is %q, want a time and %q", i, lines[i], want)
		}
	}
}
