package simkernel

import (
	"bytes"
	"net"
	"net/netip"
	"syscall"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/kernel"
)

// maxDatagram is the most that a UDP datagram over IPv4 can carry, and overhead what it takes of
// its receiver's window beside its data.
const maxDatagram, overhead = 65507, 64

func (k *Kernel) datagramSocket(fd int) (*socket, error) {
	s, err := k.socket(fd)
	if err == nil && !s.datagrams {
		err = syscall.ENOTSOCK
	}
	return s, err
}

// ReadBatch takes the datagrams that have waited longest.
func (k *Kernel) ReadBatch(fd int, m []core.Datagram) (int, error) {
	n, err := k.ReadBatchLocal(fd, m)
	for i := range n {
		m[i].Local = netip.Addr{}
	}
	return n, err
}

// ReportLocal returns an error for sockets that are not UDP, and otherwise has no effect.
func (k *Kernel) ReportLocal(fd int) error {
	s, err := k.datagramSocket(fd)
	if err == nil && s.local.Network() != "udp" {
		err = core.ErrUnsupported
	}
	return err
}

// ReadBatchLocal reads as ReadBatch does, and reports the addresses to which the datagrams were
// sent.
func (k *Kernel) ReadBatchLocal(fd int, m []core.Datagram) (int, error) {
	s, err := k.datagramSocket(fd)
	switch {
	case err != nil:
		return 0, err
	case s.err != 0:
		return 0, s.takeError()
	case len(s.inbox) == 0:
		return 0, syscall.EAGAIN
	}
	n := min(len(m), len(s.inbox))
	for i, got := range s.inbox[:n] {
		room := m[i].Data
		m[i] = got
		m[i].Data = room[:copy(room, got.Data)]
		m[i].Truncated = len(room) < len(got.Data)
		s.queued -= overhead + len(got.Data)
	}
	clear(s.inbox[:n])
	s.inbox = s.inbox[n:]
	s.letSend()
	return n, nil
}

// letSend tells those who found no room to try again.
func (s *socket) letSend() {
	for _, w := range s.waiters {
		w.blocked = false
		w.changed()
	}
	s.waiters = nil
}

// WriteBatch delivers each datagram at once. If the receiver has no room, a UDP datagram is lost,
// as on a network, and the sender of a Unix datagram has to wait.
func (k *Kernel) WriteBatch(fd int, m []core.Datagram) (int, error) {
	s, err := k.datagramSocket(fd)
	if err != nil {
		return 0, err
	}
	for i := range m {
		if err := k.deliver(s, &m[i]); err != nil {
			if i > 0 {
				return i, nil
			}
			return 0, err
		}
	}
	return len(m), nil
}

func (k *Kernel) deliver(s *socket, m *core.Datagram) error {
	if s.err != 0 {
		return s.takeError()
	}
	to := s.remote
	switch {
	case m.Addr.IsValid():
		to = net.UDPAddrFromAddrPort(m.Addr)
	case m.Path != "":
		to = &net.UnixAddr{Name: m.Path, Net: "unixgram"}
	case to == nil:
		return syscall.EDESTADDRREQ
	}
	switch {
	case !reaches(s.local, to):
		return syscall.EAFNOSUPPORT
	case len(m.Data) > maxDatagram:
		return syscall.EMSGSIZE
	}
	from := source(s.local, to)
	if err := kernel.CheckLocal(m); err != nil {
		return err
	} else if m.Local.IsValid() {
		_, port := ipOf(s.local)
		from = withIP(s.local, m.Local.Unmap().AsSlice(), port)
	}
	receiver := k.pick(to)
	if receiver == nil {
		return s.unreachable(to)
	}
	if receiver.remote != nil && key(receiver.remote) != key(from) {
		return nil // it hears its own peer only
	}
	if receiver.queued > 0 && receiver.queued+overhead+len(m.Data) > receiver.window {
		return s.wait(receiver)
	}
	got := core.Datagram{Data: bytes.Clone(m.Data)}
	switch from := from.(type) {
	case *net.UDPAddr:
		ap := from.AddrPort()
		got.Addr = netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
		got.Local = to.(*net.UDPAddr).AddrPort().Addr().Unmap()
	case *net.UnixAddr:
		got.Path = from.Name
	}
	receiver.inbox = append(receiver.inbox, got)
	receiver.queued += overhead + len(m.Data)
	receiver.changed()
	return nil
}

// wait is for room at the receiver, on a Unix socket.
func (s *socket) wait(receiver *socket) error {
	if s.local.Network() != "unixgram" {
		return nil
	}
	if !s.blocked {
		s.blocked = true
		receiver.waiters = append(receiver.waiters, s)
	}
	return syscall.EAGAIN
}

// unreachable is what a sender learns of a peer that is not there: at once on a Unix socket, else
// by the next call, if it is connected.
func (s *socket) unreachable(to net.Addr) error {
	if to.Network() == "unixgram" {
		return syscall.ECONNREFUSED
	}
	if s.remote != nil {
		s.err = syscall.ECONNREFUSED
		s.changed()
	}
	return nil
}
