//go:build unix && !aix

package system

import (
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/go-asynchat/asynchat/core/internal/poll"
	"github.com/go-asynchat/asynchat/core/internal/sys"
	"github.com/go-asynchat/asynchat/core/kernel"
)

// A Kernel is the operating system's kernel.
type Kernel struct {
	mechanism poll.Mechanism
	crew      crew
	mu        sync.Mutex
	onClose   map[int]func() // what is to be undone when a descriptor is closed
}

// New returns a kernel whose pollers are of the mechanism m.
func New(m poll.Mechanism) *Kernel { return &Kernel{mechanism: m} }

func (s *Kernel) Now() time.Time                     { return time.Now() }
func (s *Kernel) OpenPoller() (kernel.Poller, error) { return s.mechanism.Open() }
func (s *Kernel) Background(work func())             { s.crew.do(work) }

func (s *Kernel) Writev(fd int, v [][]byte) (int, error) { return sys.Writev(fd, v) }
func (s *Kernel) CloseRead(fd int) error                 { return unix.Shutdown(fd, unix.SHUT_RD) }
func (s *Kernel) CloseWrite(fd int) error                { return unix.Shutdown(fd, unix.SHUT_WR) }

// Adopt makes the descriptor non-blocking, and with it the original, because both share this mode.
// At the close a blocking mode is restored: a terminal that stays non-blocking would disturb the
// shell that runs after us.
func (s *Kernel) Adopt(v any) (int, error) {
	sc, err := original(v)
	if err != nil {
		return -1, err
	}
	rc, err := sc.SyscallConn()
	if err != nil {
		return -1, err
	}
	var (
		fd     int
		dupErr error
	)
	if err := rc.Control(func(orig uintptr) {
		fd, dupErr = unix.FcntlInt(orig, unix.F_DUPFD_CLOEXEC, 0)
	}); err != nil {
		return -1, err
	}
	if dupErr != nil {
		return -1, dupErr
	}
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
	if err == nil && flags&unix.O_NONBLOCK == 0 {
		err = unix.SetNonblock(fd, true)
		s.atClose(fd, func() { unix.SetNonblock(fd, false) })
	}
	if err != nil {
		s.Close(fd)
		return -1, err
	}
	noDelay(fd)
	return fd, nil
}

// atClose has undo called before fd is closed.
func (s *Kernel) atClose(fd int, undo func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.onClose == nil {
		s.onClose = make(map[int]func())
	}
	s.onClose[fd] = undo
}

func (s *Kernel) Close(fd int) error {
	s.mu.Lock()
	undo := s.onClose[fd]
	delete(s.onClose, fd)
	s.mu.Unlock()
	if undo != nil {
		undo()
	}
	return unix.Close(fd) // an ordinary call: it may wait, for the disk or for SO_LINGER
}

// Control implements [Controller].
func (s *Kernel) Control(fd int, f func(fd uintptr)) error {
	f(uintptr(fd))
	return nil
}

func (s *Kernel) Reserve() (int, error) {
	return unix.Open("/dev/null", unix.O_RDONLY|unix.O_CLOEXEC, 0)
}

// noDelay has the kernel send each write at once: we gather what belongs together ourselves. On
// what is not TCP it fails, and does no harm.
func noDelay(fd int) { unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1) }

// Accept does not rely on the listener's TCP_NODELAY: connections that waited before it was set
// have not inherited it.
func (s *Kernel) Accept(fd int) (int, netip.AddrPort, error) {
	conn, peer, err := sys.Accept(fd)
	if err == nil && peer.IsValid() {
		noDelay(conn)
	}
	return conn, peer, err
}

func (s *Kernel) Connect(network string, local, remote net.Addr) (int, error) {
	return s.ConnectPrepared(func(uintptr) error { return nil }, network, local, remote)
}

// ConnectPrepared implements kernel.Preparer.
func (s *Kernel) ConnectPrepared(
	prepare func(fd uintptr) error, network string, local, remote net.Addr,
) (int, error) {
	family, sa, err := sys.Sockaddr(remote)
	if err != nil {
		return -1, err
	}
	kind := unix.SOCK_STREAM
	if kernel.IsDatagram(network) {
		kind = unix.SOCK_DGRAM
	}
	fd, err := sys.Socket(family, kind)
	if err != nil {
		return -1, err
	}
	begun := false
	defer func() {
		if !begun { // prepare may panic, too
			s.Close(fd)
		}
	}()
	noDelay(fd)
	if err := prepare(uintptr(fd)); err != nil {
		return -1, err
	}
	if err = s.bind(fd, family, local); err == nil {
		err = unix.Connect(fd, sa)
	}
	if err != nil && err != unix.EINPROGRESS && err != unix.EINTR { // which goes on by itself
		return -1, err
	}
	begun = true
	return fd, nil
}

func (s *Kernel) bind(fd, family int, local net.Addr) error {
	if local == nil {
		return nil
	}
	have, sa, err := sys.Sockaddr(withFamily(local, family))
	if err != nil {
		return err
	}
	if have != family {
		return unix.EAFNOSUPPORT
	}
	if err := unix.Bind(fd, sa); err != nil {
		return err
	}
	if u, ok := local.(*net.UnixAddr); ok {
		s.removeAtClose(fd, u.Name)
	}
	return nil
}

// withFamily gives an address that is a port only the unspecified address of the family.
func withFamily(addr net.Addr, family int) net.Addr {
	ip := net.IPv4zero
	if family == unix.AF_INET6 {
		ip = net.IPv6unspecified
	}
	switch a := addr.(type) {
	case *net.TCPAddr:
		if len(a.IP) == 0 {
			return &net.TCPAddr{IP: ip, Port: a.Port}
		}
	case *net.UDPAddr:
		if len(a.IP) == 0 {
			return &net.UDPAddr{IP: ip, Port: a.Port}
		}
	}
	return addr
}

func (s *Kernel) SocketError(fd int) error {
	errno, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err == nil && errno != 0 {
		err = syscall.Errno(errno)
	}
	return err
}

func (s *Kernel) LocalAddr(fd int) (net.Addr, error) {
	sa, err := unix.Getsockname(fd)
	if err != nil {
		return nil, err
	}
	return sys.NetAddr(sa, isDatagramSocket(fd)), nil
}

func (s *Kernel) PeerAddr(fd int) (net.Addr, error) {
	sa, err := unix.Getpeername(fd)
	if err != nil {
		return nil, err
	}
	return sys.NetAddr(sa, isDatagramSocket(fd)), nil
}

func isDatagramSocket(fd int) bool {
	kind, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE)
	return err == nil && kind == unix.SOCK_DGRAM
}
