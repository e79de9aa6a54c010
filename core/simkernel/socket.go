package simkernel

import (
	"math"
	"net"
	"syscall"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/kernel"
)

// Window is the default number of bytes that a socket buffers: see SetWindow.
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
	window        int           // how many bytes fit into in
	writes        int           // how many have arrived
	ended         bool          // nothing more arrives
	finished      bool          // we send nothing more
	deaf          bool          // we read nothing more
	refuses       syscall.Errno // of every write to it; 0: none
	connecting    bool          // it is not yet known whether the connection is made
	gone          bool          // closed, while something may be on the way
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

// reset comes after what has arrived: that can still be read, as on Linux and the BSDs.
func (s *socket) reset(errno syscall.Errno) {
	s.err, s.ended = errno, true
	s.changed()
}

// space returns how many bytes may still be sent.
func (s *socket) space() int {
	if s.connecting {
		return 0
	}
	p := s.peer
	if p.refuses != 0 {
		return math.MaxInt // a write need not wait to fail
	}
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
		r |= core.Readable | kernel.Failed
	}
	if s.err != 0 && !s.datagrams {
		r |= kernel.HangUp
	}
	if s.ended && (s.finished || s.peer == nil) {
		r |= kernel.HangUp
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

func (s *socket) takeError() error {
	err := s.err
	s.err = 0
	return err
}
