package chat

import (
	"errors"
	"net"

	"github.com/go-asynchat/asynchat/core"
)

// A Listener accepts connections on a loop and makes a [Channel] of each: see [Listen]. Its
// methods, except Addr, are for the loop's goroutine.
type Listener struct {
	listener   *core.Listener
	newHandler NewHandler
	once       bool
}

// Listen listens on a stream address ("tcp", "tcp4", "tcp6", "unix"), and makes a channel of each
// connection, on loop, as [NewChannel] does: with the default limits of a server, which newHandler
// may change. Other features of a [Server], such as MaxConns, are missing. Listen is the
// counterpart of [Dial], for example for the data port of a session. Call it on the loop's
// goroutine. Port 0 picks a free one, which Addr returns. A stale file of a Unix socket, on which
// nobody listens any more, is replaced. If the listener fails for good, it is closed, and the loop
// logs the error.
func Listen(
	loop *core.Loop, network, addr string, newHandler NewHandler,
) (*Listener, error) {
	if newHandler == nil {
		return nil, errors.New("chat: Listen: the NewHandler is nil")
	}
	l := &Listener{newHandler: newHandler}
	listener, err := core.ListenConfig{ReplaceStale: true}.Listen(loop, network, addr,
		core.AcceptFunc(l.accepted))
	if err != nil {
		return nil, err
	}
	l.listener = listener
	return l, nil
}

func (l *Listener) accepted(conn *core.Conn) {
	if c := NewChannel(conn, l.newHandler); l.once && c.handler != nil {
		l.Close()
	}
}

// Addr returns the address on which the listener listens, also after Close.
func (l *Listener) Addr() net.Addr { return l.listener.Addr() }

// Close stops listening; connections in the backlog are refused. Channels of the listener stay
// open. It always returns nil.
func (l *Listener) Close() error { return l.listener.Close() }

// Once makes the listener close itself after the next connection for which newHandler returns a
// handler. If newHandler returns nil, the connection is refused, and the port stays open for the
// right peer.
func (l *Listener) Once() { l.once = true }

// Pause stops accepting: new connections wait in the backlog of the system.
func (l *Listener) Pause() { l.listener.Pause() }

// Resume ends a pause.
func (l *Listener) Resume() { l.listener.Resume() }
