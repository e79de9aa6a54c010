package simkernel_test

import (
	"slices"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/kernel"
	"github.com/go-asynchat/asynchat/core/simkernel"
)

// watched returns a poller that watches the first ends of n pairs, which have something to read,
// under the tokens from 0 on.
func watched(t *testing.T, k *simkernel.Kernel, n int) (p core.Poller, near, far []int) {
	t.Helper()
	p, err := k.OpenPoller()
	require.NoError(t, err)
	for i := range n {
		a, b, err := k.Pair()
		require.NoError(t, err)
		require.NoError(t, p.Add(a, uint64(i), core.Readable))
		near, far = append(near, a), append(far, b)
	}
	return p, near, far
}

func wait(t *testing.T, p core.Poller) (tokens []uint64) {
	t.Helper()
	var events [16]kernel.Event
	n, err := p.Wait(events[:], 0)
	require.NoError(t, err)
	for _, e := range events[:n] {
		tokens = append(tokens, e.Token)
	}
	return tokens
}

func TestLate(t *testing.T) {
	k := simkernel.New()
	p, _, far := watched(t, k, 1)
	k.Write(far[0], []byte("x"))
	k.Inject(seeded(1), simkernel.Faults{Late: 1})
	if got := wait(t, p); got != nil {
		t.Errorf("Wait reported %v, want nothing yet", got)
	}
	k.Inject(seeded(1), simkernel.Faults{})
	if got := wait(t, p); got != nil {
		t.Errorf("Wait reported %v, want nothing before its time", got)
	}
	k.Advance(aSecond)
	if got := wait(t, p); !slices.Equal(got, []uint64{0}) {
		t.Errorf("Wait reported %v later, want token 0", got)
	}
}

func TestReorder(t *testing.T) {
	k := simkernel.New()
	p, _, far := watched(t, k, 5)
	for _, fd := range far {
		k.Write(fd, []byte("x"))
	}
	k.Inject(seeded(1), simkernel.Faults{Reorder: 1})
	got := wait(t, p)
	if slices.IsSorted(got) || len(got) != 5 {
		t.Errorf("Wait reported %v, want all in another order", got)
	}
}

func TestSpurious(t *testing.T) {
	k := simkernel.New()
	p, near, _ := watched(t, k, 3)
	k.Inject(seeded(1), simkernel.Faults{Spurious: 1})
	told := 0
	for range 20 {
		told += len(wait(t, p))
	}
	if told == 0 {
		t.Error("nothing was reported that is not ready")
	}
	for _, fd := range near {
		if _, err := k.Read(fd, make([]byte, 1)); err != syscall.EAGAIN {
			t.Errorf("Read = %v", err)
		}
	}
}

// Only registrations that were removed are stale, not those that live under an old token.
func TestStale(t *testing.T) {
	k := simkernel.New()
	p, near, _ := watched(t, k, 3)
	k.Inject(seeded(1), simkernel.Faults{Stale: 1})
	if got := wait(t, p); got != nil {
		t.Errorf("Wait reported %v, before anything was removed", got)
	}
	require.NoError(t, p.Remove(near[0]))
	require.NoError(t, p.Remove(near[1]))
	require.NoError(t, p.Add(near[1], 1, core.Readable))
	seen := map[uint64]int{}
	for range 50 {
		for _, token := range wait(t, p) {
			seen[token]++
		}
	}
	if seen[0] == 0 || len(seen) != 1 {
		t.Errorf("Wait reported the tokens %v, want 0 only", seen)
	}
}

func TestNoWatch(t *testing.T) {
	k := simkernel.New()
	k.Inject(seeded(1), simkernel.Faults{NoWatch: 1})
	p, err := k.OpenPoller()
	require.NoError(t, err)
	a, _, err := k.Pair()
	require.NoError(t, err)
	if err := p.Add(a, 1, core.Readable); err != syscall.ENOMEM {
		t.Errorf("Add = %v, want ENOMEM", err)
	}
}
