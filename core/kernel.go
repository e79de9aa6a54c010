package core

import "github.com/go-asynchat/asynchat/core/kernel"

// What core asks of the world is in package kernel; these are its names for users of core.
type (
	// A Kernel is everything that core asks of the world: the operating system ([System]), or the
	// simulation in package simkernel.
	Kernel = kernel.Kernel
	// A Poller waits until descriptors are ready. It is the contract that every mechanism keeps,
	// and that kerneltest.Test checks.
	Poller = kernel.Poller
	// An Event says what a descriptor is ready for, by the token under which it was added.
	Event = kernel.Event
	// Ready is a set of the things that a descriptor may be watched for, and that a poller reports
	// of it.
	Ready = kernel.Ready
	// A Datagram is one message of a datagram socket, and its peer.
	Datagram = kernel.Datagram

	// A FileSender is a [Kernel] that can send from a file without a copy through this process.
	FileSender = kernel.FileSender
	// A FileKeeper is a [Kernel] that removes the file of a Unix socket when that is closed.
	FileKeeper = kernel.FileKeeper
	// A Multicaster is a [Kernel] whose datagram sockets can be members of multicast groups.
	Multicaster = kernel.Multicaster
	// A Controller is a [Kernel] that can show the operating system's descriptor behind one of its
	// own.
	Controller = kernel.Controller
	// A Preparer is a [Kernel] that can show a new socket before it is bound or connected.
	Preparer = kernel.Preparer
	// A PeerIdentifier is a [Kernel] that knows which process is at the other end of a Unix socket.
	PeerIdentifier = kernel.PeerIdentifier
	// A LocalReporter is a [Kernel] whose UDP sockets can tell to which address of this host a
	// datagram was sent, and can send from an address of choice.
	LocalReporter = kernel.LocalReporter
	// Credentials say which process is at the other end of a Unix socket.
	Credentials = kernel.Credentials
	// A Giver is a [Kernel] whose connections can be given to package net.
	Giver = kernel.Giver
)

// What a descriptor may be ready for.
const (
	Readable = kernel.Readable // data, the end of the stream, or a connection to accept
	Writable = kernel.Writable // room for output, or the end of a connection attempt
	Priority = kernel.Priority // out-of-band data
	HangUp   = kernel.HangUp   // both directions have ended; whatever is wanted, see Poller
	Failed   = kernel.Failed   // an error is pending, or has ended the connection; the same
)
