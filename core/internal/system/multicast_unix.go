//go:build unix && !aix

package system

import (
	"net"
	"net/netip"

	"golang.org/x/sys/unix"

	"github.com/go-asynchat/asynchat/core/internal/sys"
)

// SetMember implements [Multicaster].
func (s *Kernel) SetMember(fd int, group netip.Addr, ifname string, join bool) error {
	if group.Is4() {
		return setMember4(fd, group, ifname, join)
	}
	name := unix.IPV6_LEAVE_GROUP
	if join {
		name = unix.IPV6_JOIN_GROUP
	}
	mreq := &unix.IPv6Mreq{Multiaddr: group.As16()}
	if ifname != "" {
		ifi, err := net.InterfaceByName(ifname)
		if err != nil {
			return unix.ENODEV
		}
		mreq.Interface = uint32(ifi.Index)
	}
	return unix.SetsockoptIPv6Mreq(fd, unix.IPPROTO_IPV6, name, mreq)
}

// setMember4 names the interface by its first address, as every system understands it.
func setMember4(fd int, group netip.Addr, ifname string, join bool) error {
	name := unix.IP_DROP_MEMBERSHIP
	if join {
		name = unix.IP_ADD_MEMBERSHIP
	}
	mreq := &unix.IPMreq{Multiaddr: group.As4()}
	if ifname != "" {
		ip, ok := sys.InterfaceIPv4(ifname)
		if !ok {
			return unix.ENODEV
		}
		mreq.Interface = ip
	}
	return unix.SetsockoptIPMreq(fd, unix.IPPROTO_IP, name, mreq)
}
