package sys

import (
	"encoding/binary"
	"net/netip"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/go-asynchat/asynchat/core/kernel"
)

// PeerOf returns the address in sa. For a peer without a name, size is 0.
func PeerOf(sa *unix.RawSockaddrAny, size uint32) (netip.AddrPort, string) {
	switch {
	case size < 2:
	case sa.Addr.Family == unix.AF_INET:
		in := (*unix.RawSockaddrInet4)(unsafe.Pointer(sa))
		return netip.AddrPortFrom(netip.AddrFrom4(in.Addr), port(&in.Port)), ""
	case sa.Addr.Family == unix.AF_INET6:
		in := (*unix.RawSockaddrInet6)(unsafe.Pointer(sa))
		ip := netip.AddrFrom16(in.Addr).Unmap()
		if in.Scope_id != 0 && ip.Is6() {
			ip = ip.WithZone(ZoneName(in.Scope_id))
		}
		return netip.AddrPortFrom(ip, port(&in.Port)), ""
	case sa.Addr.Family == unix.AF_UNIX:
		return netip.AddrPort{}, pathOf((*unix.RawSockaddrUnix)(unsafe.Pointer(sa)), int(size)-2)
	}
	return netip.AddrPort{}, ""
}

func pathOf(sa *unix.RawSockaddrUnix, size int) string {
	path := unsafe.Slice((*byte)(unsafe.Pointer(&sa.Path[0])), size)
	if size > 0 && path[0] == 0 {
		return "@" + string(path[1:]) // the abstract namespace
	}
	for i, b := range path {
		if b == 0 {
			return string(path[:i])
		}
	}
	return string(path)
}

// EncodePeer puts the peer of m into sa and returns its size, 0 for none. A socket of IPv6 takes
// IPv4 addresses as they are.
func EncodePeer(m *kernel.Datagram, sa *unix.RawSockaddrAny) (uint32, error) {
	ip := m.Addr.Addr()
	switch {
	case m.Path != "":
		return encodePath((*unix.RawSockaddrUnix)(unsafe.Pointer(sa)), m.Path)
	case !m.Addr.IsValid():
		return 0, nil
	case ip.Unmap().Is4():
		in := (*unix.RawSockaddrInet4)(unsafe.Pointer(sa))
		*in = unix.RawSockaddrInet4{Family: unix.AF_INET, Addr: ip.Unmap().As4()}
		setPort(&in.Port, m.Addr.Port())
		return unix.SizeofSockaddrInet4, nil
	default:
		in := (*unix.RawSockaddrInet6)(unsafe.Pointer(sa))
		*in = unix.RawSockaddrInet6{Family: unix.AF_INET6, Addr: ip.As16(), Scope_id: ZoneID(ip.Zone())}
		setPort(&in.Port, m.Addr.Port())
		return unix.SizeofSockaddrInet6, nil
	}
}

func encodePath(sa *unix.RawSockaddrUnix, name string) (uint32, error) {
	if len(name) >= len(sa.Path) {
		return 0, unix.EINVAL
	}
	*sa = unix.RawSockaddrUnix{Family: unix.AF_UNIX}
	for i := range len(name) {
		sa.Path[i] = int8(name[i])
	}
	if name[0] == '@' {
		sa.Path[0] = 0
		return uint32(2 + len(name)), nil // no zero byte ends an abstract name
	}
	return uint32(2 + len(name) + 1), nil
}

// Ports are in network order in memory.
func port(p *uint16) uint16 { return binary.BigEndian.Uint16((*[2]byte)(unsafe.Pointer(p))[:]) }

func setPort(p *uint16, port uint16) {
	binary.BigEndian.PutUint16((*[2]byte)(unsafe.Pointer(p))[:], port)
}
