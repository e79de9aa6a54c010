package core

import (
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"syscall"
	"time"

	"github.com/go-asynchat/asynchat/core/kernel"
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
type Listener struct {
	Dispatcher
	addr    net.Addr
	accept  AcceptHandler
	loops   []*Loop
	next    int
	spread  Spread
	reserve int32         // a descriptor to give up when there is no other; -1: none
	backoff time.Duration // since accept failed; 0: it works

	keepAlive net.KeepAliveConfig
	inherits  inheritance
}

// An inheritance says whether what is accepted has the listener's keepAlive by itself.
type inheritance uint8

const (
	inherited    inheritance = iota // it has, or there is none
	older                           // not the next connection: it may be older than the listener
	asked                           // the next connection shows
	notInherited                    // not on this system
)

// Listen listens on a stream network of net.Listen ("tcp", "tcp4", "tcp6", "unix") and hands each
// connection to h. It is called on l's goroutine.
func Listen(l *Loop, network, address string, h AcceptHandler) (*Listener, error) {
	return ListenConfig{}.Listen(l, network, address, h)
}

// AdoptListener is Listen for a *net.TCPListener or a *net.UnixListener made elsewhere. It works on
// a duplicate of the descriptor; ln stays the caller's to close, and must not accept any more. The
// connections are spread over loops in turn, where h is then called; without loops they stay on l.
// Any other type is [ErrUnsupported], also one that embeds these: its Accept would not be called.
func AdoptListener(l *Loop, ln net.Listener, h AcceptHandler, loops ...*Loop) (*Listener, error) {
	return ListenConfig{Loops: loops}.Adopt(l, ln, h)
}

// AcceptHandler is called with each connection that a listener accepted. It owns the connection.
type AcceptHandler interface{ HandleAccepted(*Conn) }

func newListener(
	l *Loop, fd int, addr net.Addr, h AcceptHandler, config ListenConfig,
) (*Listener, error) {
	ln := &Listener{
		Dispatcher: Dispatcher{loop: l, fd: int32(fd)},
		addr:       addr,
		accept:     h,
		loops:      config.Loops,
		spread:     config.Spread,
		reserve:    -1,
	}
	if len(ln.loops) == 0 {
		ln.loops = []*Loop{l}
	}
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

// Addr returns the address on which the listener listens.
func (ln *Listener) Addr() net.Addr { return ln.addr }

// maxAccept bounds the connections taken at one event, so that a storm of them cannot starve those
// that are there.
const maxAccept = 64

// maxClosings is how many descriptors may wait for the end of the turn to be closed when one more
// connection is taken: where all are refused, that is what they cost.
const maxClosings = 32

const minBackoff, maxBackoff = 5 * time.Millisecond, time.Second

// accepting is the handler of a listener's descriptor.
type accepting Listener

func (a *accepting) HandleRead() {
	ln := (*Listener)(a)
	for range maxAccept {
		fd, peer, err := ln.loop.kernel.Accept(int(ln.fd))
		switch {
		case err == nil:
			ln.backoff = 0
			if ln.inherits != inherited {
				ln.keepAliveOf(fd)
			}
			ln.deliver(fd, peer)
		case kernel.WouldBlock(err):
			if ln.inherits == older {
				ln.inherits = asked
			}
			return
		case isOfOneConnection(err):
		case isOfListener(err):
			ln.CloseWith(ln.acceptError(err))
			return
		default:
			ln.rest(err)
			return
		}
		if ln.Closed() || len(ln.loop.closings) >= maxClosings {
			return
		}
	}
}

// keepAliveOf sees to it that a silent peer is probed. Should it fail, it is not probed.
func (ln *Listener) keepAliveOf(fd int) {
	if ln.inherits == asked {
		config := ln.keepAlive
		on, err := ln.loop.kernel.Option(fd, KeepAlive)
		if err == nil && (on != 0) == (config.Enable || config == net.KeepAliveConfig{}) {
			ln.inherits = inherited
			return
		}
		ln.inherits = notInherited
	}
	setKeepAlive(ln.loop.kernel, fd, ln.keepAlive)
}

// HandleClose tells the owner, if it wants to know.
func (a *accepting) HandleClose(err error) {
	(*Listener)(a).giveUpReserve()
	if h, ok := a.accept.(CloseHandler); ok {
		h.HandleClose(err)
	}
}

func (ln *Listener) deliver(fd int, peer netip.AddrPort) {
	target := ln.target()
	ln.loop.stats.Accepted++
	c, place := ln.newConn(target, fd)
	if c == nil {
		ln.loop.kernel.Close(fd)
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
	}
}

// target returns the loop on which the next connection will live.
func (ln *Listener) target() *Loop {
	if ln.spread == LeastConnections {
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
func (ln *Listener) hand(c *Conn, place Place) {
	c.loop.watchdog.belongsTo(ln.accept)
	defer c.contain()
	if place != nil {
		place.HandleAccepted()
	} else {
		ln.accept.HandleAccepted(c)
	}
}

func (ln *Listener) acceptError(err error) error {
	return kernel.OpError("accept", "accept", ln.addr.Network(), ln.addr, err)
}

// isOfOneConnection reports whether err is of a connection that has gone before it was accepted, or
// of a signal: the next accept may succeed. Linux passes errors of the network on, too.
func isOfOneConnection(err error) bool {
	switch err {
	case syscall.ECONNABORTED, syscall.ECONNRESET, syscall.EINTR, syscall.EPROTO, syscall.ENETDOWN,
		syscall.ENETUNREACH,
		syscall.EHOSTDOWN, syscall.EHOSTUNREACH, syscall.ENOPROTOOPT, syscall.ETIMEDOUT:
		return true
	}
	return false
}

// isOfListener reports whether err says that this descriptor will never accept anything.
func isOfListener(err error) bool {
	return err == syscall.EBADF || err == syscall.EINVAL || err == syscall.ENOTSOCK ||
		errors.Is(err, errors.ErrUnsupported)
}

// rest stops accepting for a while when there are no descriptors or no memory left: the listener
// would stay ready, and keep the loop busy. What is connected goes on being served.
func (ln *Listener) rest(err error) {
	if ln.backoff == 0 {
		ln.loop.seldom.log(ln.loop.Now(), ln.loop.Logger, slog.LevelWarn, "accept failed, backing off",
			"addr", ln.addr, "error", ln.acceptError(err))
	}
	pause := min(max(2*ln.backoff, minBackoff), maxBackoff)
	if ln.backoff == maxBackoff && (err == syscall.EMFILE || err == syscall.ENFILE) &&
		ln.turnAway() == maxAccept {
		pause = minBackoff // more of them wait
	}
	ln.backoff = max(ln.backoff, pause)
	ln.SetWant(0)
	ln.After(pause, func() { ln.SetWant(Readable) })
}

// turnAway closes those who wait, one after the other in the place of the reserve, and returns how
// many.
func (ln *Listener) turnAway() (n int) {
	ln.giveUpReserve()
	for n < maxAccept {
		fd, _, err := ln.loop.kernel.Accept(int(ln.fd))
		if err != nil {
			break
		}
		ln.loop.kernel.Close(fd)
		n++
	}
	ln.keepReserve()
	ln.loop.stats.TurnedAway += uint64(n)
	return n
}

func (ln *Listener) keepReserve() {
	if fd, err := ln.loop.kernel.Reserve(); err == nil {
		ln.reserve = int32(fd)
	}
}

func (ln *Listener) giveUpReserve() {
	if ln.reserve >= 0 {
		ln.loop.kernel.Close(int(ln.reserve))
		ln.reserve = -1
	}
}
