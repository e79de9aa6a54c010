package simkernel

import (
	"net"
	"net/netip"
	"strings"
)

func parseAddr(network, address string) (net.Addr, error) {
	switch network {
	case "unix", "unixgram":
		return &net.UnixAddr{Name: address, Net: network}, nil
	case "tcp", "tcp4", "tcp6", "udp", "udp4", "udp6":
		ap, err := netip.ParseAddrPort(strings.Replace(address, "localhost:", "127.0.0.1:", 1))
		if err != nil {
			return nil, err
		}
		if strings.HasPrefix(network, "udp") {
			return net.UDPAddrFromAddrPort(ap), nil
		}
		return net.TCPAddrFromAddrPort(ap), nil
	default:
		return nil, net.UnknownNetworkError(network)
	}
}

// key is what sockets are bound under.
func key(addr net.Addr) string { return addr.Network() + " " + addr.String() }

func isDatagram(addr net.Addr) bool { return addr.Network() == "udp" || addr.Network() == "unixgram" }

// portOf returns the port of an IP address; another one has what cannot be picked.
func portOf(addr net.Addr) int {
	switch a := addr.(type) {
	case *net.TCPAddr:
		return a.Port
	case *net.UDPAddr:
		return a.Port
	}
	return -1
}

func withPort(addr net.Addr, port uint16) net.Addr {
	switch a := addr.(type) {
	case *net.TCPAddr:
		return &net.TCPAddr{IP: a.IP, Port: int(port), Zone: a.Zone}
	case *net.UDPAddr:
		return &net.UDPAddr{IP: a.IP, Port: int(port), Zone: a.Zone}
	}
	return &net.UnixAddr{Net: addr.Network()}
}

// addrPort returns what Accept tells of a peer.
func addrPort(addr net.Addr) netip.AddrPort {
	if tcp, ok := addr.(*net.TCPAddr); ok {
		return tcp.AddrPort()
	}
	return netip.AddrPort{}
}
