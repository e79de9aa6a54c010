package simkernel

import (
	"bytes"
	"net"
	"syscall"

	"github.com/go-asynchat/asynchat/core"
)

// maxDatagram is the most that a UDP datagram over IPv4 can carry.
const maxDatagram = 65507

func (k *Kernel) datagramSocket(fd int) (*socket, error) {
	s, err := k.socket(fd)
	if err == nil && !s.datagrams {
		err = syscall.ENOTSOCK
	}
	return s, err
}

// ReadBatch takes the datagrams that have waited longest.
func (k *Kernel) ReadBatch(fd int, m []core.Datagram) (int, error) {
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
		s.queued -= len(got.Data)
	}
	clear(s.inbox[:n])
	s.inbox = s.inbox[n:]
	return n, nil
}

// WriteBatch delivers each datagram at once. What its receiver has no room for is lost, as on a network.
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
	if len(m.Data) > maxDatagram {
		return syscall.EMSGSIZE
	}
	receiver := k.pick(to)
	if receiver == nil {
		return s.unreachable(to)
	}
	if receiver.remote != nil && key(receiver.remote) != key(s.local) {
		return nil // it hears its own peer only
	}
	if receiver.queued+len(m.Data) > receiver.window {
		return nil
	}
	got := core.Datagram{Data: bytes.Clone(m.Data)}
	switch from := s.local.(type) {
	case *net.UDPAddr:
		got.Addr = from.AddrPort()
	case *net.UnixAddr:
		got.Path = from.Name
	}
	receiver.inbox = append(receiver.inbox, got)
	receiver.queued += len(m.Data)
	receiver.changed()
	return nil
}

// unreachable is what a sender learns of a peer that is not there: at once on a Unix socket, else by the next call, if it is connected.
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
