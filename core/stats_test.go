package core_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/core"
)

// Each counter counts its own, and what is seen is how it stood when the loop last waited.
func TestStats(t *testing.T) {
	w := simulated(t)
	var s core.Stats
	expect := func(why string, change func(*core.Stats)) {
		t.Helper()
		w.l.Poll(0) // lets the counts be seen
		change(&s)
		s.Turns = w.l.Stats().Turns
		if got := w.l.Stats(); got != s {
			t.Errorf("%s: Stats() = %+v, want %+v", why, got, s)
		}
	}
	expect("nothing", func(*core.Stats) {})
	for range 3 {
		before := w.l.Stats().Turns
		w.turn()
		if got := w.l.Stats().Turns; got != before+1 {
			t.Errorf("a turn: %d turns after %d", got, before)
		}
	}
	w.l.Post(func() {})
	w.l.Post(func() {})
	w.turn()
	expect("two posted functions", func(s *core.Stats) { s.Posted += 2 })

	tick := w.l.Every(time.Second, func() {})
	w.l.After(time.Second, func() {})
	w.l.After(time.Second, func() {}).Stop()
	w.advance(time.Second)
	w.advance(time.Second)
	tick.Stop()
	expect("three times a timer", func(s *core.Stats) { s.Timers += 3 })

	ln, accepted := w.listen()
	expect("a listener", func(s *core.Stats) { s.Dispatchers++ })
	clients := []int{w.client(ln), w.client(ln)}
	w.turn()
	expect("two clients", func(s *core.Stats) { s.Events++; s.Accepted += 2; s.Connections += 2 })
	c := (*accepted)[0]
	h := w.noting("server")
	h.read = func() { c.Recv(make([]byte, 3)) }
	require.NoError(t, c.Attach(h, core.Readable))
	expect("one is attached", func(s *core.Stats) { s.Dispatchers++ })
	w.send(clients[0], "hello")
	w.turn()
	w.turn()
	expect("five bytes in two reads", func(s *core.Stats) { s.Events += 2; s.Read += 5 })
	c.Send([]byte("hi"))
	c.SendV([][]byte{[]byte("a"), []byte("bc")})
	expect("five bytes in two writes", func(s *core.Stats) { s.Written += 5 })
	c.Close()
	w.turn()
	expect("closed", func(s *core.Stats) { s.Dispatchers--; s.Connections-- })
	(*accepted)[1].Close()
	w.turn()
	expect("closed without having been attached", func(s *core.Stats) { s.Connections-- })
	ln.Close()
	w.turn()
	expect("the listener is closed", func(s *core.Stats) { s.Dispatchers-- })
}

// Connections counts those of a loop, whoever accepts them; those that were not accepted for it do
// not count.
func TestStatsOfConnections(t *testing.T) {
	w := simulated(t)
	other := w.newLoop()
	var got []*core.Conn
	ln, err := core.ListenConfig{Loops: []*core.Loop{other}}.Listen(w.l, "tcp", "127.0.0.1:0",
		&handler{accepted: func(c *core.Conn) {
			got = append(got, c)
		}})
	require.NoError(t, err)
	w.client(ln)
	dialled, err := core.Dial(other, "tcp", ln.Addr().String(), &handler{}, 0)
	require.NoError(t, err)
	w.turn()
	other.Poll(0)
	other.Poll(0)
	w.turn()
	mine, theirs := w.l.Stats(), other.Stats()
	if mine.Accepted != 2 || mine.Connections != 0 || theirs.Accepted != 0 || theirs.Connections != 2 {
		t.Errorf("the acceptor has %d accepted, %d connections, the other loop %d, %d; want 2, 0, 0, 2",
			mine.Accepted, mine.Connections, theirs.Accepted, theirs.Connections)
	}
	for _, c := range got {
		c.Close()
	}
	dialled.Close()
	other.Poll(0)
	if n := other.Stats().Connections; n != 0 {
		t.Errorf("%d connections when all are closed", n)
	}
	other.Close()
	w.client(ln)
	w.turn()
	if n := other.Stats().Connections; n != 0 {
		t.Errorf("%d connections of a loop that is closed", n)
	}
}

// Any goroutine may look while the loop runs.
func TestStatsFromElsewhere(t *testing.T) {
	onSystem(t, func(w *world) {
		c, far := w.watched(nil, 0)
		h := &handler{}
		h.read = func() { c.Recv(w.l.ReadBuffer()) }
		require.NoError(w, c.Attach(h, core.Readable))
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		done := make(chan error)
		go func() { done <- w.l.Run(ctx) }()
		var s core.Stats
		for sent := uint64(0); s.Read < 100 && ctx.Err() == nil; {
			if s.Read > sent {
				w.Fatalf("%d bytes were read, and %d sent", s.Read, sent)
			}
			if sent < 100 {
				w.send(far, "x")
				sent++
			}
			next := w.l.Stats()
			if next.Turns < s.Turns || next.Events < s.Events || next.Read < s.Read {
				w.Fatalf("%+v after %+v", next, s)
			}
			s = next
		}
		w.l.Stop()
		if err := <-done; err != nil {
			w.Errorf("Run = %v", err)
		}
	})
}
