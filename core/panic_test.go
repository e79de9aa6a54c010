package core_test

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/kernel"
)

var errBoom = errors.New("boom")

func boom() { panic(errBoom) }

// panics are the ways in which something may panic, whether that closes its dispatcher, and what
// is logged.
var panics = []struct {
	name   string
	arm    func(w *world, h *handler, c *core.Conn)
	closes bool
	logged string
}{
	{"HandleRead", func(w *world, h *handler, c *core.Conn) {
		h.read = boom
		w.inject(core.Readable)
	}, true, "panic in a handler"},
	{"HandleWrite", func(w *world, h *handler, c *core.Conn) {
		h.write = boom
		w.inject(core.Writable)
	}, true, "panic in a handler"},
	{"HandleExpt", func(w *world, h *handler, c *core.Conn) {
		h.expt = boom
		w.inject(core.Priority)
	}, true, "panic in a handler"},
	{"HandleDeferred", func(w *world, h *handler, c *core.Conn) { h.deferred = boom; c.Defer() },
		true, "panic in a handler"},
	{"Dispatcher.Post", func(w *world, h *handler, c *core.Conn) { c.Post(boom) }, true,
		"panic in a handler"},
	{"Dispatcher.After", func(w *world, h *handler, c *core.Conn) { c.After(0, boom) }, true,
		"panic in a handler"},
	{"Loop.Post", func(w *world, h *handler, c *core.Conn) { w.l.Post(boom) }, false,
		"panic in a posted function"},
	{"Loop.After", func(w *world, h *handler, c *core.Conn) { w.l.After(0, boom) }, false,
		"panic in a timer"},
}

// S31, S37, S93, S95, B7, B28: a handler that panics loses its own descriptor, with a *PanicError,
// whichever call it was; it is logged once, and the rest goes on.
func TestPanic(t *testing.T) {
	for _, tt := range panics {
		t.Run(tt.name, func(t *testing.T) {
			w := simulated(t)
			other, far := w.watched(w.noting("other"), core.Readable)
			h := w.noting("bad")
			h.failed = func(err error) {
				w.note("bad error")
				w.checkPanic(err)
			}
			h.closed = func(err error) {
				w.note("bad closed")
				w.checkPanic(err)
			}
			h.write = nil
			c, _ := w.watched(h, core.Readable|core.Writable|core.Priority)
			tt.arm(w, h, c)
			w.turn()
			if tt.closes {
				w.check("bad error", "bad closed")
			}
			if c.Closed() != tt.closes {
				t.Errorf("Closed() = %t, want %t", c.Closed(), tt.closes)
			}
			if said := w.logs.take(); !slices.Equal(said, []string{tt.logged}) {
				t.Errorf("logged %q, want %q once", said, tt.logged)
			}
			c.SetWant(0)
			w.send(far, "x")
			w.turn()
			w.check("other read")
			h.closed = nil
			other.Close()
		})
	}
}

// inject makes the last registered dispatcher ready.
func (w *world) inject(r core.Ready) { w.k.stale = []kernel.Event{{Token: w.token(), Ready: r}} }

func (w *world) checkPanic(err error) {
	w.Helper()
	var p *core.PanicError
	if !errors.As(err, &p) || p.Value != error(errBoom) || !errors.Is(err, errBoom) {
		w.Errorf("told %v, want a *PanicError with %v", err, errBoom)
		return
	}
	if !strings.Contains(string(p.Stack), "core_test.boom") {
		w.Errorf("the stack does not name the function that panicked:\n%s", p.Stack)
	}
	if want := "panic in a handler: boom"; err.Error() != want {
		w.Errorf("Error() = %q, want %q", err, want)
	}
}

func TestPanicError(t *testing.T) {
	err := error(&core.PanicError{Value: 42})
	if errors.Unwrap(err) != nil || err.Error() != "panic in a handler: 42" {
		t.Errorf("PanicError of 42 = %v, unwraps to %v", err, errors.Unwrap(err))
	}
}

// S37: a panic while a panic, or a close, is told is contained as well.
func TestPanicWhileTold(t *testing.T) {
	w := simulated(t)
	h := &handler{read: boom, failed: func(error) { boom() }, closed: func(error) { boom() }}
	_, far := w.watched(h, core.Readable)
	b, _ := w.watched(w.noting("b"), 0)
	b.Close()
	w.send(far, "x")
	w.settle()
	w.check("b closed <nil>")
	want := []string{"panic in a handler", "panic in HandleError", "panic in HandleClose"}
	if said := w.logs.take(); !slices.Equal(said, want) {
		t.Errorf("logged %q, want %q", said, want)
	}
	if w.l.Len() != 0 || w.sim.Open() != 2 { // the peers
		t.Errorf("%d dispatchers, %d descriptors are left", w.l.Len(), w.sim.Open())
	}
}

// A panic after Close changes neither the reason, nor is it told to HandleError.
func TestPanicAfterClose(t *testing.T) {
	w := simulated(t)
	h := w.noting("a")
	c, far := w.watched(h, core.Readable)
	h.read = func() {
		c.Close()
		boom()
	}
	w.send(far, "x")
	w.settle()
	w.check("a closed <nil>")
}

func TestPanicInHandleConnect(t *testing.T) {
	w := simulated(t)
	ln, err := core.Listen(w.l, "tcp", "127.0.0.1:0",
		&handler{accepted: func(c *core.Conn) { c.Close() }})
	require.NoError(t, err)
	h := w.noting("client")
	h.connect = boom
	h.closed = w.checkPanic
	_, err = core.Dial(w.l, "tcp", ln.Addr().String(), h, core.Readable)
	require.NoError(t, err)
	w.settle()
	w.check("client error panic in a handler: boom")
	if w.l.Len() != 1 {
		t.Errorf("Len() = %d, want the listener", w.l.Len())
	}
}

// A panic of HandleAccepted costs that connection; the listener goes on with the next one.
func TestPanicInHandleAccepted(t *testing.T) {
	for _, attach := range []bool{false, true} {
		t.Run(fmt.Sprintf("attached=%t", attach), func(t *testing.T) {
			w := simulated(t)
			accepted := 0
			ln, err := core.Listen(w.l, "tcp", "127.0.0.1:0", &handler{accepted: func(c *core.Conn) {
				accepted++
				if attach {
					c.Attach(w.noting("server"), core.Readable)
				}
				boom()
			}})
			require.NoError(t, err)
			for range 2 {
				fd, err := w.sim.Connect("tcp", nil, ln.Addr())
				require.NoError(t, err)
				w.own(fd)
			}
			w.settle()
			if accepted != 2 || len(w.logs.take()) != 1 { // both in one second
				t.Errorf("%d accepted, want 2, logged once", accepted)
			}
			if attach {
				w.check("server error panic in a handler: boom", "server error panic in a handler: boom",
					"server closed panic in a handler: boom", "server closed panic in a handler: boom")
			}
			if w.sim.Open() != 4 { // the listener with its reserve, and the clients
				t.Errorf("%d descriptors are open, want 4", w.sim.Open())
			}
		})
	}
}

// A handler that ends its goroutine loses its own descriptor, and nothing else: the run goes on,
// nothing that was posted, deferred or closed is lost or done twice.
func TestGoexit(t *testing.T) {
	for name, at := range map[string]func(w *world, c *core.Conn, h *handler, far int){
		"read": func(w *world, c *core.Conn, h *handler, far int) {
			h.read = runtime.Goexit
			w.send(far, "x")
			w.arrive(w.near)
		},
		"deferred": func(w *world, c *core.Conn, h *handler, far int) {
			h.deferred = runtime.Goexit
			c.Defer()
		},
		"post": func(w *world, c *core.Conn, h *handler, far int) { c.Post(runtime.Goexit) },
		"loop's post": func(w *world, c *core.Conn, h *handler, far int) {
			w.l.Post(func() { c.Close(); runtime.Goexit() })
		},
		"timer": func(w *world, c *core.Conn, h *handler, far int) { c.After(0, runtime.Goexit) },
		"close": func(w *world, c *core.Conn, h *handler, far int) {
			closed := h.closed
			h.closed = func(err error) { closed(err); runtime.Goexit() }
			c.Close()
		},
	} {
		t.Run(name, func(t *testing.T) {
			onSystem(t, func(w *world) {
				h, other := w.noting("bad"), w.noting("good")
				h.failed = nil
				good, _ := w.watched(other, 0)
				c, far := w.watched(h, core.Readable)
				good.Defer()
				at(w, c, h, far)
				good.Defer()
				for range 3 {
					w.l.Post(func() { w.note("posted") })
				}
				w.l.Post(func() {
					good.Close()
					w.l.Post(w.l.Stop)
				})
				defer w.watchdog()()
				require.NoError(w, w.l.Run(t.Context()))
				w.settle()
				count := map[string]int{}
				for _, what := range w.did {
					what, _, _ = strings.Cut(what, " panic")
					what, _, _ = strings.Cut(what, " <nil>")
					count[what]++
				}
				if count["posted"] != 3 || count["good deferred"] != 1 || count["good closed"] != 1 ||
					count["bad closed"] != 1 {
					w.Errorf("what happened: %q", w.did)
				}
			})
		})
	}
}

// What was deferred behind a handler that ends its goroutine is called, too.
func TestGoexitBeforeOthers(t *testing.T) {
	onSystem(t, func(w *world) {
		bad, other := w.noting("bad"), w.noting("good")
		bad.failed, bad.deferred = nil, runtime.Goexit
		c, _ := w.watched(bad, 0)
		good, _ := w.watched(other, 0)
		c.Defer()
		good.Defer()
		w.l.Post(func() { w.l.Post(w.l.Stop) })
		defer w.watchdog()()
		require.NoError(w, w.l.Run(t.Context()))
		require.Contains(w, w.did, "good deferred")
	})
}
