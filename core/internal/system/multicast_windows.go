package system

import (
	"net"
	"net/netip"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/go-asynchat/asynchat/core/internal/sys"
)

// SetMember implements [Multicaster].
func (s *Kernel) SetMember(fd int, group netip.Addr, ifname string, join bool) error {
	if group.Is4() {
		return setMember4(fd, group, ifname, join)
	}
	name := int32(windows.IPV6_LEAVE_GROUP)
	if join {
		name = windows.IPV6_JOIN_GROUP
	}
	mreq := windows.IPv6Mreq{Multiaddr: group.As16()}
	if ifname != "" {
		ifi, err := net.InterfaceByName(ifname)
		if err != nil {
			return syscall.ENODEV
		}
		mreq.Interface = uint32(ifi.Index)
	}
	// The function of x/sys for it is a stub.
	return sys.WinsockError(windows.Setsockopt(windows.Handle(fd), windows.IPPROTO_IPV6, name,
		(*byte)(unsafe.Pointer(&mreq)), int32(unsafe.Sizeof(mreq))))
}

// setMember4 names the interface by its first address, as every system understands it.
func setMember4(fd int, group netip.Addr, ifname string, join bool) error {
	name := windows.IP_DROP_MEMBERSHIP
	if join {
		name = windows.IP_ADD_MEMBERSHIP
	}
	mreq := &windows.IPMreq{Multiaddr: group.As4()}
	if ifname != "" {
		ip, ok := sys.InterfaceIPv4(ifname)
		if !ok {
			return syscall.ENODEV
		}
		mreq.Interface = ip
	}
	return sys.WinsockError(windows.SetsockoptIPMreq(windows.Handle(fd), windows.IPPROTO_IP, name,
		mreq))
}
