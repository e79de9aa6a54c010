package sys

import (
	"net"
	"net/netip"
	"strconv"
)

// ZoneName returns the name of a network interface, or its number if it has none.
func ZoneName(id uint32) string {
	if ifi, err := net.InterfaceByIndex(int(id)); err == nil {
		return ifi.Name
	}
	return strconv.Itoa(int(id))
}

// ZoneID returns the number of the zone of an IPv6 address.
func ZoneID(name string) uint32 {
	if name == "" {
		return 0
	}
	if ifi, err := net.InterfaceByName(name); err == nil {
		return uint32(ifi.Index)
	}
	id, _ := strconv.ParseUint(name, 10, 32)
	return uint32(id)
}

// InterfaceIPv4 returns the first IPv4 address of a network interface.
func InterfaceIPv4(ifname string) (ip [4]byte, ok bool) {
	ifi, err := net.InterfaceByName(ifname)
	if err != nil {
		return ip, false
	}
	addrs, _ := ifi.Addrs()
	for _, a := range addrs {
		if ipnet, isNet := a.(*net.IPNet); isNet && ipnet.IP.To4() != nil {
			return [4]byte(ipnet.IP.To4()), true
		}
	}
	return ip, false
}

// WithZone returns an address of an interface, with a zone if the address is valid only on that
// interface.
func WithZone(ip netip.Addr, id uint32) netip.Addr {
	ip = ip.Unmap()
	if ip.IsLinkLocalUnicast() && ip.Is6() {
		ip = ip.WithZone(ZoneName(id))
	}
	return ip
}
