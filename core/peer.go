package core

import (
	"net"
	"net/netip"

	"github.com/go-asynchat/asynchat/core/internal/sys"
	"github.com/go-asynchat/asynchat/core/kernel"
)

// A peer is the IP address and port of the other end, in 24 bytes where netip.AddrPort takes 32:
// there is one in each connection. The zero value is none.
type peer struct {
	ip   [16]byte
	zone uint32 // of an IPv6 address that has one
	port uint16
	kind uint8 // 4, 6; 0: none
}

func newPeer(ap netip.AddrPort) peer {
	ip := ap.Addr().Unmap()
	switch {
	case ip.Is4():
		return peer{ip: ip.As16(), port: ap.Port(), kind: 4}
	case ip.IsValid():
		return peer{ip: ip.As16(), zone: sys.ZoneID(ip.Zone()), port: ap.Port(), kind: 6}
	}
	return peer{}
}

func (p *peer) addrPort() netip.AddrPort {
	switch {
	case p.kind == 0:
		return netip.AddrPort{}
	case p.zone != 0:
		return netip.AddrPortFrom(netip.AddrFrom16(p.ip).WithZone(sys.ZoneName(p.zone)), p.port)
	case p.kind == 4:
		return netip.AddrPortFrom(netip.AddrFrom16(p.ip).Unmap(), p.port)
	}
	return netip.AddrPortFrom(netip.AddrFrom16(p.ip), p.port)
}

func (d *Dispatcher) localAddr() net.Addr {
	if d.fd < 0 {
		return nil
	}
	addr, err := d.loop.kernel.LocalAddr(int(d.fd))
	if err != nil {
		return nil
	}
	return addr
}

func (d *Dispatcher) peerAddr() net.Addr {
	if ap := d.peer.addrPort(); ap.IsValid() {
		return net.TCPAddrFromAddrPort(ap)
	}
	if d.fd < 0 {
		return nil
	}
	addr, err := d.loop.kernel.PeerAddr(int(d.fd))
	if err != nil {
		return nil
	}
	return addr
}

// opError says what has failed on the descriptor, and whose other end it is if that is known.
func (d *Dispatcher) opError(op string, err error) error {
	if err == nil {
		return nil
	}
	addr := d.peerAddr()
	network := ""
	if addr != nil {
		network = addr.Network()
	}
	return kernel.OpError(op, op, network, addr, err)
}
