package chat

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
)

var lastID atomic.Uint64

// ID returns a number that no other channel of the process has. A channel gets its number, from 1
// on, when the log or a caller first needs it.
func (c *Channel) ID() uint64 {
	x := c.extension()
	if x.id == 0 {
		x.id = lastID.Add(1)
	}
	return x.id
}

// Logger returns a logger that adds the channel's id and the address of its peer. It is made of the
// logger of the channel's server or, without a server, of its loop. For a connection through a
// proxy, the address is that of the PROXY header, and the proxy's own address is added too. Each
// call makes a new logger: keep it if you log often.
func (c *Channel) Logger() *slog.Logger {
	attrs := []any{"id", c.ID()}
	if addr := c.RemoteAddr(); addr != nil && addr.String() != "" {
		attrs = append(attrs, "remote", addr.String())
	}
	if c.toldAddrs() != nil {
		attrs = append(attrs, "proxy", fmt.Sprint(c.conn.RemoteAddr()))
	}
	return c.baseLogger().With(attrs...)
}

func (c *Channel) baseLogger() *slog.Logger {
	if o := c.settings.owner; o != nil {
		if logger := o.baseLogger(); logger != nil {
			return logger
		}
	}
	return c.Loop().Logger()
}

// Logger is for core, which logs panics.
func (e *endpoint) Logger() *slog.Logger { return (*Channel)(e).Logger() }

// logOpened begins the trace, if the log is to have it.
func (c *Channel) logOpened() {
	if c.baseLogger().Enabled(context.Background(), slog.LevelDebug) {
		c.extension().trace = &trace{opened: c.now()}
		c.special |= actsTrace
		c.Logger().Debug("connection opened")
	}
}

func (c *Channel) logClosed(err error) {
	if c.special&actsTrace == 0 {
		return
	}
	t := c.ext.trace
	attrs := []any{"reason", ReasonOf(err).String(), "duration", c.now() - t.opened, "in", t.read,
		"out", t.written, "elements", t.elements}
	if err != nil {
		attrs = append(attrs, "error", err.Error())
	}
	c.Logger().Debug("connection closed", attrs...)
}
