package kernel

import (
	"net/netip"
	"syscall"
)

// A Datagram is one message of a datagram socket, with the address of its peer.
type Datagram struct {
	// Data is the message to send. A read stores the message in Data and shortens Data to its length:
	// restore the full length before the next read. A message may be empty.
	Data []byte
	// Addr is the peer of a UDP socket. To send on a connected socket, leave it zero.
	Addr netip.AddrPort
	// Path is the name of a peer with a Unix socket, or empty if the peer has no name.
	Path string
	// Local is the address of this host to which a UDP datagram was sent, if the socket reports it:
	// see core.PacketConn.ReportLocal. Otherwise it is the zero value. For sending, Local is the
	// source address, of the same IP version as Addr; the zero value leaves it to the system.
	Local netip.Addr
	// Truncated reports that the message was longer than Data.
	Truncated bool
}

// CheckLocal returns an error if m cannot be sent from its Local, because Local has another IP
// version than Addr, or Addr is missing. Without this check, some systems would send m from another
// address.
func CheckLocal(m *Datagram) error {
	from, to := m.Local.Unmap(), m.Addr.Addr().Unmap()
	if from.IsValid() && from.BitLen() != to.BitLen() {
		return syscall.EINVAL
	}
	return nil
}
