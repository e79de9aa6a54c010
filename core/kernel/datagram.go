package kernel

import "net/netip"

// A Datagram is one message of a datagram socket, and its peer.
type Datagram struct {
	// Data is what to send. For a read it is the room for what comes, and is cut to what came: make
	// it whole again before the next read. It may be empty: an empty datagram is a message like any
	// other.
	Data []byte
	// Addr is the peer of a UDP socket. To send on a connected socket, it is the zero value.
	Addr netip.AddrPort
	// Path is the peer of a Unix socket, empty if that has no name.
	Path string
	// Truncated says that what came was longer than its room.
	Truncated bool
}
