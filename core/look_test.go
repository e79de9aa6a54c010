package core_test

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/core"
)

// late is a handler that notes what it reads, and when it is too late.
func (w *world) late(name string, c **core.Conn) *timed {
	h := &timed{deadline: func() { w.note("%s is late", name) }}
	h.read = func() {
		b := make([]byte, 8)
		n, _ := (*c).Recv(b)
		w.note("%s says %s", name, b[:n])
		(*c).SetDeadline(0)
	}
	return h
}

// expecting returns a connection of which something is to come within d, and its peer.
func (w *world) expecting(name string, d time.Duration) (c *core.Conn, far int) {
	c, far = w.watched(w.late(name, &c), core.Readable)
	c.SetDeadline(w.l.Clock() + d)
	return c, far
}

// W2: a process that is stopped while its loop waits. The wait ends by the signal, with nothing;
// meanwhile the time has passed, and one of the peers has spoken.
func TestDeadlineAfterAnInterruptedWait(t *testing.T) {
	w := simulated(t)
	_, far := w.expecting("a", time.Second)
	w.expecting("b", time.Second)
	w.l.After(time.Second, func() { w.note("timer") })
	w.k.signal = func() {
		w.sim.Advance(1050 * time.Millisecond)
		w.send(far, "x")
	}
	_, err := w.l.Poll(-1)
	require.NoError(t, err)
	w.check("a says x", "timer", "b is late")
}

// The same, and the process stands still for longer than a hiccup: that is not b's time.
func TestDeadlineAfterAStop(t *testing.T) {
	w := simulated(t)
	_, far := w.expecting("a", time.Second)
	w.expecting("b", 2*time.Second)
	w.l.After(time.Second, func() { w.note("timer") })
	w.k.signal = func() {
		w.sim.Advance(61 * time.Second)
		w.send(far, "x")
	}
	_, err := w.l.Poll(-1)
	require.NoError(t, err)
	w.check("a says x", "timer")
	w.advance(900*time.Millisecond - 1)
	w.check()
	w.advance(1)
	w.check("b is late")
}

// W2: more has come than fits into a batch. Nobody is late who is in a later one; but a loop whose
// batches are always full judges when it has seen all.
func TestDeadlineAfterAFullBatch(t *testing.T) {
	w := simulated(t)
	const peers = 40 // the first batch has room for 16
	for i := range peers {
		_, far := w.expecting(fmt.Sprint(i), time.Second)
		w.send(far, "x")
	}
	w.expecting("silent", time.Second)
	w.sim.Advance(time.Second)
	w.settle()
	require.Len(t, w.did, peers+1)
	require.Equal(t, "silent is late", w.did[peers])
}

// Where the time comes in the middle of a round of batches, the next round is the one that counts.
func TestDeadlineOfABusyLoop(t *testing.T) {
	for _, turns := range []int{5, 6} {
		t.Run(fmt.Sprint(turns), func(t *testing.T) { deadlineOfABusyLoop(t, turns) })
	}
}

func deadlineOfABusyLoop(t *testing.T, before int) {
	w := simulated(t)
	const peers = 2000 // twice the largest batch
	reads := 0
	for range peers {
		c, far := w.watched(&handler{read: func() { reads++ }}, core.Readable)
		defer c.Close()
		w.send(far, "x") // and it is never read
	}
	w.expecting("silent", time.Second)
	for range before {
		w.turn() // the batches grow
	}
	w.sim.Advance(time.Second)
	reads = 0
	for turns := 1; len(w.did) == 0; turns++ {
		w.turn()
		require.LessOrEqual(t, turns, 4, "the silent one is never late")
	}
	w.check("silent is late")
	require.GreaterOrEqual(t, reads, peers)
}

// W2: a callback that takes long. What has come meanwhile is in time, and of what has not, the time
// is not the peer's, but for a hiccup.
func TestDeadlineAfterALongCallback(t *testing.T) {
	w := simulated(t)
	_, far := w.expecting("a", 2*time.Second)
	w.expecting("b", 2*time.Second)
	w.sim.Advance(time.Second)
	w.l.Post(func() {
		w.sim.Advance(10 * time.Second)
		w.send(far, "x")
	})
	w.settle()
	w.check("a says x")
	w.advance(900*time.Millisecond - 1)
	w.check()
	w.advance(1)
	w.check("b is late")
}

// A loop that is merely busy does not stop the clock of its peers.
func TestDeadlineOfABusySecond(t *testing.T) {
	w := simulated(t)
	w.expecting("a", time.Second)
	for range 10 {
		w.l.Post(func() { w.sim.Advance(100 * time.Millisecond) })
		w.turn()
	}
	w.turn()
	w.check("a is late")
}

// The time of a dial is the peer's alone, too.
func TestDialTimeoutAfterALongCallback(t *testing.T) {
	w := simulated(t)
	w.k.background = func(func()) {} // a look-up that takes for ever
	h := &handler{closed: func(err error) {
		w.note("%t", os.IsTimeout(err))
	}}
	d := core.Dialer{Timeout: 2 * time.Second}
	_, err := d.Dial(t.Context(), w.l, "tcp", "name:1", h, 0)
	require.NoError(t, err)
	w.l.Post(func() { w.sim.Advance(10 * time.Second) })
	w.settle()
	w.advance(1900*time.Millisecond - 1)
	w.check()
	w.advance(1)
	w.check("true")
}
