package core_test

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/core"
)

// A journal is a slog.Handler that keeps what was logged, with its attributes.
type journal struct {
	mu   sync.Mutex
	said []map[string]string
	told chan bool // has room for one
}

func newJournal() *journal { return &journal{told: make(chan bool, 1)} }

func (j *journal) Enabled(context.Context, slog.Level) bool { return true }
func (j *journal) WithAttrs([]slog.Attr) slog.Handler       { return j }
func (j *journal) WithGroup(string) slog.Handler            { return j }

func (j *journal) Handle(_ context.Context, r slog.Record) error {
	line := map[string]string{"msg": r.Message}
	r.Attrs(func(a slog.Attr) bool {
		line[a.Key] = a.Value.String()
		return true
	})
	j.mu.Lock()
	defer j.mu.Unlock()
	j.said = append(j.said, line)
	select {
	case j.told <- true:
	default:
	}
	return nil
}

func (j *journal) take() []map[string]string {
	j.mu.Lock()
	defer j.mu.Unlock()
	said := j.said
	j.said = nil
	return said
}

// limit is more than a busy machine holds up a loop that does next to nothing.
const limit = 200 * time.Millisecond

// watchedLoop replaces the loop of w by one with a watchdog.
func watchedLoop(w *world) *journal {
	w.Helper()
	j := newJournal()
	l, err := core.New(core.WithKernel(w.k), core.WithLogger(slog.New(j)), core.WithWatchdog(limit))
	require.NoError(w, err)
	w.Cleanup(func() { l.Close() })
	w.l = l
	return j
}

// sluggish has every event, and each takes its time.
type sluggish struct{ take func() }

func (h *sluggish) HandleRead()       { h.take() }
func (h *sluggish) HandleWrite()      { h.take() }
func (h *sluggish) HandleDeferred()   { h.take() }
func (h *sluggish) HandleClose(error) { h.take() }

func slowFunction(w *world, d time.Duration) func() { return func() { w.sim.Advance(d) } }

// Whatever holds the loop longer than the limit is told, with what it was and how long it took.
// What takes no longer than that is not.
func TestWatchdog(t *testing.T) {
	for _, tt := range []struct {
		name string
		what string // a part of what the log says
		set  func(w *world, c *core.Conn, far int, f func())
	}{
		{"event", "an event of *core_test.sluggish", func(w *world, c *core.Conn, far int, f func()) {
			c.SetWant(core.Readable)
			w.send(far, "x")
		}},
		{"deferred", "HandleDeferred of *core_test.sluggish",
			func(w *world, c *core.Conn, far int, f func()) { c.Defer() }},
		{"close", "HandleClose of *core_test.sluggish",
			func(w *world, c *core.Conn, far int, f func()) { c.Close() }},
		{"timer", "a timer of github.com/go-asynchat/asynchat/core_test.TestWatchdog",
			func(w *world, c *core.Conn, far int, f func()) {
				w.l.After(0, f)
			}},
		{"post", "a posted function of github.com/go-asynchat/asynchat/core_test.TestWatchdog",
			func(w *world, c *core.Conn, far int, f func()) {
				w.l.Post(f)
			}},
		{"timer of a dispatcher", "a timer of *core_test.sluggish",
			func(w *world, c *core.Conn, far int, f func()) { c.After(0, f) }},
		{"post of a dispatcher", "a posted function of *core_test.sluggish",
			func(w *world, c *core.Conn, far int, f func()) { c.Post(f) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, took := range []time.Duration{limit + 1, limit} {
				w := simulated(t)
				j := watchedLoop(w)
				once := true
				c, far := w.watched(&sluggish{func() {
					if once {
						once = false
						w.sim.Advance(took)
					}
				}}, 0)
				tt.set(w, c, far, func() { w.sim.Advance(took) })
				w.turn()
				said := j.take()
				if took <= limit {
					if len(said) != 0 {
						t.Errorf("%v was told, which is not longer than the limit: %v", took, said)
					}
				} else if len(said) != 1 || said[0]["msg"] != "a handler held the loop" ||
					said[0]["took"] != took.String() ||
					!strings.HasPrefix(said[0]["what"], tt.what) {
					t.Errorf("told %v, want that %s took %v", said, tt.what, took)
				}
				w.turn()
				if s := w.l.Stats(); s.Slowest != took || !strings.HasPrefix(s.SlowestWhat, tt.what) {
					t.Errorf("Slowest = %v, %q, want %v of %s", s.Slowest, s.SlowestWhat, took, tt.what)
				}
			}
		})
	}
}

// What a callback sets off is part of it.
func TestWatchdogOfDeferred(t *testing.T) {
	w := simulated(t)
	j := watchedLoop(w)
	c, far := w.pair()
	require.NoError(t, c.Attach(&both{sluggish{func() { w.sim.Advance(limit/2 + 1) }}, c},
		core.Readable))
	w.send(far, "x")
	w.turn()
	said := j.take()
	if len(said) != 1 || said[0]["what"] != "an event of *core_test.both" ||
		said[0]["took"] != (limit+2).String() {
		t.Errorf("told %v, want an event that took %v", said, limit+2)
	}
}

// both takes its time twice: in the event, and in what it defers.
type both struct {
	sluggish
	c *core.Conn
}

func (h *both) HandleRead() {
	h.take()
	h.c.SetWant(0)
	h.c.Defer()
}

// What core does on the way to a handler is told in the handler's name.
func TestWatchdogOfAccepting(t *testing.T) {
	w := simulated(t)
	j := watchedLoop(w)
	other := w.newLoop()
	h := &handler{accepted: func(c *core.Conn) {
		w.sim.Advance(2 * limit)
		c.Close()
	}}
	ln, err := core.ListenConfig{Loops: []*core.Loop{w.l, other}}.Listen(w.l, "tcp", "127.0.0.1:0", h)
	require.NoError(t, err)
	w.client(ln)
	w.client(ln)
	w.turn()
	if said := j.take(); len(said) != 1 || said[0]["what"] != "an event of *core_test.handler" {
		t.Errorf("told %v, want an event of *core_test.handler", said)
	}
	ln.Close()
	w.turn()

	ln, err = core.ListenConfig{Loops: []*core.Loop{w.l}}.Listen(other, "tcp", "127.0.0.1:0", h)
	require.NoError(t, err)
	w.client(ln)
	other.Poll(0)
	other.Poll(0)
	w.turn()
	if said := j.take(); len(said) != 1 ||
		said[0]["what"] != "a posted function of *core_test.handler" {
		t.Errorf("told %v, want a posted function of *core_test.handler", said)
	}

	c, err := core.Dial(w.l, "tcp", ln.Addr().String(),
		&handler{connect: func() { w.sim.Advance(2 * limit) }}, 0)
	require.NoError(t, err)
	w.turn()
	if said := j.take(); len(said) != 1 || said[0]["what"] != "an event of *core_test.handler" {
		t.Errorf("told %v, want an event of *core_test.handler", said)
	}
	c.Close()
	other.Poll(0)
	w.settle()
}

// Slowest is the longest of all, also below the limit, and goes by single calls.
func TestSlowest(t *testing.T) {
	w := simulated(t)
	j := watchedLoop(w)
	for _, d := range []time.Duration{2, 7, 3} {
		w.l.Post(slowFunction(w, d*time.Millisecond))
	}
	w.l.After(0, func() { w.sim.Advance(5 * time.Millisecond) })
	w.settle()
	w.turn()
	s := w.l.Stats()
	if s.Slowest != 7*time.Millisecond || !strings.Contains(s.SlowestWhat, "a posted function of") {
		t.Errorf("Slowest = %v, %q, want 7ms of a posted function", s.Slowest, s.SlowestWhat)
	}
	if said := j.take(); len(said) != 0 {
		t.Errorf("logged %v", said)
	}
	w.l.Post(slowFunction(w, 3*limit))
	w.l.Post(slowFunction(w, 2*limit))
	w.settle()
	w.turn()
	if s := w.l.Stats(); s.Slowest != 3*limit || len(j.take()) != 2 {
		t.Errorf("Slowest = %v of two that were told, want %v", s.Slowest, 3*limit)
	}
	w.l.Post(func() { w.sim.Advance(4 * limit); boom() })
	w.settle()
	w.turn()
	if s := w.l.Stats(); s.Slowest != 4*limit {
		t.Errorf("Slowest = %v after a function that panicked, want %v", s.Slowest, 4*limit)
	}
}

// stuck blocks until it is told to go on.
type stuck struct {
	c    *core.Conn
	goOn chan bool
}

func (h *stuck) HandleRead() {
	h.c.Recv(h.c.Loop().ReadBuffer())
	h.waitForTheLogLine()
}

//go:noinline
func (h *stuck) waitForTheLogLine() { <-h.goOn }
