package core

import "github.com/go-asynchat/asynchat/core/kernel"

// A SocketOption is a property of a socket that may be set at any time: see [Dispatcher.SetOption].
// Settings that are needed before a socket is bound are in [ListenConfig].
type SocketOption = kernel.SocketOption

// Switches are 0 or 1. KeepAliveIdle, KeepAliveInterval and Linger are in seconds, buffers in
// bytes.
const (
	// TCP: send each write at once, without waiting for more data; on from the start
	NoDelay = kernel.NoDelay
	// probe a silent peer, so that one that has vanished is noticed
	KeepAlive         = kernel.KeepAlive
	KeepAliveIdle     = kernel.KeepAliveIdle     // silence before the first probe
	KeepAliveInterval = kernel.KeepAliveInterval // time between two probes
	KeepAliveCount    = kernel.KeepAliveCount    // unanswered probes until the connection is broken
	// 0: a close resets the connection; n > 0: a close may block for n s; negative, as from the start:
	// neither
	Linger        = kernel.Linger
	ReceiveBuffer = kernel.ReceiveBuffer // the system may round it, and Linux doubles it
	SendBuffer    = kernel.SendBuffer    // the same
	TypeOfService = kernel.TypeOfService // the TOS byte of IPv4, the traffic class of IPv6
	Broadcast     = kernel.Broadcast     // UDP: may send to broadcast addresses
	// UDP: how many routers a multicast passes, 1 from the start
	MulticastTTL = kernel.MulticastTTL
	// UDP: own multicasts come back to this host, as from the start
	MulticastLoop = kernel.MulticastLoop
)

// SetOption sets a property of the socket. If this kind of socket, or the system, does not have the
// property, it returns an error.
func (d *Dispatcher) SetOption(o SocketOption, value int) error {
	if d.Closed() || d.fd < 0 {
		return ErrClosed
	}
	return kernel.OpError("set", "setsockopt "+o.String(), "", nil,
		d.loop.kernel.SetOption(int(d.fd), o, value))
}

// Option returns a property of the socket.
func (d *Dispatcher) Option(o SocketOption) (int, error) {
	if d.Closed() || d.fd < 0 {
		return 0, ErrClosed
	}
	value, err := d.loop.kernel.Option(int(d.fd), o)
	return value, kernel.OpError("get", "getsockopt "+o.String(), "", nil, err)
}

// Control calls f with the operating system's descriptor, for system calls that have no method
// here. f must neither close it nor keep it. Without such a descriptor, as in a simulation, Control
// does not call f, and returns an error that is [ErrUnsupported].
func (d *Dispatcher) Control(f func(fd uintptr)) error {
	if d.Closed() || d.fd < 0 {
		return ErrClosed
	}
	k, ok := d.loop.kernel.(kernel.Controller)
	if !ok {
		return kernel.OpError("control", "", "", nil, ErrUnsupported)
	}
	return k.Control(int(d.fd), f)
}
