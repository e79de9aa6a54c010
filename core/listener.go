package core

import (
	"net"
	"net/netip"
	"time"

	"github.com/go-asynchat/asynchat/internal/inside"
)

// A Listener accepts connections and passes each to its handler, on the loop of the connection.
//
// When the system has no descriptor left, the listener logs this, at most once per second, and
// rests, from 5 ms up to 1 s at a time. Existing connections are served, and new ones wait. After
// more than a second, waiting connections are closed instead of hanging; for this the listener
// keeps a spare descriptor. When there are descriptors again, the listener accepts.
//
// If accept fails for good, for example after a shutdown of the socket by another process, the
// listener closes itself, with the error as the reason. It also closes itself if accept fails for
// two seconds for a reason other than a lack of descriptors or memory.
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

// Listen listens on a stream network of net.Listen ("tcp", "tcp4", "tcp6", "unix") and passes each
// connection to h. It is called on l's goroutine.
func Listen(l *Loop, network, address string, h AcceptHandler) (*Listener, error) {
	return ListenConfig{}.Listen(l, network, address, h)
}

// AdoptListener accepts connections from a listener made elsewhere, as Listen does from its own.
// For a *net.TCPListener or a *net.UnixListener it works on a duplicate of the descriptor; the
// caller closes ln, and must not accept from it any more. The connections go to loops in turn, and
// h is called there; without loops they stay on l.
//
// For any other listener, also one that embeds one of these types, a goroutine calls Accept, one
// connection at a time. Accept must return sockets of package net, whose descriptors the loop
// takes. If the first connection has another type, the listener is closed with [ErrUnsupported];
// later connections of another type are closed and logged. To end the goroutine, the caller closes
// ln after the end of the Listener. In a simulation such a listener is refused with ErrUnsupported.
func AdoptListener(l *Loop, ln net.Listener, h AcceptHandler, loops ...*Loop) (*Listener, error) {
	return ListenConfig{Loops: loops}.Adopt(l, ln, h)
}

// AcceptHandler is called with each connection that a listener accepted. It owns the connection. It
// may also be a [ListenerCloseHandler]. To use a method with another name, pass an [AcceptFunc] of
// it.
type AcceptHandler interface{ HandleAccepted(*Conn) }

// AcceptFunc makes a function an [AcceptHandler]. It is not called at the end of the listener, but
// a failure is logged.
type AcceptFunc func(*Conn)

// HandleAccepted calls f.
func (f AcceptFunc) HandleAccepted(c *Conn) { f(c) }

// ListenerCloseHandler is an [AcceptHandler] that gets every end of its listener: the reason is nil
// after Close. If an AcceptHandler has the method HandleClose instead, it is called only when the
// listener has failed, not when it was closed. The reason is that HandleClose may belong to
// something else, such as a session.
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

// Pause stops accepting: new connections wait in the backlog of the system, which refuses more than
// fit.
func (ln *Listener) Pause() { ln.hold(paused) }

// Resume ends a pause.
func (ln *Listener) Resume() { ln.release(paused) }

// SetWant resumes the listener if want contains Readable, and otherwise pauses it.
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
