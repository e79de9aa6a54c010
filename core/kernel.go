package core

import (
	"net"
	"net/netip"
	"time"
)

// A Kernel is everything that core asks of the world: sockets, a poller, the clock, and work that may block. There are two:
// the operating system ([System]) and the simulation in package simkernel.
//
// Descriptors are small numbers that the kernel hands out; all are non-blocking, and closed on exec. Errors are plain
// errno values (syscall.Errno), untranslated: EAGAIN where a call would block, EINTR where it is to be made again. core
// adds what was attempted, and on what. But for Resolve, no method blocks.
type Kernel interface {
	// Now returns the time. Successive results do not decrease.
	Now() time.Time
	// OpenPoller returns a new poller for descriptors of this kernel.
	OpenPoller() (Poller, error)

	// Listen opens a listening stream socket; the network is one of those of net.Listen for streams. Port 0 picks a free one.
	Listen(network, address string) (fd int, addr net.Addr, err error)
	// Adopt returns a descriptor of its own for a net.Listener, net.Conn or file made elsewhere, which stays open.
	Adopt(v any) (fd int, err error)
	// Accept returns the next connection, and its peer if that has an IP address.
	Accept(fd int) (conn int, peer netip.AddrPort, err error)
	// Connect begins to connect a new socket. It is writable when that has ended; SocketError then tells how.
	Connect(network string, addr net.Addr) (fd int, err error)
	// Resolve returns the addresses that network and address name, in the order in which to try them. It may block.
	Resolve(network, address string) ([]net.Addr, error)

	// Read reads what has arrived, at most len(p) bytes. 0 and no error is the end of the stream.
	Read(fd int, p []byte) (int, error)
	// Write sends as much of p as there is room for.
	Write(fd int, p []byte) (int, error)
	// Writev is Write for the concatenation of at most 64 slices.
	Writev(fd int, v [][]byte) (int, error)
	// CloseWrite ends the sending direction of a connection.
	CloseWrite(fd int) error
	// SocketError returns the error pending on a socket, and clears it.
	SocketError(fd int) error
	// LocalAddr and PeerAddr return the addresses of a socket.
	LocalAddr(fd int) (net.Addr, error)
	PeerAddr(fd int) (net.Addr, error)
	// Close closes a descriptor.
	Close(fd int) error

	// Background runs work that may block: not on the goroutine that calls it, on the real kernel.
	Background(work func())
}
