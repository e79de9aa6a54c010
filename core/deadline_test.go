package core_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/core"
)

// timed is a handler that notes when its deadline came.
type timed struct {
	handler
	deadline func()
}

func (h *timed) HandleDeadline() { call(h.deadline) }

func TestDeadline(t *testing.T) {
	w := simulated(t)
	h := &timed{}
	c, _ := w.watched(h, 0)
	start := w.l.Clock()
	h.deadline = func() { w.note("%v", w.l.Clock()-start) }
	set := func(in time.Duration) { c.SetDeadline(w.l.Clock() + in) }

	set(10 * time.Second)
	if next, ok := w.l.NextTimer(); !ok || next.Sub(w.l.Now()) != 10*time.Second {
		t.Errorf("NextTimer() = %v, %t, want in 10s", next, ok)
	}
	w.advance(10*time.Second - 1)
	w.check()
	w.advance(1)
	w.check("10s") // exactly, and once
	w.advance(time.Hour)
	w.check()

	set(10 * time.Second) // put off again and again
	for range 100 {
		w.advance(9 * time.Second)
		set(10 * time.Second)
	}
	w.check()
	w.advance(10 * time.Second)
	w.check((time.Hour + 920*time.Second).String())

	start = w.l.Clock()
	set(time.Hour) // hastened, twice
	set(time.Minute)
	set(time.Second)
	w.advance(time.Second)
	w.check("1s")
	w.advance(2 * time.Hour)
	w.check()

	set(time.Second) // taken away
	c.SetDeadline(0)
	if _, ok := w.l.NextTimer(); ok {
		t.Error("a deadline that was taken away is a timer")
	}
	w.advance(time.Hour)
	w.check()

	set(time.Second)
	h.deadline = func() {
		w.note("deadline")
		c.Close()
		set(time.Second)
	}
	w.advance(time.Hour)
	w.check("deadline")
}

// One that HandleDeadline sets in the past comes in the next turn, not in this one for ever.
func TestDeadlineInThePast(t *testing.T) {
	w := simulated(t)
	h := &timed{}
	c, _ := w.watched(h, 0)
	h.deadline = func() {
		w.note("deadline")
		c.SetDeadline(w.l.Clock() - time.Millisecond)
	}
	c.SetDeadline(w.l.Clock() + time.Second)
	w.sim.Advance(time.Second)
	for range 3 {
		_, err := w.l.Poll(0)
		require.NoError(t, err)
		w.check("deadline")
	}
}

// It may be set before the dispatcher is registered; a panic is the dispatcher's own; one that is
// closed is not called, nor is the next one with its slot.
func TestDeadlineOfWhom(t *testing.T) {
	w := simulated(t)
	h := &timed{deadline: func() { w.note("early") }}
	c, _ := w.pair()
	c.SetDeadline(w.l.Clock() + time.Second)
	require.NoError(t, c.Attach(h, 0))
	w.advance(time.Second)
	w.check("early")

	h.deadline = boom
	h.closed = func(err error) { w.note("closed %v", err) }
	c.SetDeadline(w.l.Clock() + time.Second)
	w.advance(time.Second)
	w.check("closed panic in a handler: boom")

	gone, _ := w.watched(&timed{deadline: func() { t.Error("a closed dispatcher has a deadline") }}, 0)
	gone.SetDeadline(w.l.Clock() + time.Second)
	gone.Close()
	w.settle()
	w.watched(&timed{deadline: func() { t.Error("a dispatcher has its predecessor's deadline") }}, 0)
	w.advance(time.Second)
}

// Against a model: a thousand dispatchers whose deadlines are set, put off, hastened, taken away
// and closed at random.
func TestDeadlineModel(t *testing.T) {
	w := simulated(t)
	rnd := rand.New(rand.NewPCG(1, 2))
	const n = 1000
	conns := make([]*core.Conn, n)
	want := make([]time.Duration, n)
	for i := range conns {
		a, b, err := w.sim.Pair()
		require.NoError(t, err)
		w.own(b)
		conns[i] = core.NewConn(w.l, a)
		require.NoError(t, conns[i].Attach(&timed{deadline: func() {
			if now := w.l.Clock(); want[i] == 0 || want[i] > now {
				t.Fatalf("deadline of %d at %v, want at %v", i, now, want[i])
			}
			want[i] = 0
		}}, 0))
	}
	for range 50000 {
		i := rnd.IntN(n)
		switch rnd.IntN(10) {
		case 0:
			conns[i].SetDeadline(0)
			want[i] = 0
		case 1:
			if rnd.IntN(100) == 0 {
				conns[i].Close()
				want[i] = 0
			}
		case 2:
			w.advance(time.Duration(rnd.IntN(3)) * time.Millisecond)
			for i, at := range want {
				if at > 0 && at <= w.l.Clock() {
					t.Fatalf("deadline %d of %v has not come at %v", i, at, w.l.Clock())
				}
			}
		default:
			if !conns[i].Closed() {
				want[i] = w.l.Clock() + time.Duration(1+rnd.IntN(1000))*time.Millisecond
				conns[i].SetDeadline(want[i])
			}
		}
	}
}

func TestDeadlineAllocs(t *testing.T) {
	w := simulated(t)
	c, _ := w.watched(&timed{}, 0)
	checkAllocs(t, "a deadline that is put off", func() { c.SetDeadline(w.l.Clock() + time.Minute) })
	checkAllocs(t, "a deadline that comes", func() {
		c.SetDeadline(w.l.Clock() + time.Second)
		w.sim.Advance(time.Second)
		w.l.Poll(0)
	})
}

// Deadlines that come one after the other, and have all been put off, do not wake the loop one by
// one: 18,000 TLS connections, each at rest since its handshake, took 4 % of a core for that.
func TestDeadlinesThatArePutOff(t *testing.T) {
	l, err := core.New()
	require.NoError(t, err)
	defer l.Close()
	for i := range 200 {
		c, err := core.ListenPacket(l, "udp", "127.0.0.1:0", &timed{}, 0)
		require.NoError(t, err)
		c.SetDeadline(l.Clock() + time.Duration(10+i)*time.Millisecond)
		c.SetDeadline(l.Clock() + time.Hour)
	}
	l.After(300*time.Millisecond, l.Stop)
	require.NoError(t, l.Run(t.Context()))
	require.Less(t, l.Stats().Turns, uint64(20))
}
