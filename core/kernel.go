package core

import "github.com/go-asynchat/asynchat/core/kernel"

// What core asks of the world is in package kernel; these are its names for users of core. There is
// also what only a kernel or a poller has to know.
type (
	// A Kernel is the interface to the operating system ([System]), or to the simulation in package
	// simkernel.
	Kernel = kernel.Kernel
	// A Poller waits until descriptors are ready. The contract in its comments holds for every
	// mechanism, and kerneltest.Test checks it.
	Poller = kernel.Poller
	// Ready is a set of events that a poller can watch and report.
	Ready = kernel.Ready
	// A Datagram is one message of a datagram socket, with the address of its peer.
	Datagram = kernel.Datagram
)

// The events for which a descriptor may be watched.
const (
	Readable = kernel.Readable // data, the end of the stream, or a connection to accept
	Writable = kernel.Writable // room for output, or the end of a connection attempt
	Priority = kernel.Priority // out-of-band data
)
