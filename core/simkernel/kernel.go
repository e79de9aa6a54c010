// Package simkernel is a kernel in memory: sockets with finite buffers, a poller and a clock. It
// uses no descriptors and no goroutines, and never really waits. The loops, channels and servers
// that run on it are the real ones, and a test of them is deterministic.
//
// One goroutine uses a kernel and all loops on it. Its clock starts at the beginning of the year
// 2000. It moves only by [Kernel.Advance], or when a loop waits with nothing else to do. A
// [Scheduler] runs several loops on that one goroutine.
//
// At first a kernel has no faults, and sent data arrives at once. [Kernel.Inject] adds faults of
// operating systems and networks, which a random generator chooses. The same seed gives the same
// run, with the same bytes in the event log ([Kernel.Trace]).
//
// Where TCP leaves a choice, the kernel takes the worst one: if a socket is closed with unread
// input, its peer is reset and also loses its unread input. One thing is easier than on a network:
// a Read returns the data of one Write, or a part of it, and never joins two writes. So a test can
// choose which bytes arrive together.
package simkernel

import (
	"context"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/kernel"
)

// Kernel implements [core.Kernel]. The zero value is not ready; use New.
type Kernel struct {
	// MaxFiles bounds the number of open descriptors. Above it, calls that open a descriptor fail with
	// EMFILE. 0 means no limit.
	MaxFiles int
	// Trace, if it is not nil, gets the event log. Each call that reads, writes, accepts, connects or
	// closes, each arrival and each fault adds one line, in one Write.
	Trace io.Writer

	luck     *luck        // nil: no faults, and nothing happens by itself
	clock    atomic.Int64 // nanoseconds since epoch: any goroutine may look at it
	files    []*socket    // by descriptor
	open     int
	lowest   int                  // no descriptor below it is free
	bound    map[string][]*socket // those whose address was asked for, by network and address
	lastPort uint16
	one      [1][]byte // the vector of a Write
}

// New returns a kernel without sockets, whose clock stands at 2000-01-01 00:00 UTC, as in
// testing/synctest.
func New() *Kernel { return new(Kernel) }

var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// Now returns the time on the kernel's clock. Any goroutine may call it.
func (k *Kernel) Now() time.Time { return epoch.Add(time.Duration(k.nanos())) }

// Open returns the number of open descriptors.
func (k *Kernel) Open() int { return k.open }

// Pair returns two sockets that are connected to each other.
func (k *Kernel) Pair() (a, b int, err error) {
	sa, err := k.newSocket()
	if err != nil {
		return -1, -1, err
	}
	sb, err := k.newSocket()
	if err != nil {
		k.Close(sa.fd)
		return -1, -1, err
	}
	sa.join(sb)
	if k.faulty() {
		sa.wire, sb.wire = k.newWire(sa), k.newWire(sb)
	}
	sa.local, sa.remote, sb.local, sb.remote = pairA, pairB, pairB, pairA
	return sa.fd, sb.fd, nil
}

var (
	pairA net.Addr = tcpAddr(1)
	pairB net.Addr = tcpAddr(2)
)

func tcpAddr(port uint16) *net.TCPAddr {
	return net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), port))
}

func (k *Kernel) newSocket() (*socket, error) {
	if err := k.fileError(); err != nil {
		return nil, err
	}
	s := &socket{window: k.newWindow()}
	k.install(s)
	return s, nil
}

// install gives s the lowest free descriptor, as POSIX demands, so that descriptors are reused as
// soon as can be.
func (k *Kernel) install(s *socket) int {
	fd := k.lowest
	for fd < len(k.files) && k.files[fd] != nil {
		fd++
	}
	if fd == len(k.files) {
		k.files = append(k.files, nil)
	}
	s.fd, k.files[fd], k.lowest = fd, s, fd+1
	k.open++
	return fd
}

func (k *Kernel) socket(fd int) (*socket, error) {
	if fd < 0 || fd >= len(k.files) || k.files[fd] == nil {
		return nil, syscall.EBADF
	}
	return k.files[fd], nil
}

// Close closes a descriptor. Its number is free for the next socket at once.
func (k *Kernel) Close(fd int) error {
	s, err := k.socket(fd)
	if err != nil {
		return err
	}
	k.log("close", fd, 0, nil)
	k.moved()
	k.files[fd] = nil
	k.open--
	k.lowest = min(k.lowest, fd)
	if s.dups > 0 {
		s.dups-- // another descriptor keeps it open
		return nil
	}
	if s.local != nil {
		k.unbind(s)
	}
	for _, waiting := range s.backlog {
		waiting.abort()
	}
	s.letSend()
	linger, set := s.options[core.Linger]
	s.close(set && linger == 0)
	return nil
}

// Listen opens a listening socket or a datagram socket in memory. Port 0 picks a free port.
func (k *Kernel) Listen(config kernel.ListenConfig, network, address string) (int, net.Addr,
	error) {
	addr, err := parseAddr(network, address)
	if err != nil {
		return -1, nil, &net.OpError{Op: "listen", Net: network, Err: err}
	}
	o := config.Options()
	if o.Control != nil {
		return -1, nil, kernel.OpError("listen", "", network, addr, kernel.ErrNoControl)
	}
	s := &socket{
		window:    Window,
		listening: !isDatagram(addr),
		datagrams: isDatagram(addr),
		shared:    o.ReusePort || o.ReuseAddr && isDatagram(addr),
		only6:     strings.HasSuffix(network, "6"),
		room:      maxBacklog,
	}
	if o.Backlog > 0 {
		s.room = o.Backlog
	}
	if err = k.fileError(); err == nil {
		s.local, err = k.bind(s, addr)
	}
	if err != nil {
		return -1, nil, &net.OpError{Op: "listen", Net: network, Addr: addr, Err: err}
	}
	k.install(s)
	return s.fd, s.local, nil
}

// Accept returns the connection that has waited longest.
func (k *Kernel) Accept(fd int) (int, netip.AddrPort, error) {
	s, err := k.socket(fd)
	switch {
	case err != nil:
		return -1, netip.AddrPort{}, err
	case !s.listening:
		return -1, netip.AddrPort{}, syscall.EINVAL
	case len(s.backlog) == 0:
		return -1, netip.AddrPort{}, syscall.EAGAIN
	}
	if err := k.refuseIO("accept", fd); err != nil {
		return -1, netip.AddrPort{}, err
	}
	if err := k.fileError(); err != nil {
		k.log("accept", fd, -1, err)
		return -1, netip.AddrPort{}, err
	}
	if k.abortFirst(s) {
		return -1, netip.AddrPort{}, syscall.ECONNABORTED
	}
	conn := s.backlog[0]
	s.backlog = s.backlog[1:]
	k.install(conn)
	k.log("accept", fd, conn.fd, nil)
	k.moved()
	return conn.fd, addrPort(conn.remote), nil
}

// Connect connects a new socket to a listener of the same kernel. If there is no listener, or too
// many connections wait already, SocketError returns ECONNREFUSED.
func (k *Kernel) Connect(_ string, local, remote net.Addr) (int, error) {
	if err := k.fileError(); err != nil {
		return -1, err
	}
	s := &socket{window: Window, remote: remote, datagrams: isDatagram(remote)}
	if err := k.bindLocal(s, local, remote); err != nil {
		return -1, err
	}
	k.install(s)
	k.log("connect", s.fd, 0, nil)
	k.moved()
	if s.datagrams {
		return s.fd, nil
	}
	if k.faulty() {
		s.window = k.newWindow()
		k.reach(s)
		return s.fd, nil
	}
	ln := k.pick(remote)
	if ln == nil || len(ln.backlog) >= ln.room {
		s.err, s.ended = syscall.ECONNREFUSED, true
		return s.fd, nil
	}
	far := &socket{window: Window, local: remote, remote: s.local, options: ln.options}
	s.join(far)
	ln.backlog = append(ln.backlog, far)
	ln.changed()
	return s.fd, nil
}

// Reserve opens a descriptor without a socket.
func (k *Kernel) Reserve() (int, error) {
	s, err := k.newSocket()
	if err != nil {
		return -1, err
	}
	return s.fd, nil
}

// Resolve resolves literal addresses, localhost, and the names of AddName.
func (k *Kernel) Resolve(ctx context.Context, network, address string) ([]net.Addr, error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if k.luck != nil {
		if addrs, err := k.luck.resolve(network, address); addrs != nil || err != nil {
			return addrs, err
		}
	}
	addr, err := parseAddr(network, address)
	if err != nil {
		return nil, err
	}
	return []net.Addr{addr}, nil
}
