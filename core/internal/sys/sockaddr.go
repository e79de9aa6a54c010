//go:build unix && !aix

package sys

import (
	"net"
	"net/netip"

	"golang.org/x/sys/unix"

	"github.com/go-asynchat/asynchat/core/kernel"
)

// NetAddr returns the address in sa, or nil if core does not know its kind.
func NetAddr(sa unix.Sockaddr, datagrams bool) net.Addr {
	if u, ok := sa.(*unix.SockaddrUnix); ok {
		if datagrams {
			return &net.UnixAddr{Name: u.Name, Net: "unixgram"}
		}
		return &net.UnixAddr{Name: u.Name, Net: "unix"}
	}
	ap := AddrPortOf(sa)
	switch {
	case !ap.IsValid():
		return nil
	case datagrams:
		return net.UDPAddrFromAddrPort(ap)
	default:
		return net.TCPAddrFromAddrPort(ap)
	}
}

// AddrPortOf returns the IP address that sa holds, or the zero value.
func AddrPortOf(sa unix.Sockaddr) netip.AddrPort {
	switch sa := sa.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(sa.Addr), uint16(sa.Port))
	case *unix.SockaddrInet6:
		ip := netip.AddrFrom16(sa.Addr).Unmap()
		if sa.ZoneId != 0 && ip.Is6() {
			ip = ip.WithZone(ZoneName(sa.ZoneId))
		}
		return netip.AddrPortFrom(ip, uint16(sa.Port))
	}
	return netip.AddrPort{}
}

// Sockaddr returns the family and the form for system calls of an address.
func Sockaddr(addr net.Addr) (family int, sa unix.Sockaddr, err error) {
	switch a := addr.(type) {
	case *net.UnixAddr:
		return unix.AF_UNIX, &unix.SockaddrUnix{Name: a.Name}, nil
	case *net.TCPAddr:
		return SockaddrOf(a.AddrPort())
	case *net.UDPAddr:
		return SockaddrOf(a.AddrPort())
	}
	return 0, nil, kernel.ErrUnsupported
}

// SockaddrOf is Sockaddr for an IP address.
func SockaddrOf(ap netip.AddrPort) (family int, sa unix.Sockaddr, err error) {
	ip := ap.Addr().Unmap()
	switch {
	case ip.Is4():
		return unix.AF_INET, &unix.SockaddrInet4{Port: int(ap.Port()), Addr: ip.As4()}, nil
	case ip.IsValid():
		return unix.AF_INET6, &unix.SockaddrInet6{Port: int(ap.Port()), Addr: ip.As16(),
			ZoneId: ZoneID(ip.Zone())}, nil
	}
	return 0, nil, kernel.ErrUnsupported
}
