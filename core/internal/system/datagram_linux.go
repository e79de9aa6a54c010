package system

import (
	"net/netip"
	"sync"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/go-asynchat/asynchat/core/internal/sys"
	"github.com/go-asynchat/asynchat/core/kernel"
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

	controls *[maxBatch]control // for local addresses; nil until one is asked for
}

var batches = sync.Pool{New: func() any { return new(batch) }}

func (s *Kernel) ReadBatch(fd int, m []kernel.Datagram) (int, error) {
	return readBatch(fd, m, false)
}

func readBatch(fd int, m []kernel.Datagram, local bool) (int, error) {
	b := batches.Get().(*batch)
	defer batches.Put(b)
	m = m[:min(len(m), maxBatch)]
	for i := range m {
		b.prepare(i, m[i].Data)
		b.headers[i].Namelen = unix.SizeofSockaddrAny
		if local {
			b.takeControl(i)
		}
	}
	n, err := b.call(unix.SYS_RECVMMSG, fd, len(m))
	for i := range m[:n] {
		h := &b.headers[i]
		m[i].Data = m[i].Data[:h.n]
		m[i].Truncated = h.Flags&unix.MSG_TRUNC != 0
		m[i].Addr, m[i].Path = sys.PeerOf(&b.names[i], h.Namelen)
		m[i].Local = netip.Addr{}
		if local {
			m[i].Local = b.localOf(i)
		}
	}
	return n, err
}

func (s *Kernel) WriteBatch(fd int, m []kernel.Datagram) (int, error) {
	b := batches.Get().(*batch)
	defer batches.Put(b)
	m = m[:min(len(m), maxBatch)]
	for i := range m {
		b.prepare(i, m[i].Data)
		size, err := encodeAddrs(&m[i], &b.names[i])
		if err != nil && i == 0 {
			return 0, err
		}
		if err != nil {
			m = m[:i] // told when it is the first
			break
		}
		b.headers[i].Namelen = size
		if m[i].Local.IsValid() {
			b.setControl(i, m[i].Local)
		}
	}
	return b.call(unix.SYS_SENDMMSG, fd, len(m))
}

func encodeAddrs(m *kernel.Datagram, sa *unix.RawSockaddrAny) (uint32, error) {
	if err := kernel.CheckLocal(m); err != nil {
		return 0, err
	}
	return sys.EncodePeer(m, sa)
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
	r, _, errno := syscall.RawSyscall6(trap, uintptr(fd), uintptr(unsafe.Pointer(&b.headers[0])),
		uintptr(n), unix.MSG_DONTWAIT, 0, 0)
	clear(b.vectors[:n])
	if errno != 0 {
		return 0, errno
	}
	return int(r), nil
}
