package chattest

import (
	"context"
	"net"
	"syscall"

	"github.com/go-asynchat/asynchat/core"
)

// DialTo connects a second peer to an address on which the handler listens, such as the data port
// of a session that calls chat.Listen. If nobody listens there, the peer is closed. Each test has
// its own network, in which the first free port is always 49152.
//
// The handlers of such connections are not checked: [Guard] adds the checks of a [Side].
func (c *Conn) DialTo(network, addr string) *Peer {
	w := c.Side.w
	w.tb.Helper()
	to, err := w.kernel.Resolve(context.Background(), network, addr)
	if err != nil {
		w.tb.Fatalf("chattest: DialTo: %v", err)
	}
	return w.dial(to[0])
}

// Listen listens on an address to which the handler may connect by chat.Dial. The other end of such
// a connection is a Peer. Port 0 picks a free port. The listener is closed at the end of the test.
func (c *Conn) Listen(network, addr string) *PeerListener {
	w := c.Side.w
	w.tb.Helper()
	fd, at, err := w.kernel.Listen(core.ListenConfig{}, network, addr)
	if err != nil {
		w.tb.Fatalf("chattest: Listen: %v", err)
	}
	return &PeerListener{w, fd, at}
}

// A PeerListener accepts connections that a handler dials: see [Conn.Listen].
type PeerListener struct {
	w    *world
	fd   int
	addr net.Addr
}

// Addr returns the address on which l listens.
func (l *PeerListener) Addr() net.Addr { return l.addr }

// Accept returns the peer of the connection that has waited longest, or nil if no connection waits.
func (l *PeerListener) Accept() *Peer {
	l.w.tb.Helper()
	fd, _, err := l.w.kernel.Kernel.Accept(l.fd)
	if err != nil {
		if err != syscall.EAGAIN && err != syscall.EBADF {
			l.w.tb.Errorf("chattest: Accept: %v", err)
		}
		return nil
	}
	p := l.w.newPeer(fd)
	l.w.run()
	return p
}

// Close stops listening: connections that were not accepted are reset, and later ones refused.
func (l *PeerListener) Close() {
	l.w.tb.Helper()
	l.w.kernel.Close(l.fd)
	l.fd = -1
	l.w.run()
}
