package chat

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"
)

var lastID atomic.Uint64

// ID returns a number that no other channel of the process has. Channels are numbered from 1 on when their ID is first asked for, by the log or here.
func (c *Channel) ID() uint64 {
	x := c.more()
	if x.id == 0 {
		x.id = lastID.Add(1)
	}
	return x.id
}

// Logger returns the logger of the channel's server, or of its loop if it has none, with the channel's id and the address of its peer. Behind a
// proxy, that is the address that the PROXY header tells, and the proxy's own is beside it. It is made anew each time: who logs often keeps it.
func (c *Channel) Logger() *slog.Logger {
	attrs := []any{"id", c.ID()}
	if addr := c.RemoteAddr(); addr != nil && addr.String() != "" {
		attrs = append(attrs, "remote", addr.String())
	}
	if x := c.extra; x.proxy != nil {
		attrs = append(attrs, "proxy", fmt.Sprint(c.conn.RemoteAddr()))
	}
	return c.baseLogger().With(attrs...)
}

func (c *Channel) baseLogger() *slog.Logger {
	if v := c.settings.service; v != nil && v.server.Logger != nil {
		return v.server.Logger
	}
	return c.Loop().Logger()
}

// Logger is for core, which logs panics.
func (e *endpoint) Logger() *slog.Logger { return (*Channel)(e).Logger() }

// A trace counts what the log says when the channel is closed. Only channels that are logged have one.
type trace struct {
	opened                  time.Duration // on the loop's clock
	read, written, elements int64
}

// logOpened begins the trace, if the log is to have it.
func (c *Channel) logOpened() {
	if c.baseLogger().Enabled(context.Background(), slog.LevelDebug) {
		c.more().trace = &trace{opened: c.now()}
		c.Logger().Debug("connection opened")
	}
}

func (c *Channel) logClosed(err error) {
	if c.extra == nil || c.extra.trace == nil {
		return
	}
	t := c.extra.trace
	attrs := []any{"reason", ReasonOf(err).String(), "duration", c.now() - t.opened, "in", t.read, "out", t.written, "elements", t.elements}
	if err != nil {
		attrs = append(attrs, "error", err.Error())
	}
	c.Logger().Debug("connection closed", attrs...)
}

// warned bounds what a lane logs about connections that it did not want: those may come by the thousand, and the log is not to be what they
// attack.
type warned struct {
	at     time.Duration // when the last was logged
	ever   bool
	missed int // since then
}

// warn logs that a connection is not served, at most once a second for each loop.
func (c *Channel) warn(err error) {
	w := &c.settings.lane.warned
	if w.ever && c.now()-w.at < time.Second {
		w.missed++
		return
	}
	c.Logger().Warn("connection refused", "error", err.Error(), "unlogged", w.missed)
	w.at, w.ever, w.missed = c.now(), true, 0
}
