package kernel

import (
	"net/netip"
	"syscall"
)

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
	// Local is the address of this host to which a UDP datagram was sent, if the socket reports it:
	// see core.PacketConn.ReportLocal. Otherwise it is the zero value. To send, it is the address to
	// send from, of the IP version of Addr, and the zero value leaves that to the system.
	Local netip.Addr
	// Truncated says that what came was longer than its room.
	Truncated bool
}

// CheckLocal returns an error if m cannot be sent from its Local, since that is of another IP
// version than Addr, or there is no Addr. Some systems would not say so, and choose another.
func CheckLocal(m *Datagram) error {
	from, to := m.Local.Unmap(), m.Addr.Addr().Unmap()
	if from.IsValid() && from.BitLen() != to.BitLen() {
		return syscall.EINVAL
	}
	return nil
}
