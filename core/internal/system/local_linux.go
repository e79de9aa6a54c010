package system

import (
	"net/netip"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/go-asynchat/asynchat/core/internal/sys"
	"github.com/go-asynchat/asynchat/core/kernel"
)

// reportLocal4 asks for the local address of IPv4 datagrams.
const reportLocal4 = unix.IP_PKTINFO

// ReadBatchLocal implements kernel.LocalReporter.
func (s *Kernel) ReadBatchLocal(fd int, m []kernel.Datagram) (int, error) {
	return readBatch(fd, m, true)
}

// A control is room for messages beside a datagram: the local address, and what else somebody may
// have asked the system for.
type control [12]uint64

// control returns the room of datagram i.
func (b *batch) control(i int) *control {
	if b.controls == nil {
		b.controls = new([maxBatch]control)
	}
	return &b.controls[i]
}

// takeControl gives the system room for what it tells beside datagram i.
func (b *batch) takeControl(i int) {
	h := &b.headers[i]
	h.Control = (*byte)(unsafe.Pointer(b.control(i)))
	h.SetControllen(int(unsafe.Sizeof(control{})))
}

// setControl has the system send datagram i from an address.
func (b *batch) setControl(i int, from netip.Addr) {
	c, h := b.control(i), &b.headers[i]
	*c = control{}
	message := (*unix.Cmsghdr)(unsafe.Pointer(c))
	info := unsafe.Add(unsafe.Pointer(c), unix.CmsgLen(0))
	if ip := from.Unmap(); ip.Is4() {
		message.Level, message.Type = unix.IPPROTO_IP, unix.IP_PKTINFO
		message.SetLen(unix.CmsgLen(unix.SizeofInet4Pktinfo))
		*(*unix.Inet4Pktinfo)(info) = unix.Inet4Pktinfo{Spec_dst: ip.As4()}
	} else {
		message.Level, message.Type = unix.IPPROTO_IPV6, unix.IPV6_PKTINFO
		message.SetLen(unix.CmsgLen(unix.SizeofInet6Pktinfo))
		*(*unix.Inet6Pktinfo)(info) = unix.Inet6Pktinfo{Addr: ip.As16(), Ifindex: sys.ZoneID(ip.Zone())}
	}
	h.Control = (*byte)(unsafe.Pointer(c))
	h.SetControllen(int(message.Len))
}

// localOf returns the address to which datagram i was sent, the zero value if the system does not
// tell it.
func (b *batch) localOf(i int) netip.Addr {
	size, header := int(b.headers[i].Controllen), unix.CmsgLen(0)
	for at := 0; at+header <= size; {
		message := (*unix.Cmsghdr)(unsafe.Add(unsafe.Pointer(b.control(i)), at))
		n := int(message.Len)
		if n < header || n > size-at {
			break
		}
		info := unsafe.Add(unsafe.Pointer(message), header)
		switch {
		case message.Level == unix.IPPROTO_IP && message.Type == unix.IP_PKTINFO &&
			n >= header+unix.SizeofInet4Pktinfo:
			return netip.AddrFrom4((*unix.Inet4Pktinfo)(info).Addr)
		case message.Level == unix.IPPROTO_IPV6 && message.Type == unix.IPV6_PKTINFO &&
			n >= header+unix.SizeofInet6Pktinfo:
			six := (*unix.Inet6Pktinfo)(info)
			return sys.WithZone(netip.AddrFrom16(six.Addr), six.Ifindex)
		}
		at += unix.CmsgSpace(n - header)
	}
	return netip.Addr{}
}
