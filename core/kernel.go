package core

import "github.com/go-asynchat/asynchat/core/kernel"

// What core asks of the world is in package kernel; these are its names for users of core. There is
// also what only a kernel or a poller has to know.
type (
	// A Kernel is everything that core asks of the world: the operating system ([System]), or the
	// simulation in package simkernel.
	Kernel = kernel.Kernel
	// A Poller waits until descriptors are ready. It is the contract that every mechanism keeps,
	// and that kerneltest.Test checks.
	Poller = kernel.Poller
	// Ready is a set of the things that a descriptor may be watched for, and that a poller reports
	// of it.
	Ready = kernel.Ready
	// A Datagram is one message of a datagram socket, and its peer.
	Datagram = kernel.Datagram
)

// What a descriptor may be watched for.
const (
	Readable = kernel.Readable // data, the end of the stream, or a connection to accept
	Writable = kernel.Writable // room for output, or the end of a connection attempt
	Priority = kernel.Priority // out-of-band data
)
