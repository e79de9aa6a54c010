package core

import (
	"errors"
	"io/fs"
	"net"
	"syscall"

	"github.com/go-asynchat/asynchat/core/internal/system"
	"github.com/go-asynchat/asynchat/core/kernel"
)

// A ListenConfig says how to listen. The zero value does as package net does: the network "tcp" is
// dual stack where the address allows it, "tcp6" is IPv6 only; a port whose last connections are
// still in TIME_WAIT can be bound; the backlog is the system's largest.
type ListenConfig struct {
	// Backlog is how many connections the system keeps until they are accepted; 0 means as many as it
	// may.
	Backlog int
	// ReuseAddr lets several datagram sockets have one address, as receivers of one multicast group
	// do.
	ReuseAddr bool
	// ReusePort lets several sockets of one user listen on one address. The system spreads connections
	// and datagrams over them. It is an error where the system does not spread (BSD, macOS) or knows
	// no such thing.
	ReusePort bool
	// Mode is the permissions of the file of a Unix socket; 0 leaves them to the umask.
	Mode fs.FileMode
	// ReplaceStale removes the file of a Unix socket on which nobody listens any more, left by a
	// process that ended without removing it.
	ReplaceStale bool
	// Control, if it is not nil, is called with each new socket before it is bound, as that of
	// net.ListenConfig: network ends in 4 or 6 for IP sockets, and c is valid during the call only.
	// Its error is that of the call that listens, with the operation and the address. In a simulation
	// there is no socket to be shown: Control is [ErrUnsupported].
	Control func(network, address string, c syscall.RawConn) error

	// KeepAlive says how the system probes TCP peers that are silent. The zero value is what package
	// net does: the first probe after 15 s, one each 15 s, nine in all. [NoKeepAlive] turns it off.
	KeepAlive net.KeepAliveConfig
	// Spread says how connections are shared out between Loops.
	Spread Spread
	// Loops are those on which connections will live; none means the listener's own.
	Loops []*Loop
}

// Options returns what of the configuration a kernel has to know. [SpreadReusePort] sets the
// field of that name.
func (config ListenConfig) Options() kernel.ListenOptions {
	return kernel.ListenOptions{
		Backlog:      config.Backlog,
		ReuseAddr:    config.ReuseAddr,
		ReusePort:    config.ReusePort || config.Spread == SpreadReusePort,
		Mode:         config.Mode,
		ReplaceStale: config.ReplaceStale,
		Control:      config.Control,
	}
}

// Spread is a way to share out connections between loops.
type Spread uint8

const (
	SpreadRoundRobin       Spread = iota // one acceptor gives them to the loops in turn
	SpreadLeastConnections               // one acceptor gives each to the loop that has the fewest
	// every loop accepts by itself, and the system chooses: see [Group.Listen]
	SpreadReusePort
)

// Listen is the function of that name, with the configuration.
func (config ListenConfig) Listen(
	l *Loop, network, address string, h AcceptHandler,
) (*Listener, error) {
	if kernel.IsDatagram(network) {
		return nil, kernel.UnknownNetwork("listen", network)
	}
	if l.closing {
		return nil, ErrClosed
	}
	if err := byValue(h); err != nil {
		return nil, err
	}
	fd, addr, err := l.kernel.Listen(config, network, address)
	if err != nil {
		return nil, err // the kernel's error names the address
	}
	return newListener(l, fd, addr, h, config)
}

// Open listens and leaves the accepting to others: for chat.Server.Serve, for package net, for a
// process to which the listener is handed over. Spread and Loops do not count, but for
// SpreadReusePort,
// which sets the field of that name. On Windows it has no settings but Control: others that are set
// are [ErrUnsupported].
func (config ListenConfig) Open(network, address string) (net.Listener, error) {
	return system.Open(config.Options(), network, address)
}

// Adopt is [AdoptListener] with the configuration, of which Spread and Loops count: the rest was
// decided elsewhere.
func (config ListenConfig) Adopt(l *Loop, ln net.Listener, h AcceptHandler) (*Listener, error) {
	if l.closing {
		return nil, ErrClosed
	}
	if err := byValue(h); err != nil {
		return nil, err
	}
	fd, err := l.kernel.Adopt(ln)
	if _, ok := l.kernel.(kernel.Controller); ok && errors.Is(err, ErrUnsupported) {
		return wrap(l, ln, h, config), nil // its connections are sockets of the system
	}
	if err != nil {
		return nil, kernel.OpError("listen", "dup", ln.Addr().Network(), ln.Addr(), err)
	}
	return newListener(l, fd, ln.Addr(), h, config)
}
