package kernel

import (
	"io/fs"
	"syscall"
)

// ListenOptions has the settings of a listening or receiving socket. The zero value works as in
// package net. The network "tcp" is dual stack if the address allows it, and "tcp6" is IPv6 only. A
// port whose last connections are still in TIME_WAIT can be bound. The backlog is the system's
// largest.
type ListenOptions struct {
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
	// net.ListenConfig.
	Control func(network, address string, c syscall.RawConn) error
}

// Options returns o, so that ListenOptions is a [ListenConfig].
func (o ListenOptions) Options() ListenOptions { return o }

// A ListenConfig is the configuration for [Kernel.Listen]: [ListenOptions], or a core.ListenConfig,
// which also has settings for accepted connections. The kernel ignores these.
type ListenConfig interface{ Options() ListenOptions }

// IsDatagram reports whether network is a datagram network.
func IsDatagram(network string) bool {
	switch network {
	case "udp", "udp4", "udp6", "unixgram":
		return true
	}
	return false
}
