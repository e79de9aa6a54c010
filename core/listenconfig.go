package core

import (
	"io/fs"
	"net"
)

// A ListenConfig says how to listen. The zero value does as package net does: the network "tcp" is dual stack where the address allows
// it, "tcp6" is IPv6 only; a port whose last connections are still in TIME_WAIT can be bound; the backlog is the system's largest.
type ListenConfig struct {
	// Backlog is how many connections the system keeps until they are accepted; 0 means as many as it may.
	Backlog int
	// ReuseAddr lets several datagram sockets have one address, as receivers of one multicast group do.
	ReuseAddr bool
	// ReusePort lets several sockets of one user listen on one address. The system spreads connections and datagrams over them.
	// It is an error where the system does not spread (BSD, macOS) or knows no such thing.
	ReusePort bool
	// Mode is the permissions of the file of a Unix socket; 0 leaves them to the umask.
	Mode fs.FileMode
	// ReplaceStale removes the file of a Unix socket on which nobody listens any more, left by a process that ended without removing it.
	ReplaceStale bool

	// Spread says how connections are shared out between Loops.
	Spread Spread
	// Loops are those on which connections will live; none means the listener's own.
	Loops []*Loop
}

// Spread is a way to share out connections between loops.
type Spread uint8

const (
	RoundRobin       Spread = iota // one acceptor gives them to the loops in turn
	LeastConnections               // one acceptor gives each to the loop that has the fewest
	ReusePort                      // every loop accepts by itself, and the system chooses: see [Group.Listen]
)

// Listen is the function of that name, with the configuration.
func (config ListenConfig) Listen(l *Loop, network, address string, h AcceptHandler) (*Listener, error) {
	if isDatagram(network) {
		return nil, unknownNetwork("listen", network)
	}
	fd, addr, err := l.kernel.Listen(config, network, address)
	if err != nil {
		return nil, err // the kernel's error names the address
	}
	return newListener(l, fd, addr, h, config)
}

// Adopt is [AdoptListener] with the configuration, of which Spread and Loops count: the rest was decided elsewhere.
func (config ListenConfig) Adopt(l *Loop, ln net.Listener, h AcceptHandler) (*Listener, error) {
	fd, err := l.kernel.Adopt(ln)
	if err != nil {
		return nil, opError("listen", "dup", ln.Addr().Network(), ln.Addr(), err)
	}
	return newListener(l, fd, ln.Addr(), h, config)
}
