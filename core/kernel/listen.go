package kernel

import (
	"io/fs"
	"syscall"
)

// ListenOptions says how to open a socket that listens, or one that receives. The zero value does
// as package net does: the network "tcp" is dual stack where the address allows it, "tcp6" is IPv6
// only; a port whose last connections are still in TIME_WAIT can be bound; the backlog is the
// system's largest.
type ListenOptions struct {
	// Backlog is how many connections the system keeps until they are accepted; 0 means as many as
	// it may.
	Backlog int
	// ReuseAddr lets several datagram sockets have one address, as receivers of one multicast group
	// do.
	ReuseAddr bool
	// ReusePort lets several sockets of one user listen on one address. The system spreads
	// connections and datagrams over them. It is an error where the system does not spread (BSD,
	// macOS) or knows no such thing.
	ReusePort bool
	// Mode is the permissions of the file of a Unix socket; 0 leaves them to the umask.
	Mode fs.FileMode
	// ReplaceStale removes the file of a Unix socket on which nobody listens any more, left by a
	// process that ended without removing it.
	ReplaceStale bool
	// Control, if it is not nil, is called with each new socket before it is bound, as that of
	// net.ListenConfig.
	Control func(network, address string, c syscall.RawConn) error
}

// Options returns o: it is the shortest [ListenConfig].
func (o ListenOptions) Options() ListenOptions { return o }

// A ListenConfig is what [Kernel.Listen] is given: [ListenOptions], or a core.ListenConfig, which
// says besides what is done with the connections. That is not the kernel's business.
type ListenConfig interface{ Options() ListenOptions }

// IsDatagram reports whether network is one of datagrams.
func IsDatagram(network string) bool {
	switch network {
	case "udp", "udp4", "udp6", "unixgram":
		return true
	}
	return false
}
