package chat

import (
	"net"
	"net/netip"
)

// RemoteAddrPort returns the address and port of RemoteAddr, without an allocation, and the zero
// value for a peer without one.
func (c *Channel) RemoteAddrPort() netip.AddrPort {
	if t := c.toldAddrs(); t != nil {
		if tcp, ok := t.remote.(*net.TCPAddr); ok {
			return tcp.AddrPort()
		}
		return netip.AddrPort{}
	}
	return c.conn.RemoteAddrPort()
}

// LocalAddr returns the address of this end, or nil if it is unknown. For a connection through a
// proxy it is the address to which the peer has connected, if the PROXY header has it.
func (c *Channel) LocalAddr() net.Addr {
	if t := c.toldAddrs(); t != nil {
		return t.local
	}
	return c.conn.LocalAddr()
}

// RemoteAddr returns the address of the peer, or nil if it is unknown. For a connection from a
// proxy of [Server.ProxyFrom] it is the address in the PROXY header, if the header has one.
func (c *Channel) RemoteAddr() net.Addr {
	if t := c.toldAddrs(); t != nil {
		return t.remote
	}
	return c.conn.RemoteAddr()
}

// toldAddrs returns what a PROXY header has told, nil if it has told no addresses.
func (c *Channel) toldAddrs() *told {
	if x := c.ext; x != nil && x.told != nil && x.told.remote != nil {
		return x.told
	}
	return nil
}

// networkOf returns whose a connection is, the zero value if it has no address. Who has one address
// of an IPv6 network has all of it.
func networkOf(peer netip.AddrPort) netip.Addr {
	ip := peer.Addr().Unmap().WithZone("")
	if ip.Is6() && !ip.IsLoopback() {
		prefix, _ := ip.Prefix(64)
		return prefix.Addr()
	}
	return ip
}
