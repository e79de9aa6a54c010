package chat

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/simkernel"
)

// What one loop has taken and did not need, another learns of at once, though it had found the bucket empty: loops run at the same time, which no
// simulation of whole servers shows.
func TestQueueHearsOfWhatIsPutBack(t *testing.T) {
	k := simkernel.New()
	p := newPool(Rate{PerSecond: 1000, Burst: 1000}, k.Now())
	var meters [2]*meter
	var loops [2]*core.Loop
	for i := range meters {
		l, err := core.New(core.WithKernel(k))
		require.NoError(t, err)
		defer l.Close()
		near, _, err := k.Pair()
		require.NoError(t, err)
		c := NewChannel(core.NewConn(l, near), func(*Channel) Handler { return refused{} })
		q := p.join(&perLoop{loop: l})
		meters[i], loops[i] = &meter{c: c, queue: q}, l
	}
	a, b := meters[0], meters[1]
	taken := a.take(2000, 10)
	if n := b.take(2000, 10); taken != 1000 || n != 0 || b.at != 10*time.Millisecond {
		t.Fatalf("took %d and %d, the second waits until %v; want 1000, 0, 10ms", taken, n, b.at)
	}
	a.settle(4)
	loops[1].Poll(0)
	if b.at != 6*time.Millisecond {
		t.Errorf("with 4 put back, the second waits until %v, want 6ms", b.at)
	}
	a.settle(900)
	loops[1].Poll(0)
	if n := b.take(2000, 10); n != 904 {
		t.Errorf("the second got %d, want 904", n)
	}
	b.settle(0)
	if p.next() != nil {
		t.Error("somebody still waits")
	}
}
