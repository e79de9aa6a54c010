package chat

import (
	"context"
	"iter"
	"net"
	"sync"
	"sync/atomic"

	"github.com/go-asynchat/asynchat/core"
)

// A service is one Serve of a server: a listener, its loops and their channels.
type service struct {
	newHandler NewHandler
	settings   *settings
	origin     net.Listener
	group      *core.Group
	own        bool // the group's loops are ours to run and to stop
	listeners  []*core.Listener
	channels   atomic.Int64
	draining   atomic.Bool
	once       sync.Once
	quiet      chan struct{} // closed when it drains and the last channel has gone
	stopped    chan struct{} // closed when its loops have ended
}

func newService(s *Server, l net.Listener, group *core.Group, own bool) *service {
	v := &service{
		newHandler: s.Handler,
		settings:   newSettings(s.MaxElement, s.MaxOutput, s.Linger),
		origin:     l,
		group:      group,
		own:        own,
		quiet:      make(chan struct{}),
		stopped:    make(chan struct{}),
	}
	v.settings.service = v
	return v
}

// HandleAccepted is called on the loop on which the connection will live.
func (v *service) HandleAccepted(conn *core.Conn) {
	v.channels.Add(1)
	if v.draining.Load() {
		conn.Close()
		v.left()
		return
	}
	newChannel(conn, v.newHandler, v.settings)
}

// left is called when a channel has gone.
func (v *service) left() {
	if v.channels.Add(-1) == 0 && v.draining.Load() {
		v.once.Do(func() { close(v.quiet) })
	}
}

// HandleClose is called when the listener is closed: the one that was adopted goes with it.
func (v *service) HandleClose(error) { v.origin.Close() }

// drain stops accepting and asks every channel to end. Channels that are accepted meanwhile find draining set.
func (v *service) drain() {
	v.channels.Add(1) // so that quiet is not reached before all loops know
	if v.draining.Swap(true) {
		v.left()
		return
	}
	var pending atomic.Int64
	pending.Store(int64(len(v.group.Loops())))
	v.each(func(l *core.Loop) {
		v.stopAccepting(l)
		for c := range v.channelsOf(l) {
			c.conn.Post(c.shutdown)
		}
	}, func() {
		if pending.Add(-1) == 0 {
			v.left()
		}
	})
}

// each calls f on every loop that is not closed, and done behind it, or at once on one that is.
func (v *service) each(f func(*core.Loop), done func()) {
	for _, l := range v.group.Loops() {
		if l.Post(func() { f(l); done() }) != nil {
			done()
		}
	}
}

func (v *service) stopAccepting(l *core.Loop) {
	for _, ln := range v.listeners {
		if ln.Loop() == l {
			ln.Close()
		}
	}
}

func (v *service) channelsOf(l *core.Loop) iter.Seq[*Channel] {
	return func(yield func(*Channel) bool) {
		for h := range l.Handlers() {
			if e, ok := h.(*endpoint); ok && e.settings.service == v && !yield((*Channel)(e)) {
				return
			}
		}
	}
}

// wait waits until all channels have gone, and reports false if ctx was done before.
func (v *service) wait(ctx context.Context) bool {
	select {
	case <-v.quiet:
		return true
	default:
	}
	select {
	case <-v.quiet:
	case <-v.stopped: // it failed by itself
	case <-ctx.Done():
		return false
	}
	return true
}

// stop closes what is left. It does not wait for loops that somebody else runs.
func (v *service) stop() {
	if v.own {
		v.group.Stop()
		<-v.stopped
		return
	}
	v.each(func(l *core.Loop) {
		v.stopAccepting(l)
		for c := range v.channelsOf(l) {
			c.Close()
		}
	}, func() {})
}
