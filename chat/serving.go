package chat

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"

	"github.com/go-asynchat/asynchat/chat/internal/rate"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/internal/inside"
)

// A serving is one Serve of a server: a listener, its loops and their channels.
type serving struct {
	server    *Server
	settings  []*settings // of the channels, one for each loop
	admission *admission  // of the server
	proxies   proxies
	origin    net.Listener
	group     *core.Group
	own       bool // the group's loops are ours to run and to stop
	listeners []*core.Listener
	channels  atomic.Int64
	draining  atomic.Bool
	failure   atomic.Pointer[error] // of its listener
	once      sync.Once
	quiet     chan struct{} // closed when it drains and the last channel has gone
	stopped   chan struct{} // closed when its loops have ended
}

// check returns what a server lacks.
func (s *Server) check() error {
	if s.Handler == nil {
		return errors.New("chat: Server.Handler is nil")
	}
	if s.TLSConfig == nil {
		return nil
	}
	if err := checkTLS(s.TLSConfig, false); err != nil {
		return fmt.Errorf("chat: Server.TLSConfig: %w", err)
	}
	return nil
}

func newServing(s *Server, l net.Listener, group *core.Group, own bool) *serving {
	v := &serving{server: s, origin: l, group: group, own: own,
		quiet: make(chan struct{}), stopped: make(chan struct{})}
	v.proxies = newProxies(s.ProxyFrom)
	limits := s.Limits.resolved()
	for _, l := range group.Loops() {
		n := newPerLoop(l)
		read, write := s.sharedRates(l)
		n.read, n.write = read.Join(l), write.Join(l)
		v.settings = append(v.settings, &settings{Limits: limits, owner: v, perLoop: n})
	}
	return v
}

// A connSlot is a connection of a server and its channel, in one piece.
type connSlot struct {
	conn    core.Conn
	channel Channel
}

// NewPlace is called on the listener's loop, which need not be that of the connection: it may know
// the serving, and nothing else.
func (v *serving) NewPlace() inside.Place[core.Conn] {
	p := &connSlot{}
	p.channel.settings = v.settings[0]
	return p
}

func (p *connSlot) Conn() *core.Conn { return &p.conn }

func (p *connSlot) HandleAccepted() {
	p.channel.settings.owner.(*serving).accepted(&p.channel, &p.conn)
}

// HandleAccepted is for a listener that knows no places.
func (v *serving) HandleAccepted(conn *core.Conn) { v.accepted(&Channel{}, conn) }

// settingsOn returns the settings of channels on a loop.
func (v *serving) settingsOn(l *core.Loop) *settings {
	for _, s := range v.settings {
		if s.perLoop.loop == l {
			return s
		}
	}
	panic("chat: a connection on a loop that is not the server's")
}

// accepted is called on the loop on which the connection will live.
func (v *serving) accepted(c *Channel, conn *core.Conn) {
	v.channels.Add(1)
	s := v.settingsOn(conn.Loop())
	s.perLoop.counts.accepted++
	if v.server.WaitAtMaxConns {
		c.traits |= countedConn // by Reserve
	}
	if err := c.attach(conn, s); err != nil {
		v.dropped(c, err)
		return
	}
	if c.traits&countedConn == 0 && !v.admission.enter() {
		s.perLoop.counts.refused.MaxConns++
		v.refuse(c, errTooMany, errTooMany, v.server.OnRefuse)
		return
	}
	c.traits |= countedConn
	if v.proxies.include(conn.RemoteAddrPort()) {
		c.awaitHeader(v)
		return
	}
	v.welcome(c, true)
}

// welcome makes the handler of a connection, if its address, where that is known, may have one
// more, and OnAccept likes it.
func (v *serving) welcome(c *Channel, known bool) {
	refusals := &c.settings.perLoop.counts.refused
	if known {
		if !v.admission.enterFrom(c.RemoteAddrPort()) {
			refusals.MaxConnsPerAddress++
			v.refuse(c, errTooManyOfOne, errTooManyOfOne, v.server.OnRefuse)
			return
		}
		c.traits |= countedAddress
	}
	c.logOpened()
	if f := v.server.Tap; f != nil {
		c.SetTap(f(c))
	}
	if f := v.server.OnAccept; f != nil && c.life.phase != closed {
		if err := f(c); err != nil {
			refusals.OnAccept++
			v.refuse(c, ErrRefused, fmt.Errorf("%w: %w", ErrRefused, err), nil)
			return
		}
	}
	if c.life.phase != closed {
		c.begin(v.server.Handler)
	}
}

// leave says that c no longer counts for MaxConns and MaxConnsPerAddress, as far as it did.
func (v *serving) leave(c *Channel) {
	if c.traits&countedConn != 0 {
		v.admission.leave()
	}
	if c.traits&countedAddress != 0 {
		v.admission.leaveFrom(c.RemoteAddrPort())
	}
	c.traits &^= countedConn | countedAddress
}

// channelClosed is called when a channel has gone, with the reason.
func (v *serving) channelClosed(c *Channel, reason error) {
	v.leave(c)
	c.settings.perLoop.counts.closed[ReasonOf(reason)]++
	c.logClosed(reason)
	v.gone()
}

func (v *serving) tlsConfig() *tls.Config   { return v.server.TLSConfig }
func (v *serving) baseLogger() *slog.Logger { return v.server.Logger }
func (v *serving) isDraining() bool         { return v.draining.Load() }
func (v *serving) crew() *crew              { return &v.server.crew }
func (v *serving) workBegun()               { v.channels.Add(1) }
func (v *serving) workEnded()               { v.gone() }

func (v *serving) gone() {
	if v.channels.Add(-1) == 0 && v.draining.Load() {
		v.once.Do(v.isQuiet)
	}
}

// drain stops accepting, then asks every channel to end: also those that were accepted by one loop
// and are on their way to another.
func (v *serving) drain() {
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
func (v *serving) onAll(f func(*core.Loop), done func()) {
	var pending atomic.Int64
	pending.Store(int64(len(v.group.Loops())))
	v.each(f, func() {
		if pending.Add(-1) == 0 {
			done()
		}
	})
}

// each calls f on every loop that is not closed, and done behind it, or at once on one that is.
func (v *serving) each(f func(*core.Loop), done func()) {
	for _, l := range v.group.Loops() {
		if l.Post(func() { f(l); done() }) != nil {
			done()
		}
	}
}

func (v *serving) stopAccepting(l *core.Loop) {
	for _, ln := range v.listeners {
		if ln.Loop() == l {
			ln.Close()
		}
	}
}

func (v *serving) channelsOf(l *core.Loop) iter.Seq[*Channel] {
	return func(yield func(*Channel) bool) {
		for h := range l.Handlers() {
			if e, ok := h.(*endpoint); ok && e.settings.owner == owner(v) && !yield((*Channel)(e)) {
				return
			}
		}
	}
}

// hasEnded reports whether all channels have gone, and their work.
func (v *serving) hasEnded() bool {
	select {
	case <-v.quiet:
		return true
	default:
		return false
	}
}

// wait waits until all channels have gone, and reports false if ctx was done before.
func (v *serving) wait(ctx context.Context) bool {
	select {
	case <-v.quiet:
	case <-v.stopped: // it failed by itself
	case <-ctx.Done():
		return v.hasEnded()
	}
	return true
}

// stop closes what is left, and returns how many channels that were. It does not wait for loops
// that somebody else runs.
func (v *serving) stop() int {
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

// sharedRates returns the buckets of the server, nil for what is not bounded.
func (s *Server) sharedRates(l *core.Loop) (read, write *rate.SharedBucket) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.shared {
		s.shared = true
		s.read = rate.NewShared(rate.Rate(s.TotalReadRate), l.Epoch())
		s.write = rate.NewShared(rate.Rate(s.TotalWriteRate), l.Epoch())
	}
	return s.read, s.write
}
