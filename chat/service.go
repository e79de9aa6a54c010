package chat

import (
	"sync"
	"sync/atomic"

	"github.com/go-asynchat/asynchat/core"
)

// A service is one Serve of a server: a listener, its loops and their channels.
type service struct {
	newHandler NewHandler
	settings   *settings
	group      *core.Group
	listeners  []*core.Listener
	channels   atomic.Int64
	draining   atomic.Bool
	once       sync.Once
	quiet      chan struct{} // closed when it drains and the last channel has gone
	stopped    chan struct{} // closed when its loops have ended
}

func newService(s *Server, group *core.Group) *service {
	v := &service{
		newHandler: s.Handler,
		settings:   newSettings(s.MaxElement, s.MaxOutput, s.Linger),
		group:      group,
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

// drain stops accepting and asks every channel to end. Channels that are accepted meanwhile find draining set.
func (v *service) drain() {
	v.channels.Add(1) // so that quiet is not reached before all loops know
	v.draining.Store(true)
	var pending atomic.Int64
	pending.Store(int64(len(v.group.Loops())))
	v.group.Post(func(l *core.Loop) {
		for _, ln := range v.listeners {
			if ln.Loop() == l {
				ln.Close()
			}
		}
		for h := range l.Handlers() {
			if e, ok := h.(*endpoint); ok && e.settings.service == v {
				c := (*Channel)(e)
				c.conn.Post(c.shutdown)
			}
		}
		if pending.Add(-1) == 0 {
			v.left()
		}
	})
}
