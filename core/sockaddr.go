//go:build unix && !aix

package core

import (
	"net"
	"net/netip"
	"strconv"

	"golang.org/x/sys/unix"
)

// netAddr returns the address that sa holds, nil for none that core knows.
func netAddr(sa unix.Sockaddr) net.Addr {
	switch sa := sa.(type) {
	case *unix.SockaddrInet4:
		return net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.AddrFrom4(sa.Addr), uint16(sa.Port)))
	case *unix.SockaddrInet6:
		ip := netip.AddrFrom16(sa.Addr).Unmap()
		if sa.ZoneId != 0 && ip.Is6() {
			ip = ip.WithZone(zoneName(sa.ZoneId))
		}
		return net.TCPAddrFromAddrPort(netip.AddrPortFrom(ip, uint16(sa.Port)))
	case *unix.SockaddrUnix:
		return &net.UnixAddr{Name: sa.Name, Net: "unix"}
	default:
		return nil
	}
}

func sockaddr(addr net.Addr) (family int, sa unix.Sockaddr, err error) {
	switch a := addr.(type) {
	case *net.UnixAddr:
		return unix.AF_UNIX, &unix.SockaddrUnix{Name: a.Name}, nil
	case *net.TCPAddr:
		ap := a.AddrPort()
		ip := ap.Addr().Unmap()
		if ip.Is4() {
			return unix.AF_INET, &unix.SockaddrInet4{Port: a.Port, Addr: ip.As4()}, nil
		}
		if ip.IsValid() {
			return unix.AF_INET6, &unix.SockaddrInet6{Port: a.Port, Addr: ip.As16(), ZoneId: zoneID(a.Zone)}, nil
		}
	}
	return 0, nil, ErrUnsupported
}

func zoneName(id uint32) string {
	if ifi, err := net.InterfaceByIndex(int(id)); err == nil {
		return ifi.Name
	}
	return strconv.Itoa(int(id))
}

func zoneID(name string) uint32 {
	if name == "" {
		return 0
	}
	if ifi, err := net.InterfaceByName(name); err == nil {
		return uint32(ifi.Index)
	}
	id, _ := strconv.ParseUint(name, 10, 32)
	return uint32(id)
}
