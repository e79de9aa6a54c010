package simkernel

import (
	"net"
	"net/netip"
	"strings"
)

// parseAddr knows literal addresses, localhost, and a port without an address.
func parseAddr(network, address string) (net.Addr, error) {
	switch network {
	case "unix", "unixgram":
		return &net.UnixAddr{Name: address, Net: network}, nil
	case "tcp", "tcp4", "tcp6", "udp", "udp4", "udp6":
	default:
		return nil, net.UnknownNetworkError(network)
	}
	ap, err := parseIP(network, address)
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(network, "udp") {
		return net.UDPAddrFromAddrPort(ap), nil
	}
	return net.TCPAddrFromAddrPort(ap), nil
}

func parseIP(network, address string) (netip.AddrPort, error) {
	version := network[len("tcp"):]
	localhost, anywhere := "127.0.0.1:", "[::]:"
	if version == "6" {
		localhost = "[::1]:"
	} else if version == "4" {
		anywhere = "0.0.0.0:"
	}
	if port, ok := strings.CutPrefix(address, "localhost:"); ok {
		address = localhost + port
	} else if port, ok := strings.CutPrefix(address, ":"); ok {
		address = anywhere + port
	}
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return ap, err
	}
	ap = netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
	if version == "4" && !ap.Addr().Is4() || version == "6" && ap.Addr().Is4() {
		return ap, &net.AddrError{Err: "no suitable address", Addr: address}
	}
	return ap, nil
}

// key is what sockets are bound under. An IPv4 address is the same in both of its forms.
func key(addr net.Addr) string { return addr.Network() + " " + addr.String() }

func isDatagram(addr net.Addr) bool {
	return addr.Network() == "udp" ||
		addr.Network() == "unixgram"
}

// ipOf returns the address and the port of an IP address. Others have none, and the port -1.
func ipOf(addr net.Addr) (net.IP, int) {
	switch a := addr.(type) {
	case *net.TCPAddr:
		return a.IP, a.Port
	case *net.UDPAddr:
		return a.IP, a.Port
	}
	return nil, -1
}

// withIP returns addr, which is of IP, with another address and port.
func withIP(addr net.Addr, ip net.IP, port int) net.Addr {
	if addr.Network() == "udp" {
		return &net.UDPAddr{IP: ip, Port: port}
	}
	return &net.TCPAddr{IP: ip, Port: port}
}

func withPort(addr net.Addr, port int) net.Addr {
	ip, _ := ipOf(addr)
	return withIP(addr, ip, port)
}

// source returns the address that a packet from local to remote comes from: both are in this
// kernel, so an address that was left open is the one that it is sent to.
func source(local, remote net.Addr) net.Addr {
	ip, port := ipOf(local)
	if port < 0 || len(ip) > 0 && !ip.IsUnspecified() {
		return local
	}
	to, _ := ipOf(remote)
	return withIP(local, to, port)
}

func sameVersion(a, b net.Addr) bool {
	x, _ := ipOf(a)
	y, _ := ipOf(b)
	return (x.To4() != nil) == (y.To4() != nil)
}

// reaches reports whether a datagram from local can get to an address.
func reaches(local, to net.Addr) bool {
	if u, ok := to.(*net.UnixAddr); ok {
		return local.Network() == u.Net && len(u.Name) <= maxPath
	}
	ip, _ := ipOf(local)
	return local.Network() == to.Network() && (ip.Equal(net.IPv6unspecified) || sameVersion(local, to))
}

const maxPath = 107

// addrPort returns what Accept tells of a peer.
func addrPort(addr net.Addr) netip.AddrPort {
	if tcp, ok := addr.(*net.TCPAddr); ok {
		return tcp.AddrPort()
	}
	return netip.AddrPort{}
}
