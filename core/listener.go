package core

import (
	"net"
	"net/netip"
	"time"
)

// A Listener accepts connections and hands each to its handler, on the loop on which the connection will live.
type Listener struct {
	Dispatcher
	addr    net.Addr
	accept  AcceptHandler
	targets []*Loop
	next    int
	backoff time.Duration // since accept failed; 0: it works
}

// Listen listens on a stream network of net.Listen ("tcp", "tcp4", "tcp6", "unix") and hands each connection to h. It is
// called on l's goroutine.
func Listen(l *Loop, network, address string, h AcceptHandler) (*Listener, error) {
	fd, addr, err := l.kernel.Listen(network, address)
	if err != nil {
		return nil, err // the kernel's error names the address
	}
	return newListener(l, fd, addr, h, []*Loop{l})
}

// AdoptListener is Listen for a listener made elsewhere that has a descriptor. It works on a duplicate of the descriptor;
// ln stays the caller's to close, and must not accept any more. The connections are spread over targets in turn, where h is
// then called; without targets they stay on l.
func AdoptListener(l *Loop, ln net.Listener, h AcceptHandler, targets ...*Loop) (*Listener, error) {
	fd, err := l.kernel.Adopt(ln)
	if err != nil {
		return nil, opError("listen", "dup", ln.Addr().Network(), ln.Addr(), err)
	}
	if len(targets) == 0 {
		targets = []*Loop{l}
	}
	return newListener(l, fd, ln.Addr(), h, targets)
}

func newListener(l *Loop, fd int, addr net.Addr, h AcceptHandler, targets []*Loop) (*Listener, error) {
	ln := &Listener{Dispatcher: Dispatcher{loop: l, fd: int32(fd)}, addr: addr, accept: h, targets: targets}
	if err := ln.Attach((*accepting)(ln), Readable); err != nil {
		return nil, err
	}
	return ln, nil
}

// Addr returns the address on which the listener listens.
func (ln *Listener) Addr() net.Addr { return ln.addr }

// maxAccept bounds the connections taken at one event, so that a storm of them cannot starve those that are there.
const maxAccept = 64

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
			ln.deliver(fd, peer)
		case wouldBlock(err):
			return
		case temporaryAccept(err):
		default:
			ln.rest(err)
			return
		}
		if ln.Closed() {
			return
		}
	}
}

// HandleClose tells the owner, if it wants to know.
func (a *accepting) HandleClose(err error) {
	if h, ok := a.accept.(CloseHandler); ok {
		h.HandleClose(err)
	}
}

func (ln *Listener) deliver(fd int, peer netip.AddrPort) {
	target := ln.targets[ln.next]
	if ln.next++; ln.next == len(ln.targets) {
		ln.next = 0
	}
	c := NewConn(target, fd)
	c.peer = netip.AddrPortFrom(peer.Addr().Unmap(), peer.Port())
	if target == ln.loop {
		ln.hand(c)
	} else if target.Post(func() { ln.hand(c) }) != nil {
		ln.loop.kernel.Close(fd)
	}
}

// hand gives c to the handler, on the loop of c. A panic costs that connection only.
func (ln *Listener) hand(c *Conn) {
	defer c.contain()
	ln.accept.HandleAccepted(c)
}

// rest stops accepting for a while when there are no descriptors or no memory left: the listener would stay ready, and
// keep the loop busy. What is connected goes on being served.
func (ln *Listener) rest(err error) {
	if ln.backoff == 0 {
		ln.loop.Logger().Warn("accept failed, backing off", "addr", ln.addr, "error", opError("accept", "accept", ln.addr.Network(), ln.addr, err))
	}
	ln.backoff = min(max(2*ln.backoff, minBackoff), maxBackoff)
	ln.SetWant(0)
	ln.loop.After(ln.backoff, func() { ln.SetWant(Readable) })
}
