package sys

import (
	"encoding/binary"
	"net"
	"net/netip"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/go-asynchat/asynchat/core/kernel"
)

// AddrPortOf returns the IP address that sa holds, or the zero value.
func AddrPortOf(sa *windows.RawSockaddrAny) netip.AddrPort {
	switch sa.Addr.Family {
	case windows.AF_INET:
		in := (*windows.RawSockaddrInet4)(unsafe.Pointer(sa))
		return netip.AddrPortFrom(netip.AddrFrom4(in.Addr), networkOrder(in.Port))
	case windows.AF_INET6:
		in := (*windows.RawSockaddrInet6)(unsafe.Pointer(sa))
		ip := netip.AddrFrom16(in.Addr).Unmap()
		if in.Scope_id != 0 && ip.Is6() {
			ip = ip.WithZone(ZoneName(in.Scope_id))
		}
		return netip.AddrPortFrom(ip, networkOrder(in.Port))
	}
	return netip.AddrPort{}
}

// NetAddr returns the address in sa, or nil if core does not know its kind.
func NetAddr(sa *windows.RawSockaddrAny, datagrams bool) net.Addr {
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

// IPOf returns the IP address and port of addr; the IP address may be missing.
func IPOf(addr net.Addr) (netip.AddrPort, error) {
	switch a := addr.(type) {
	case *net.TCPAddr:
		return a.AddrPort(), nil
	case *net.UDPAddr:
		return a.AddrPort(), nil
	}
	return netip.AddrPort{}, kernel.ErrUnsupported
}

// FamilyOf returns the address family of ap, or 0 if ap has only a port.
func FamilyOf(ap netip.AddrPort) int {
	switch ip := ap.Addr().Unmap(); {
	case ip.Is4():
		return windows.AF_INET
	case ip.IsValid():
		return windows.AF_INET6
	}
	return 0
}

// Encode puts ap into sa, for a socket of the given family, and returns its size. A socket of IPv6
// takes IPv4 addresses as mapped ones. If ap has only a port, it means this port on all addresses.
func Encode(sa *windows.RawSockaddrAny, ap netip.AddrPort, family int) (int32, error) {
	ip := ap.Addr().Unmap()
	switch {
	case family == windows.AF_INET && (ip.Is4() || !ip.IsValid()):
		in := (*windows.RawSockaddrInet4)(unsafe.Pointer(sa))
		*in = windows.RawSockaddrInet4{Family: windows.AF_INET, Port: networkOrder(ap.Port())}
		if ip.IsValid() {
			in.Addr = ip.As4()
		}
		return int32(unsafe.Sizeof(*in)), nil
	case family == windows.AF_INET6:
		in := (*windows.RawSockaddrInet6)(unsafe.Pointer(sa))
		*in = windows.RawSockaddrInet6{Family: windows.AF_INET6, Port: networkOrder(ap.Port())}
		if ip.IsValid() {
			in.Addr, in.Scope_id = ip.As16(), ZoneID(ip.Zone())
		}
		return int32(unsafe.Sizeof(*in)), nil
	}
	return 0, syscall.EAFNOSUPPORT
}

// networkOrder turns a port from or into the order of the network.
func networkOrder(port uint16) uint16 {
	var b [2]byte
	binary.BigEndian.PutUint16(b[:], port)
	return binary.NativeEndian.Uint16(b[:])
}
