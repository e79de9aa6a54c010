package core

import (
	"encoding/binary"
	"net/netip"
	"sync"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// maxBatch is how many datagrams one system call receives or sends.
const maxBatch = 32

type mmsghdr struct {
	unix.Msghdr
	n uint32 // bytes received or sent
}

// A batch is the memory that recvmmsg and sendmmsg need beside the datagrams.
type batch struct {
	headers [maxBatch]mmsghdr
	vectors [maxBatch]unix.Iovec
	names   [maxBatch]unix.RawSockaddrAny
	empty   byte // where datagrams of no bytes point to
}

var batches = sync.Pool{New: func() any { return new(batch) }}

func (s *system) ReadBatch(fd int, m []Datagram) (int, error) {
	b := batches.Get().(*batch)
	defer batches.Put(b)
	m = m[:min(len(m), maxBatch)]
	for i := range m {
		b.prepare(i, m[i].Data)
		b.headers[i].Namelen = unix.SizeofSockaddrAny
	}
	n, err := b.call(unix.SYS_RECVMMSG, fd, len(m))
	for i := range m[:n] {
		h := &b.headers[i]
		m[i].Data = m[i].Data[:h.n]
		m[i].Truncated = h.Flags&unix.MSG_TRUNC != 0
		m[i].Addr, m[i].Path = peerOf(&b.names[i], h.Namelen)
	}
	return n, err
}

func (s *system) WriteBatch(fd int, m []Datagram) (int, error) {
	b := batches.Get().(*batch)
	defer batches.Put(b)
	m = m[:min(len(m), maxBatch)]
	for i := range m {
		b.prepare(i, m[i].Data)
		size, err := m[i].encode(&b.names[i])
		if err != nil && i == 0 {
			return 0, err
		}
		if err != nil {
			m = m[:i] // told when it is the first
			break
		}
		b.headers[i].Namelen = size
	}
	return b.call(unix.SYS_SENDMMSG, fd, len(m))
}

func (b *batch) prepare(i int, data []byte) {
	h, v := &b.headers[i], &b.vectors[i]
	v.Base = &b.empty
	if len(data) > 0 {
		v.Base = unsafe.SliceData(data)
	}
	v.SetLen(len(data))
	*h = mmsghdr{}
	h.Name = (*byte)(unsafe.Pointer(&b.names[i]))
	h.Iov = v
	h.SetIovlen(1)
}

// call makes the system call, and forgets the datagrams.
func (b *batch) call(trap uintptr, fd, n int) (int, error) {
	r, _, errno := syscall.RawSyscall6(trap, uintptr(fd), uintptr(unsafe.Pointer(&b.headers[0])), uintptr(n), unix.MSG_DONTWAIT, 0, 0)
	clear(b.vectors[:n])
	if errno != 0 {
		return 0, errno
	}
	return int(r), nil
}

// peerOf returns the address in sa. A peer without a name has none of size.
func peerOf(sa *unix.RawSockaddrAny, size uint32) (netip.AddrPort, string) {
	switch {
	case size < 2:
	case sa.Addr.Family == unix.AF_INET:
		in := (*unix.RawSockaddrInet4)(unsafe.Pointer(sa))
		return netip.AddrPortFrom(netip.AddrFrom4(in.Addr), port(&in.Port)), ""
	case sa.Addr.Family == unix.AF_INET6:
		in := (*unix.RawSockaddrInet6)(unsafe.Pointer(sa))
		ip := netip.AddrFrom16(in.Addr).Unmap()
		if in.Scope_id != 0 && ip.Is6() {
			ip = ip.WithZone(zoneName(in.Scope_id))
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

// encode puts the peer of m into sa and returns its size, 0 for none. A socket of IPv6 takes IPv4 addresses as they are.
func (m *Datagram) encode(sa *unix.RawSockaddrAny) (uint32, error) {
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
		*in = unix.RawSockaddrInet6{Family: unix.AF_INET6, Addr: ip.As16(), Scope_id: zoneID(ip.Zone())}
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
