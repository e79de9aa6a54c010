package core

import (
	"errors"
	"io/fs"
	"net"
	"syscall"

	"github.com/go-asynchat/asynchat/core/internal/system"
	"github.com/go-asynchat/asynchat/core/kernel"
)

// A ListenConfig has the settings of a listening socket. The zero value works as in package net.
// The network "tcp" is dual stack if the address allows it, and "tcp6" is IPv6 only. A port whose
// last connections are still in TIME_WAIT can be bound. The backlog is the system's largest.
type ListenConfig struct {
	// Backlog is how many connections the system queues until they are accepted; 0 means the system's
	// maximum.
	Backlog int
	// ReuseAddr lets several datagram sockets have the same address, as the receivers of a multicast
	// group need.
	ReuseAddr bool
	// ReusePort lets several sockets of one user listen on one address. The system spreads connections
	// and datagrams over them. It is an error on systems that do not spread them (BSD, macOS), or that
	// do not have this option.
	ReusePort bool
	// Mode is the permissions of the file of a Unix socket; 0 leaves them to the umask.
	Mode fs.FileMode
	// ReplaceStale removes a stale file of a Unix socket: nobody listens on it any more, since its
	// process has ended without removing it.
	ReplaceStale bool
	// Control, if it is not nil, is called with each new socket before it is bound, like Control of
	// net.ListenConfig: network ends in 4 or 6 for IP sockets, and c is valid only during the call. If
	// Control returns an error, the call that listens returns it, with the operation and the address.
	// A simulation has no such socket: there, a Control makes the call fail with [ErrUnsupported].
	Control func(network, address string, c syscall.RawConn) error

	// KeepAlive says how the system probes silent TCP peers. The zero value means the values of
	// package net: the first probe after 15 s, then one every 15 s, nine in all. [NoKeepAlive] turns
	// it off.
	KeepAlive net.KeepAliveConfig
	// Spread says how connections are distributed over Loops.
	Spread Spread
	// Loops are the loops that get the connections; without Loops the listener's own loop gets them.
	Loops []*Loop
}

// Options returns the part of the configuration that a kernel needs. [SpreadReusePort] sets
// ReusePort.
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

// Spread is a way to distribute connections over loops.
type Spread uint8

const (
	SpreadRoundRobin       Spread = iota // one listener gives the connections to the loops in turn
	SpreadLeastConnections               // each connection goes to the loop that has the fewest
	// every loop accepts by itself, and the system chooses: see [Group.Listen]
	SpreadReusePort
)

// Listen listens as the function [Listen] does, with the configuration.
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

// Open listens without accepting: use the result for chat.Server.Serve, for package net, or for
// another process. Spread and Loops are ignored, except SpreadReusePort, which has the effect of
// ReusePort. On Windows only Control is supported: with any other setting Open returns
// [ErrUnsupported].
func (config ListenConfig) Open(network, address string) (net.Listener, error) {
	return system.Open(config.Options(), network, address)
}

// Adopt works as [AdoptListener], with Spread and Loops of the configuration. The other fields are
// ignored.
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
