package core

import (
	"net"
	"net/netip"
	"time"

	"github.com/go-asynchat/asynchat/internal/inside"
)

// A Listener accepts connections and hands each to its handler, on the loop on which the connection
// will live.
//
// When the system has no descriptor left, the listener says so in the log, at most once a second
// with the number of times that it did not, and rests, from 5 ms up to 1 s at a time: what is
// connected goes on being served, and who has come meanwhile waits. When that has lasted for more
// than a second, those who wait are turned away, closed without a word, with the help of a
// descriptor that was kept for that: they can try elsewhere, instead of hanging. As soon as there
// are descriptors again, it accepts.
//
// When accept fails for good, since the socket was shut down by somebody who shares it, or fails
// for two seconds for no want of resources, the listener closes itself, with the error as the
// reason.
type Listener struct {
	Dispatcher
	addr    net.Addr
	accept  AcceptHandler
	room    inside.RoomHandler // the same, if it is one
	again   func()             // for it
	wrapped *wrapped           // what is asked for connections; nil: the descriptor
	loops   []*Loop
	next    int
	spread  Spread
	holds   holds
	reserve int32         // a descriptor to give up when there is no other; -1: none
	backoff time.Duration // since accept failed; 0: it works
	rested  time.Time     // the end of the last rest

	keepAlive net.KeepAliveConfig
	inherits  inheritance
}

// Listen listens on a stream network of net.Listen ("tcp", "tcp4", "tcp6", "unix") and hands each
// connection to h. It is called on l's goroutine.
func Listen(l *Loop, network, address string, h AcceptHandler) (*Listener, error) {
	return ListenConfig{}.Listen(l, network, address, h)
}

// AdoptListener accepts connections from a listener made elsewhere, as Listen does from its own. Of
// a *net.TCPListener or a *net.UnixListener it works on a duplicate of the descriptor; ln stays the
// caller's to close, and must not accept any more. The connections are spread over loops in turn,
// where h is then called; without loops they stay on l.
//
// Any other listener, also one that embeds these, is asked for its connections: its Accept is
// called on a goroutine, the next time when the loop has taken the last connection. Connections
// must be sockets of package net, which are taken over from it: the first one of another type
// closes the listener with [ErrUnsupported], later ones are closed and logged. The goroutine ends
// when ln is closed, which is the caller's to do once the listener is. In a simulation such a
// listener is ErrUnsupported.
func AdoptListener(l *Loop, ln net.Listener, h AcceptHandler, loops ...*Loop) (*Listener, error) {
	return ListenConfig{Loops: loops}.Adopt(l, ln, h)
}

// AcceptHandler is called with each connection that a listener accepted. It owns the connection. It
// may be a [ListenerCloseHandler], and is one of [AcceptFunc] if it has methods for something else.
type AcceptHandler interface{ HandleAccepted(*Conn) }

// AcceptFunc is a function as an [AcceptHandler]: the end of the listener is told to nobody, but
// logged if it has failed.
type AcceptFunc func(*Conn)

// HandleAccepted calls f.
func (f AcceptFunc) HandleAccepted(c *Conn) { f(c) }

// ListenerCloseHandler is an [AcceptHandler] that wants to know of the end of its listener, by
// whatever it came: the reason is nil after Close. One that has no such method, but a HandleClose,
// is called there if the listener has failed, and not if it was closed: HandleClose may mean the
// end of something else.
type ListenerCloseHandler interface{ HandleListenerClosed(err error) }

func newListener(
	l *Loop, fd int, addr net.Addr, h AcceptHandler, config ListenConfig,
) (*Listener, error) {
	ln := makeListener(l, fd, addr, h, config)
	if _, ok := addr.(*net.TCPAddr); ok { // which most systems have connections inherit
		if err := setKeepAlive(l.kernel, fd, config.KeepAlive); err != nil {
			ln.Close()
			return nil, err
		}
		ln.inherits, ln.keepAlive = older, config.KeepAlive
	}
	ln.keepReserve()
	if err := ln.Attach((*accepting)(ln), Readable); err != nil {
		return nil, err
	}
	return ln, nil
}

func makeListener(
	l *Loop, fd int, addr net.Addr, h AcceptHandler, config ListenConfig,
) *Listener {
	ln := &Listener{
		Dispatcher: Dispatcher{loop: l, fd: int32(fd)},
		addr:       addr,
		accept:     h,
		loops:      config.Loops,
		spread:     config.Spread,
		reserve:    -1,
	}
	if room, ok := h.(inside.RoomHandler); ok {
		ln.room, ln.again = room, func() { l.Post(func() { ln.release(full) }) }
	}
	if len(ln.loops) == 0 {
		ln.loops = []*Loop{l}
	}
	return ln
}

// Addr returns the address on which the listener listens.
func (ln *Listener) Addr() net.Addr { return ln.addr }

// holds are why a listener does not accept. It does where there is none of them.
type holds uint8

const (
	resting holds = 1 << iota // accept has failed
	paused                    // by Pause
	full                      // its handler has no room
)

// Pause stops accepting: who connects waits in the backlog of the system, which refuses those for
// whom that has no room.
func (ln *Listener) Pause() { ln.hold(paused) }

// Resume ends a pause.
func (ln *Listener) Resume() { ln.release(paused) }

// SetWant resumes the listener with Readable, and pauses it without.
func (ln *Listener) SetWant(want Ready) {
	if want&Readable == 0 {
		ln.Pause()
	} else {
		ln.Resume()
	}
}

func (ln *Listener) hold(why holds) {
	ln.holds |= why
	if ln.wrapped == nil {
		ln.Dispatcher.SetWant(0)
	}
}

func (ln *Listener) release(why holds) {
	if ln.holds &^= why; ln.holds != 0 || ln.Closed() {
		return
	}
	if ln.wrapped != nil {
		ln.wrapped.goOn()
	} else {
		ln.Dispatcher.SetWant(Readable)
	}
}

// deliver hands a connection over for which there is room.
func (ln *Listener) deliver(fd int, peer netip.AddrPort) {
	target := ln.target()
	ln.loop.stats.Accepted++
	c, place := ln.newConn(target, fd)
	if c == nil {
		ln.loop.kernel.Close(fd)
		ln.unreserve()
		return
	}
	c.peer = newPeer(peer)
	c.flags |= counted
	target.conns.Add(1)
	if target == ln.loop {
		ln.hand(c, place)
	} else if target.Post(func() { ln.hand(c, place) }) != nil {
		target.conns.Add(-1)
		ln.loop.kernel.Close(fd)
		ln.unreserve()
	}
}

// target returns the loop on which the next connection will live.
func (ln *Listener) target() *Loop {
	if ln.spread == SpreadLeastConnections {
		best := ln.loops[0]
		for _, l := range ln.loops[1:] {
			if l.conns.Load() < best.conns.Load() {
				best = l
			}
		}
		return best
	}
	target := ln.loops[ln.next]
	if ln.next++; ln.next == len(ln.loops) {
		ln.next = 0
	}
	return target
}

// hand gives c to the handler, on the loop of c. A panic costs that connection only.
func (ln *Listener) hand(c *Conn, place place) {
	c.loop.watchdog.belongsTo(ln.accept)
	defer c.contain()
	if place != nil {
		place.HandleAccepted()
	} else {
		ln.accept.HandleAccepted(c)
	}
}
