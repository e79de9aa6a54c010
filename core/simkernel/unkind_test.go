package simkernel_test

import (
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/kernel"
	"github.com/go-asynchat/asynchat/core/simkernel"
)

// Loops that stand still do nothing, while others go on; then their wait ends, and their timers
// fire late.
func TestStandStill(t *testing.T) {
	k, s, loops := scheduled(t, 1, 2)
	start := k.Now()
	var at [2]time.Duration
	for i, l := range loops {
		l.After(aSecond, func() { at[i] = k.Now().Sub(start) })
	}
	k.After(aSecond/2, func() { s.StandStill(10*aSecond, loops[0]) })
	require.NoError(t, s.Run(time.Minute, nil))
	require.Equal(t, [2]time.Duration{10*aSecond + aSecond/2, aSecond}, at)
}

// Time passes in one callback while other loops go on, also where something is ready for it.
func TestPass(t *testing.T) {
	k, s, loops := scheduled(t, 1, 2)
	start := k.Now()
	var at [3]time.Duration
	now := func(i int) func() { return func() { at[i] = k.Now().Sub(start) } }
	loops[0].After(aSecond, func() {
		s.Pass(5 * aSecond)
		now(0)()
	})
	loops[1].After(2*aSecond, func() {
		now(1)()
		loops[0].Post(now(2))
	})
	require.NoError(t, s.Run(time.Minute, nil))
	require.Equal(t, [3]time.Duration{6 * aSecond, 2 * aSecond, 6 * aSecond}, at)
}

// A blind Wait tells nothing of what is ready, one that tells few leaves none out for good.
func TestBlindAndFew(t *testing.T) {
	wait := func(f simkernel.Faults) (empty, some, all int) {
		k := simkernel.New()
		p, err := k.OpenPoller()
		require.NoError(t, err)
		for i := range 10 {
			a, b, err := k.Pair()
			require.NoError(t, err)
			write(t, k, a, "x")
			require.NoError(t, p.Add(b, uint64(i), core.Readable))
		}
		k.Inject(seeded(1), f)
		seen := map[uint64]bool{}
		for range 100 {
			var events [20]kernel.Event
			n, err := p.Wait(events[:], aSecond)
			require.NoError(t, err)
			for _, e := range events[:n] {
				seen[e.Token] = true
			}
			switch n {
			case 0:
				empty++
			case 10:
				all++
			default:
				some++
			}
		}
		require.Len(t, seen, 10)
		require.Equal(t, simkernel.New().Now(), k.Now())
		return
	}
	empty, some, all := wait(simkernel.Faults{Blind: 0.5})
	require.True(t, empty > 20 && some == 0 && all > 20, "%d %d %d", empty, some, all)
	empty, some, all = wait(simkernel.Faults{Few: 0.5})
	require.True(t, empty == 0 && some > 20 && all > 20, "%d %d %d", empty, some, all)
}

// Under Keep a reset leaves what has come before it: a write fails, and it is read nevertheless.
func TestWordsBeforeAReset(t *testing.T) {
	for _, words := range []float64{0, 1} {
		k, ln, connect := faulty(t, 1, simkernel.Faults{Keep: words})
		fd := connect()
		conn, _, err := k.Accept(ln)
		require.NoError(t, err)
		write(t, k, fd, "last words")
		require.NoError(t, k.SetOption(fd, core.Linger, 0))
		require.NoError(t, k.Close(fd))
		_, err = k.Write(conn, []byte("x"))
		require.Equal(t, syscall.ECONNRESET, err)
		_, err = k.Write(conn, []byte("x"))
		require.Equal(t, syscall.EPIPE, err)
		if words == 1 {
			checkRead(t, k, conn, "last words", nil)
		}
		checkRead(t, k, conn, "", nil)
	}
}
