package chat

import (
	"context"
	"fmt"
	"iter"
	"net"
	"sync"
	"sync/atomic"

	"github.com/go-asynchat/asynchat/core"
)

// A service is one Serve of a server: a listener, its loops and their channels.
type service struct {
	server    *Server
	lanes     []*lane    // one for each loop
	admission *admission // of the server
	proxies   proxies
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
		server:  s,
		origin:  l,
		group:   group,
		own:     own,
		quiet:   make(chan struct{}),
		stopped: make(chan struct{}),
	}
	v.proxies = newProxies(s.ProxyFrom)
	limits := s.Limits.resolved()
	for _, l := range group.Loops() {
		v.lanes = append(v.lanes, newLane(v, l, limits))
	}
	return v
}

// A place is a connection of a server and its channel, in one piece.
type place struct {
	conn    core.Conn
	channel Channel
}

// NewPlace is called on the listener's loop, which need not be that of the connection: it may know the service, and nothing else.
func (v *service) NewPlace() core.Place {
	p := &place{}
	p.channel.settings = v.lanes[0].settings
	return p
}

func (p *place) Conn() *core.Conn { return &p.conn }
func (p *place) HandleAccepted()  { p.channel.settings.service.accepted(&p.channel, &p.conn) }

// HandleAccepted is for a listener that knows no places.
func (v *service) HandleAccepted(conn *core.Conn) { v.accepted(&Channel{}, conn) }

// accepted is called on the loop on which the connection will live.
func (v *service) accepted(c *Channel, conn *core.Conn) {
	v.channels.Add(1)
	n := v.lane(conn.Loop())
	n.counts.accepted++
	c.attach(conn, n.settings)
	if !v.admission.enter() {
		n.counts.refused.MaxConns++
		v.refuse(c, errTooMany, v.server.OnRefuse)
		return
	}
	c.flags |= counted
	if v.proxies.include(conn.RemoteAddrPort()) {
		c.awaitHeader()
		return
	}
	v.welcome(c, true)
}

// welcome makes the handler of a connection, if its address, where that is known, may have one more, and OnAccept likes it.
func (v *service) welcome(c *Channel, known bool) {
	refusals := &c.settings.lane.counts.refused
	if known {
		if !v.admission.enterFrom(c.peer()) {
			refusals.MaxConnsPerAddress++
			v.refuse(c, errTooManyOfOne, v.server.OnRefuse)
			return
		}
		c.flags |= named
	}
	c.logOpened()
	if f := v.server.Tap; f != nil {
		c.SetTap(f(c))
	}
	if f := v.server.OnAccept; f != nil && c.state != closed {
		if err := f(c); err != nil {
			refusals.OnAccept++
			v.refuse(c, fmt.Errorf("%w: %w", ErrRefused, err), nil)
			return
		}
	}
	if c.state != closed {
		c.begin(v.server.Handler)
	}
}

// refuse closes a connection, after a last word.
func (v *service) refuse(c *Channel, reason error, lastWord func(*Channel)) {
	c.warn(reason)
	c.begin(func(*Channel) Handler { return refused{} })
	switch {
	case lastWord != nil:
		c.conn.Post(func() {
			lastWord(c)
			c.drain(reason)
		})
	case c.out.Empty():
		c.close(reason)
	default:
		c.drain(reason)
	}
}

// refused is the handler of a connection that was not admitted.
type refused struct{}

func (refused) CollectIncomingData([]byte) {}
func (refused) FoundTerminator()           {}

// left is called when a channel has gone, with the reason.
func (v *service) left(c *Channel, reason error) {
	if c.has(counted) {
		v.admission.leave()
	}
	if c.has(named) {
		v.admission.leaveFrom(c.peer())
	}
	c.settings.lane.counts.closed[ReasonOf(reason)]++
	c.logClosed(reason)
	v.gone()
}

func (v *service) gone() {
	if v.channels.Add(-1) == 0 && v.draining.Load() {
		v.once.Do(func() { close(v.quiet) })
	}
}

// HandleClose is called when the listener is closed: the one that was adopted goes with it.
func (v *service) HandleClose(error) { v.origin.Close() }

// drain stops accepting, then asks every channel to end: also those that were accepted by one loop and are on their way to another.
func (v *service) drain() {
	v.channels.Add(1) // so that quiet is not reached before all loops know
	if v.draining.Swap(true) {
		v.gone()
		return
	}
	v.onAll(v.stopAccepting, func() {
		v.onAll(func(l *core.Loop) {
			for c := range v.channelsOf(l) {
				c.conn.Post(c.shutdown)
			}
		}, v.gone)
	})
}

// onAll calls f on every loop that is not closed, and done when all are done with it.
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
