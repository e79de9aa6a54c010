//go:build darwin || freebsd || openbsd

package system

import (
	"net/netip"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/go-asynchat/asynchat/core/internal/sys"
	"github.com/go-asynchat/asynchat/core/kernel"
)

// reportLocal4 asks for the local address of IPv4 datagrams.
const reportLocal4 = unix.IP_RECVDSTADDR

// ReadBatchLocal implements kernel.LocalReporter.
func (s *Kernel) ReadBatchLocal(fd int, m []kernel.Datagram) (int, error) {
	return readBatch(fd, m, make([]byte, 128))
}

// localOf returns the address to which a datagram was sent, by what the system told beside it.
func localOf(beside []byte) netip.Addr {
	messages, _ := unix.ParseSocketControlMessage(beside)
	for _, m := range messages {
		switch {
		case m.Header.Level == unix.IPPROTO_IP && m.Header.Type == unix.IP_RECVDSTADDR &&
			len(m.Data) >= 4:
			return netip.AddrFrom4([4]byte(m.Data))
		case m.Header.Level == unix.IPPROTO_IPV6 && m.Header.Type == unix.IPV6_PKTINFO &&
			len(m.Data) >= unix.SizeofInet6Pktinfo:
			info := (*unix.Inet6Pktinfo)(unsafe.Pointer(&m.Data[0]))
			return sys.WithZone(netip.AddrFrom16(info.Addr), info.Ifindex)
		}
	}
	return netip.Addr{}
}

// sendFrom returns what has the system send from an address.
func sendFrom(ip netip.Addr) ([]byte, error) {
	if ip.Is4() {
		return sendFrom4(ip.As4()), nil
	}
	info := unix.Inet6Pktinfo{Addr: ip.As16(), Ifindex: sys.ZoneID(ip.Zone())}
	return message(unix.IPPROTO_IPV6, unix.IPV6_PKTINFO,
		(*[unix.SizeofInet6Pktinfo]byte)(unsafe.Pointer(&info))[:]), nil
}

// message returns what goes beside a datagram.
func message(level, kind int32, data []byte) []byte {
	b := make([]byte, unix.CmsgSpace(len(data)))
	h := (*unix.Cmsghdr)(unsafe.Pointer(&b[0]))
	h.Level, h.Type = level, kind
	h.SetLen(unix.CmsgLen(len(data)))
	copy(b[unix.CmsgLen(0):], data)
	return b
}
