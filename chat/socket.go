package chat

import (
	"github.com/go-asynchat/asynchat/core"

	"github.com/go-asynchat/asynchat/core/kernel"
)

// What a channel has of its socket. All of it is that of core.Conn.

// SetOption sets a property of the channel's socket, such as [core.NoDelay]. If this kind of
// socket, or the system, does not have the property, SetOption returns an error that names it.
// Before a dialled channel is connected, as in its [NewHandler], there is no socket yet: SetOption
// returns [ErrClosed] then. Call it in HandleConnect, or use [Dialer.Control] before the connect.
func (c *Channel) SetOption(o core.SocketOption, value int) error {
	return c.conn.SetOption(o, value)
}

// Option returns a property of the channel's socket. Errors are those of SetOption.
func (c *Channel) Option(o core.SocketOption) (int, error) { return c.conn.Option(o) }

// Control calls f with the operating system's descriptor of the channel's socket, for system calls
// that have no method here. f must neither close the descriptor, nor keep it, nor read or write.
// Control returns [ErrClosed] as SetOption does. In a simulation there is no descriptor: Control
// does not call f and returns an error that is [core.ErrUnsupported].
func (c *Channel) Control(f func(fd uintptr)) error { return c.conn.Control(f) }

// Dialled reports whether the connection was made by this side, with [Dial] or a [Dialer].
func (c *Channel) Dialled() bool { return c.conn.Dialled() }

// PeerCredentials returns the process at the other end of a Unix socket: see
// [core.Conn.PeerCredentials]. Behind a proxy this process is the proxy.
func (c *Channel) PeerCredentials() (kernel.Credentials, error) { return c.conn.PeerCredentials() }
