// Package kernel says what package core asks of the world: sockets, a poller, the clock, and work
// that may block. It is a contract and its words, and does nothing itself.
//
// There are two kernels: the operating system, which core.System returns, and the simulation in
// package simkernel. Whoever writes a third implements [Kernel] and [Poller], and has package
// kerneltest check that they keep what is promised here. Users of core need not import this
// package: core has the names that they need, too.
package kernel

import (
	"context"
	"net"
	"net/netip"
	"os"
	"time"
)

// A Kernel is everything that core asks of the world: sockets, a poller, the clock, and work that
// may block. A kernel may be more: see [FileSender], [FileKeeper], [Multicaster], [Controller],
// [Preparer], [PeerIdentifier], [LocalReporter] and [Giver].
//
// Descriptors are small numbers that the kernel hands out; all are non-blocking, and closed on
// exec. Errors are plain errno values (syscall.Errno), untranslated: EAGAIN where a call would
// block, EINTR where it is to be made again. (Windows has numbers of its own for them, which are
// translated.) core adds what was attempted, and on what. No method blocks, except Resolve.
type Kernel interface {
	// Now returns the time. Successive results do not decrease.
	Now() time.Time
	// OpenPoller returns a new poller for descriptors of this kernel.
	OpenPoller() (Poller, error)

	// Listen opens a socket that listens, on one of the stream networks of net.Listen, or one that
	// receives, on a datagram network of net.ListenPacket ("udp", "udp4", "udp6", "unixgram"). Port
	// 0 picks a free one.
	Listen(config ListenConfig, network, address string) (fd int, addr net.Addr, err error)
	// Adopt returns a descriptor of its own for a listener, a connection or a file made elsewhere,
	// which stays open. Of what only wraps one of these it says ErrUnsupported.
	Adopt(v any) (fd int, err error)
	// Accept returns the next connection, and its peer if that has an IP address.
	Accept(fd int) (conn int, peer netip.AddrPort, err error)
	// Connect begins to connect a new socket, from local if that is not nil. It is writable when
	// that has ended; SocketError then tells how. A datagram socket is connected at once.
	Connect(network string, local, remote net.Addr) (fd int, err error)
	// Resolve returns the addresses that network and address name, in the order in which to try
	// them. It may block, until ctx is done.
	Resolve(ctx context.Context, network, address string) ([]net.Addr, error)
	// Reserve opens a spare descriptor, which is closed when the process has no other left.
	Reserve() (fd int, err error)

	// Read reads what has arrived, at most len(p) bytes. 0 and no error is the end of the stream.
	Read(fd int, p []byte) (int, error)
	// Write sends as much of p as there is room for.
	Write(fd int, p []byte) (int, error)
	// Writev is Write for the concatenation of at most 64 slices.
	Writev(fd int, v [][]byte) (int, error)
	// ReadBatch receives datagrams into m, in order, and returns how many; there may be more. An error
	// of one that is not the first is returned by the next call. Local becomes the zero value.
	ReadBatch(fd int, m []Datagram) (int, error)
	// WriteBatch sends the datagrams of m, in order, and returns how many it sent. Errors are returned
	// as by ReadBatch. A kernel that cannot send from Local refuses such a datagram with
	// ErrUnsupported.
	WriteBatch(fd int, m []Datagram) (int, error)
	// CloseRead and CloseWrite end one direction of a connection.
	CloseRead(fd int) error
	CloseWrite(fd int) error
	// SocketError returns the error pending on a socket, and clears it. One that has ended the
	// connection may be told again, and some systems tell it to the next Read or Write only.
	SocketError(fd int) error
	// SetOption and Option set and return a property of a socket. What a socket, or the system,
	// does not have is ENOPROTOOPT.
	SetOption(fd int, o SocketOption, value int) error
	Option(fd int, o SocketOption) (int, error)
	// LocalAddr and PeerAddr return the addresses of a socket.
	LocalAddr(fd int) (net.Addr, error)
	PeerAddr(fd int) (net.Addr, error)
	// Close closes a descriptor.
	Close(fd int) error

	// Background runs work that may block: not on the goroutine that calls it, on the real kernel.
	Background(work func())
}

// A Multicaster is a [Kernel] whose datagram sockets can be members of multicast groups.
type Multicaster interface {
	// SetMember joins or leaves a group, on the named interface or, if that is empty, on one that
	// the system chooses.
	SetMember(fd int, group netip.Addr, ifname string, join bool) error
}

// A LocalReporter is a [Kernel] whose UDP sockets can tell to which address of this host a datagram
// was sent, and can send from an address of choice: Local of a [Datagram].
type LocalReporter interface {
	// ReportLocal has the system keep that address. For a socket of another kind it is
	// ErrUnsupported.
	ReportLocal(fd int) error
	// ReadBatchLocal is ReadBatch for a socket after ReportLocal, and sets Local.
	ReadBatchLocal(fd int, m []Datagram) (int, error)
}

// A Controller is a [Kernel] that can show the operating system's descriptor behind one of its own.
type Controller interface {
	// Control calls f with the descriptor, which is valid only during the call.
	Control(fd int, f func(fd uintptr)) error
}

// A Preparer is a [Kernel] that can show a new socket before it is bound or connected.
type Preparer interface {
	// ConnectPrepared is Connect. It calls prepare with the operating system's descriptor of the new
	// socket, which is valid only during the call, before that is bound or connected. If prepare
	// returns an error, the socket is closed, and that is the error.
	ConnectPrepared(
		prepare func(fd uintptr) error, network string, local, remote net.Addr,
	) (fd int, err error)
}

// A Giver is a [Kernel] whose connections can be given to package net.
type Giver interface {
	// NetConn returns the connection as one of package net, on a descriptor of its own: fd is still
	// to be closed, which has no effect on the other any more.
	NetConn(fd int) (net.Conn, error)
}

// A FileKeeper is a [Kernel] that removes the file of a Unix socket when that is closed.
type FileKeeper interface {
	// KeepFile leaves the file where it is when fd is closed: somebody else has the socket too.
	KeepFile(fd int)
}

// A FileSender is a [Kernel] that can send from a file without a copy through this process. Its
// SendFile returns 0 and no error at the end of the file, and errors.ErrUnsupported for a file from
// which it cannot send. It may wait for the disk.
type FileSender interface {
	SendFile(fd int, file *os.File, off int64, n int) (int, error)
}
