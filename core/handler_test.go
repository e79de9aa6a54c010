package core_test

import (
	"context"
	"log/slog"
	"sync"

	"github.com/go-asynchat/asynchat/core"
)

// A handler has every event, and does what its fields say.
type handler struct {
	read, write, expt, connect, deferred func()
	failed, closed                       func(error)
	accepted                             func(*core.Conn)
}

func call(f func()) {
	if f != nil {
		f()
	}
}

func (h *handler) HandleRead()     { call(h.read) }
func (h *handler) HandleWrite()    { call(h.write) }
func (h *handler) HandleExpt()     { call(h.expt) }
func (h *handler) HandleConnect()  { call(h.connect) }
func (h *handler) HandleDeferred() { call(h.deferred) }

func (h *handler) HandleError(err error) {
	if h.failed != nil {
		h.failed(err)
	}
}

func (h *handler) HandleClose(err error) {
	if h.closed != nil {
		h.closed(err)
	}
}

func (h *handler) HandleListenerClosed(err error) { h.HandleClose(err) }

func (h *handler) HandleAccepted(c *core.Conn) {
	if h.accepted != nil {
		h.accepted(c)
	}
}

// noting returns a handler that notes its calls under name.
func (w *world) noting(name string) *handler {
	say := func(what string) func() { return func() { w.note("%s %s", name, what) } }
	return &handler{
		read:     say("read"),
		write:    say("write"),
		expt:     say("expt"),
		connect:  say("connect"),
		deferred: say("deferred"),
		failed:   func(err error) { w.note("%s error %v", name, err) },
		closed:   func(err error) { w.note("%s closed %v", name, err) },
		accepted: func(*core.Conn) { w.note("%s accepted", name) },
	}
}

// logs keeps the messages that were logged.
type logs struct {
	mu   sync.Mutex
	said []string
	last map[string]any // what the last line had beside its text
}

func (g *logs) Enabled(context.Context, slog.Level) bool { return true }
func (g *logs) WithAttrs([]slog.Attr) slog.Handler       { return g }
func (g *logs) WithGroup(string) slog.Handler            { return g }

func (g *logs) Handle(_ context.Context, r slog.Record) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.said, g.last = append(g.said, r.Message), map[string]any{}
	r.Attrs(func(a slog.Attr) bool {
		g.last[a.Key] = a.Value.Any()
		return true
	})
	return nil
}

// take returns what was logged since it was last called.
func (g *logs) take() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	said := g.said
	g.said = nil
	return said
}
