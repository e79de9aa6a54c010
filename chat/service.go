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
	server    *Server
	settings  *settings
	admission *admission // of the server
	origin    net.Listener
	group     *core.Group
	own       bool // the group's loops are ours to run and to stop
	listeners []*core.Listener
	channels  atomic.Int64
	draining  atomic.Bool
	once      sync.Once
	quiet     chan struct{} // closed when it drains and the last channel has gone
	stopped   chan struct{} // closed when its loops have ended
}

func newService(s *Server, l net.Listener, group *core.Group, own bool) *service {
	v := &service{
		server:   s,
		settings: &settings{Limits: s.Limits.resolved()},
		origin:   l,
		group:    group,
		own:      own,
		quiet:    make(chan struct{}),
		stopped:  make(chan struct{}),
	}
	v.settings.service = v
	return v
}

// HandleAccepted is called on the loop on which the connection will live.
func (v *service) HandleAccepted(conn *core.Conn) {
	v.channels.Add(1)
	switch {
	case v.admission.admit(conn.RemoteAddr()):
		newChannel(conn, v.server.Handler, v.settings)
	default:
		v.refuse(conn)
	}
}

// refuse closes a connection, after a last word if the server has one.
func (v *service) refuse(conn *core.Conn) {
	c := newChannel(conn, func(*Channel) Handler { return refused{} }, v.settings)
	c.flags |= unwanted
	if v.server.OnRefuse == nil {
		c.close(ErrRefused)
		return
	}
	conn.Post(func() {
		v.server.OnRefuse(c)
		c.drain(ErrRefused)
	})
}

// refused is the handler of a connection that was not admitted.
type refused struct{}

func (refused) CollectIncomingData([]byte) {}
func (refused) FoundTerminator()           {}

// left is called when a channel has gone, with the reason.
func (v *service) left(c *Channel, reason error) {
	if !c.has(unwanted) {
		v.admission.leave(c.RemoteAddr())
	}
	v.gone()
}

func (v *service) gone() {
	if v.channels.Add(-1) == 0 && v.draining.Load() {
		v.once.Do(func() { close(v.quiet) })
	}
}

// HandleClose is called when the listener is closed: the one that was adopted goes with it.
func (v *service) HandleClose(error) { v.origin.Close() }

// drain stops accepting, and then asks every channel to end. In this order a connection that is accepted at the last moment is a channel like the
// others, and its handler decides: where another process goes on with the same listener, nobody is hung up on who was let in.
func (v *service) drain() {
	v.channels.Add(1) // so that quiet is not reached before all loops know
	if v.draining.Swap(true) {
		v.gone()
		return
	}
	v.onAll(v.stopAccepting, func() {
		v.onAll(func(l *core.Loop) { // what was accepted elsewhere has been posted before
			for c := range v.channelsOf(l) {
				c.conn.Post(c.shutdown)
			}
		}, v.gone)
	})
}

// onAll calls f on every loop, and then done, behind the last of them.
func (v *service) onAll(f func(*core.Loop), done func()) {
	var pending atomic.Int64
	pending.Store(int64(len(v.group.Loops())))
	v.each(f, func() {
		if pending.Add(-1) == 0 {
			done()
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

// stop closes what is left, and returns how many channels that were. It does not wait for loops that somebody else runs.
func (v *service) stop() int {
	var cut atomic.Int64
	var pending sync.WaitGroup
	pending.Add(len(v.group.Loops()))
	v.each(func(l *core.Loop) {
		v.stopAccepting(l)
		for c := range v.channelsOf(l) {
			c.close(ErrShutdown)
			cut.Add(1)
		}
	}, pending.Done)
	if v.own {
		pending.Wait()
		v.group.Stop()
		<-v.stopped
	}
	return int(cut.Load())
}
