package simkernel

import (
	"net"
	"syscall"
)

// connected returns the connected socket behind fd.
func (k *Kernel) connected(fd int) (*socket, error) {
	s, err := k.socket(fd)
	if err == nil && (s.listening || s.datagrams) {
		err = syscall.ENOTCONN
	}
	return s, err
}

// Read reads data of one Write of the peer.
func (k *Kernel) Read(fd int, p []byte) (int, error) {
	s, err := k.connected(fd)
	if err == nil {
		err = k.refuseIO("read", fd)
	}
	if err != nil {
		return 0, err
	}
	n := 0
	switch {
	case s.in.len() > 0:
		n = k.take(s, p)
		if s.peer != nil {
			s.peer.changed()
		}
		k.moved()
	case s.err != 0:
		err = s.takeError()
	case s.ended:
	default:
		err = syscall.EAGAIN
	}
	k.log("read", fd, n, err)
	return n, err
}

func (k *Kernel) take(s *socket, p []byte) int {
	if k.luck == nil {
		return s.in.take(p)
	}
	n := s.in.take(p[:k.luck.shorten(min(len(p), s.in.len()))])
	for n < len(p) && s.in.len() > 0 && k.luck.roll(k.luck.Join) {
		n += s.in.take(p[n:])
	}
	return n
}

// Write sends what fits into the peer's buffer.
func (k *Kernel) Write(fd int, p []byte) (int, error) {
	k.one[0] = p
	defer clear(k.one[:])
	return k.Writev(fd, k.one[:])
}

// Writev sends what fits into the peer's buffer; the peer reads it as one piece.
func (k *Kernel) Writev(fd int, v [][]byte) (int, error) {
	s, err := k.connected(fd)
	if err == nil {
		err = k.refuseIO("write", fd)
	}
	if err != nil {
		return 0, err
	}
	n, err := k.send(s, v)
	k.log("write", fd, n, err)
	return n, err
}

func (k *Kernel) send(s *socket, v [][]byte) (int, error) {
	if s.err != 0 {
		return 0, s.takeError()
	}
	if s.peer == nil && !s.connecting || s.finished {
		return 0, syscall.EPIPE
	}
	if p := s.peer; p != nil && p.refuses != 0 {
		return 0, p.refuses
	}
	offered := 0
	for _, p := range v {
		offered += len(p)
	}
	if offered == 0 {
		return 0, nil
	}
	n := min(offered, s.space())
	if n == 0 {
		return 0, syscall.EAGAIN
	}
	k.moved()
	n = k.luck.shorten(n)
	peer := s.peer
	if peer.wire != nil {
		if n = peer.wire.send(s, n, v); n > 0 {
			return n, nil
		}
		if s.err != 0 {
			return 0, s.takeError()
		}
		return 0, syscall.EAGAIN // until the reset comes
	}
	if !peer.deaf {
		peer.in.append(n, v)
		peer.writes++
		peer.changed()
	}
	return n, nil
}

// CloseWrite ends the stream to the peer.
func (k *Kernel) CloseWrite(fd int) error {
	s, err := k.connected(fd)
	if err != nil {
		return err
	}
	if s.peer == nil || s.connecting {
		return syscall.ENOTCONN
	}
	k.log("shutdown", fd, 0, nil)
	k.moved()
	switch {
	case s.wire == nil:
		s.peer.ended = true
		s.peer.changed()
	case !s.finished:
		s.peer.wire.put(item{kind: endComes})
	}
	s.finished = true
	s.changed()
	return nil
}

// CloseRead ends the stream from the peer: arrived data can still be read, later data is dropped.
func (k *Kernel) CloseRead(fd int) error {
	s, err := k.connected(fd)
	if err != nil {
		return err
	}
	if s.peer == nil {
		return syscall.ENOTCONN
	}
	s.deaf, s.ended = true, true
	s.changed()
	return nil
}

// SocketError returns the pending error, and clears it.
func (k *Kernel) SocketError(fd int) error {
	s, err := k.socket(fd)
	if err == nil && s.err != 0 {
		err = s.takeError()
	}
	return err
}

// LocalAddr returns the socket's own address.
func (k *Kernel) LocalAddr(fd int) (net.Addr, error) {
	s, err := k.socket(fd)
	if err != nil {
		return nil, err
	}
	return s.local, nil
}

// PeerAddr returns the address of the other end.
func (k *Kernel) PeerAddr(fd int) (net.Addr, error) {
	s, err := k.socket(fd)
	if err != nil {
		return nil, err
	}
	if s.remote == nil || s.connecting {
		return nil, syscall.ENOTCONN
	}
	return s.remote, nil
}
