// Package kernel has the interfaces through which package core uses an operating system: sockets, a
// poller, the clock, and work that may block. It has only this contract and its types.
//
// There are two kernels: the operating system, which core.System returns, and the simulation in
// package simkernel. To write another kernel, implement [Kernel] and [Poller]; package kerneltest
// checks that it keeps the contract. Users of core need not import this package, because core
// exports the names that they need.
package kernel

import (
	"context"
	"net"
	"net/netip"
	"os"
	"time"
)

// A Kernel is the interface to an operating system: sockets, a poller, the clock, and work that may
// block. A kernel may also implement [FileSender], [FileKeeper], [Multicaster], [Controller],
// [Preparer], [PeerIdentifier], [LocalReporter] and [Giver].
//
// Descriptors are small numbers that the kernel chooses. All of them are non-blocking, and are
// closed on exec. Errors are plain errno values (syscall.Errno), untranslated: EAGAIN if a call
// would block, EINTR if it must be repeated. (The error numbers of Windows are translated.) core
// adds the operation and the address. No method blocks, except Resolve.
type Kernel interface {
	// Now returns the time. Successive results do not decrease.
	Now() time.Time
	// OpenPoller returns a new poller for descriptors of this kernel.
	OpenPoller() (Poller, error)

	// Listen opens a listening socket on a stream network of net.Listen, or a receiving socket on a
	// datagram network of net.ListenPacket ("udp", "udp4", "udp6", "unixgram"). Port 0 picks a free
	// one.
	Listen(config ListenConfig, network, address string) (fd int, addr net.Addr, err error)
	// Adopt returns a new descriptor for a listener, a connection or a file of other code, which stays
	// open. For a value that only wraps one of these it returns ErrUnsupported.
	Adopt(v any) (fd int, err error)
	// Accept returns the next connection, and the address of its peer if this is an IP address.
	Accept(fd int) (conn int, peer netip.AddrPort, err error)
	// Connect begins to connect a new socket, from local if that is not nil. The socket is writable
	// when the connect has ended; SocketError then returns the result. A datagram socket is connected
	// at once.
	Connect(network string, local, remote net.Addr) (fd int, err error)
	// Resolve returns the addresses for network and address, in the order in which to try them. It may
	// block, until ctx is done.
	Resolve(ctx context.Context, network, address string) ([]net.Addr, error)
	// Reserve opens a spare descriptor, which core closes when the process has no other left.
	Reserve() (fd int, err error)

	// Read reads at most len(p) bytes of arrived input. 0 and no error means the end of the stream.
	Read(fd int, p []byte) (int, error)
	// Write sends as much of p as there is room for.
	Write(fd int, p []byte) (int, error)
	// Writev is Write for the concatenation of at most 64 slices.
	Writev(fd int, v [][]byte) (int, error)
	// ReadBatch receives datagrams into m, in order, and returns their number; more may be waiting. If
	// receiving fails after the first, the next call returns the error. Local becomes the zero value.
	ReadBatch(fd int, m []Datagram) (int, error)
	// WriteBatch sends the datagrams of m, in order, and returns how many it sent. Errors are returned
	// as by ReadBatch. A kernel that cannot send from Local refuses such a datagram with
	// ErrUnsupported.
	WriteBatch(fd int, m []Datagram) (int, error)
	// CloseRead and CloseWrite end one direction of a connection.
	CloseRead(fd int) error
	CloseWrite(fd int) error
	// SocketError returns the error pending on a socket, and clears it. An error that has ended the
	// connection may be returned again, and some systems return it only from the next Read or Write.
	SocketError(fd int) error
	// SetOption and Option set and return a property of a socket. If the socket, or the system, does
	// not have the property, the error is ENOPROTOOPT.
	SetOption(fd int, o SocketOption, value int) error
	Option(fd int, o SocketOption) (int, error)
	// LocalAddr and PeerAddr return the addresses of a socket.
	LocalAddr(fd int) (net.Addr, error)
	PeerAddr(fd int) (net.Addr, error)
	// Close closes a descriptor.
	Close(fd int) error

	// Background runs work that may block. The real kernel does not run it on the calling goroutine.
	Background(work func())
}

// A Multicaster is a [Kernel] whose datagram sockets can be members of multicast groups.
type Multicaster interface {
	// SetMember joins or leaves a group, on the named interface or, if ifname is empty, on one that
	// the system chooses.
	SetMember(fd int, group netip.Addr, ifname string, join bool) error
}

// A LocalReporter is a [Kernel] whose UDP sockets can report the address of this host to which a
// datagram was sent, and can send from a chosen address. Datagram.Local has this address.
type LocalReporter interface {
	// ReportLocal makes the system report that address. For a socket of another kind it returns
	// ErrUnsupported.
	ReportLocal(fd int) error
	// ReadBatchLocal works as ReadBatch, for a socket after ReportLocal. It sets Local.
	ReadBatchLocal(fd int, m []Datagram) (int, error)
}

// A Controller is a [Kernel] that can return the operating system's descriptor for one of its own.
type Controller interface {
	// Control calls f with the descriptor, which is valid only during the call.
	Control(fd int, f func(fd uintptr)) error
}

// A Preparer is a [Kernel] that can pass a new socket to a function before it is bound or
// connected.
type Preparer interface {
	// ConnectPrepared is Connect with a call of prepare before the new socket is bound or connected.
	// prepare gets the operating system's descriptor, which is valid only during the call. If prepare
	// returns an error, the socket is closed, and ConnectPrepared returns the error.
	ConnectPrepared(
		prepare func(fd uintptr) error, network string, local, remote net.Addr,
	) (fd int, err error)
}

// A Giver is a [Kernel] whose connections can be given to package net.
type Giver interface {
	// NetConn returns the connection as one of package net, on a new descriptor. The caller still
	// closes fd, which does not affect the new descriptor.
	NetConn(fd int) (net.Conn, error)
}

// A FileKeeper is a [Kernel] that removes the file of a Unix socket when the socket is closed.
type FileKeeper interface {
	// KeepFile keeps the file when fd is closed, because another process also has the socket.
	KeepFile(fd int)
}

// A FileSender is a [Kernel] that can send a part of a file without reading it into this process.
// Its SendFile returns 0 and no error at the end of the file, and errors.ErrUnsupported for a file
// from which it cannot send. It may wait for the disk.
type FileSender interface {
	SendFile(fd int, file *os.File, off int64, n int) (int, error)
}
