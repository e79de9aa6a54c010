package simkernel

import (
	"math"
	"net"
	"syscall"

	"github.com/go-asynchat/asynchat/core"
)

// Window is how many bytes a socket buffers until they are read, unless SetWindow says otherwise.
const Window = 64 << 10

const maxBacklog = 128

// A socket is a listener, a datagram socket or one end of a connection. Its buffer holds what has
// arrived and was not read.
type socket struct {
	fd            int
	dups          int // descriptors of it beside the first
	local, remote net.Addr
	peer          *socket // nil: not connected, or closed there
	in            segments
	window        int  // how many bytes fit into in
	writes        int  // how many have arrived
	ended         bool // nothing more arrives
	finished      bool // we send nothing more
	deaf          bool // we read nothing more
	connecting    bool // it is not yet known whether the connection is made
	gone          bool // closed, while something may be on the way
	err           syscall.Errno
	listening     bool
	datagrams     bool
	shared        bool // its address may have other sockets
	only6         bool // on all addresses, it is on those of IPv6
	backlog       []*socket
	room          int             // in the backlog
	inbox         []core.Datagram // of a datagram socket, in place of in
	queued        int             // what inbox takes of the window
	waiters       []*socket       // that found no room in it
	blocked       bool            // it is such a waiter
	options       map[core.SocketOption]int
	watch         *watch
	wire          *wire // on which input comes; nil: at once
}

func (s *socket) join(t *socket) { s.peer, t.peer = t, s }

// close leaves the peer with the end of the stream or, if input was left unread, or if it is asked
// for, with a reset.
func (s *socket) close(reset bool) {
	s.unwatch()
	if s.wire != nil {
		s.hangUp(reset)
		return
	}
	p := s.peer
	if p == nil {
		return
	}
	if reset || s.in.len() > 0 {
		s.abort()
		return
	}
	s.peer, p.peer = nil, nil
	p.ended = true
	p.changed()
}

// abort resets the peer.
func (s *socket) abort() {
	p := s.peer
	switch {
	case p == nil:
	case s.wire != nil:
		s.answerReset()
	default:
		s.peer, p.peer = nil, nil
		p.reset(syscall.ECONNRESET)
	}
}

func (s *socket) reset(errno syscall.Errno) {
	s.err, s.ended = errno, true
	s.in = segments{}
	s.changed()
}

// space returns how many bytes may still be sent.
func (s *socket) space() int {
	if s.connecting {
		return 0
	}
	p := s.peer
	room := p.window - p.in.len()
	if p.wire != nil {
		room -= p.wire.flight.len()
	} else if p.deaf {
		return math.MaxInt
	}
	return max(0, room)
}

func (s *socket) ready() (r core.Ready) {
	if s.listening {
		if len(s.backlog) > 0 {
			r = core.Readable
		}
		return r
	}
	if s.in.len() > 0 || s.ended || len(s.inbox) > 0 {
		r |= core.Readable
	}
	if !s.blocked && !s.connecting && (s.peer == nil || s.space() > 0) {
		r |= core.Writable
	}
	if s.err != 0 {
		r |= core.Readable | core.Failed
	}
	if s.err != 0 && !s.datagrams {
		r |= core.HangUp
	}
	if s.ended && (s.finished || s.peer == nil) {
		r |= core.HangUp
	}
	return r
}

// changed tells the poller, if one watches, to look at s again.
func (s *socket) changed() {
	if s.watch != nil {
		s.watch.enqueue()
	}
}

func (s *socket) unwatch() {
	if s.watch != nil {
		s.watch.poller = nil // the queue drops it
		s.watch = nil
	}
}

// connected returns the connected socket behind fd.
func (k *Kernel) connected(fd int) (*socket, error) {
	s, err := k.socket(fd)
	if err == nil && (s.listening || s.datagrams) {
		err = syscall.ENOTCONN
	}
	return s, err
}

// Read takes from what one Write of the peer sent.
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

func (s *socket) takeError() error {
	err := s.err
	s.err = 0
	return err
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

// CloseRead ends the stream from the peer: what has arrived is still read, what comes is dropped.
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
