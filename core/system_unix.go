//go:build unix && !aix

package core

import (
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// system is the operating system's kernel.
type system struct {
	mechanism mechanism
	mu        sync.Mutex
	onClose   map[int]func() // what is to be undone when a descriptor is closed
}

func newSystem(m mechanism) Kernel { return &system{mechanism: m} }

func (s *system) Now() time.Time              { return time.Now() }
func (s *system) OpenPoller() (Poller, error) { return s.mechanism.open() }
func (s *system) Background(work func())      { go work() }

func (s *system) Writev(fd int, v [][]byte) (int, error) { return sysWritev(fd, v) }
func (s *system) CloseRead(fd int) error                 { return unix.Shutdown(fd, unix.SHUT_RD) }
func (s *system) CloseWrite(fd int) error                { return unix.Shutdown(fd, unix.SHUT_WR) }

// Adopt makes the descriptor non-blocking, and with it the original: the mode belongs to what both stand for. Where it was blocking, it is
// made so again at the close. A terminal that stays non-blocking would trouble the shell that comes after us.
func (s *system) Adopt(v any) (int, error) {
	sc, ok := v.(syscall.Conn)
	if !ok {
		return -1, ErrUnsupported
	}
	rc, err := sc.SyscallConn()
	if err != nil {
		return -1, err
	}
	var (
		fd     int
		dupErr error
	)
	if err := rc.Control(func(orig uintptr) { fd, dupErr = unix.FcntlInt(orig, unix.F_DUPFD_CLOEXEC, 0) }); err != nil {
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
func (s *system) atClose(fd int, undo func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.onClose == nil {
		s.onClose = make(map[int]func())
	}
	s.onClose[fd] = undo
}

func (s *system) Close(fd int) error {
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
func (s *system) Control(fd int, f func(fd uintptr)) error {
	f(uintptr(fd))
	return nil
}

func (s *system) Reserve() (int, error) {
	return unix.Open("/dev/null", unix.O_RDONLY|unix.O_CLOEXEC, 0)
}

// noDelay has the kernel send each write at once: we gather what belongs together ourselves. On what is not TCP it fails,
// and does no harm.
func noDelay(fd int) { unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1) }

// Accept does not rely on the listener's TCP_NODELAY: what was waiting there before that was set has not inherited it.
func (s *system) Accept(fd int) (int, netip.AddrPort, error) {
	conn, peer, err := sysAccept(fd)
	if err == nil && peer.IsValid() {
		noDelay(conn)
	}
	return conn, peer, err
}

func (s *system) Connect(network string, local, remote net.Addr) (int, error) {
	family, sa, err := sockaddr(remote)
	if err != nil {
		return -1, err
	}
	kind := unix.SOCK_STREAM
	if isDatagram(network) {
		kind = unix.SOCK_DGRAM
	}
	fd, err := sysSocket(family, kind)
	if err != nil {
		return -1, err
	}
	noDelay(fd)
	if err = s.bind(fd, family, local); err == nil {
		err = unix.Connect(fd, sa)
	}
	switch err {
	case nil, unix.EINPROGRESS, unix.EINTR: // an interrupted connect goes on by itself
		return fd, nil
	default:
		s.Close(fd)
		return -1, err
	}
}

func (s *system) bind(fd, family int, local net.Addr) error {
	if local == nil {
		return nil
	}
	have, sa, err := sockaddr(withFamily(local, family))
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

func (s *system) SocketError(fd int) error {
	errno, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err == nil && errno != 0 {
		err = syscall.Errno(errno)
	}
	return err
}

func (s *system) LocalAddr(fd int) (net.Addr, error) {
	sa, err := unix.Getsockname(fd)
	if err != nil {
		return nil, err
	}
	return netAddr(sa, isDatagramSocket(fd)), nil
}

func (s *system) PeerAddr(fd int) (net.Addr, error) {
	sa, err := unix.Getpeername(fd)
	if err != nil {
		return nil, err
	}
	return netAddr(sa, isDatagramSocket(fd)), nil
}

func isDatagramSocket(fd int) bool {
	kind, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE)
	return err == nil && kind == unix.SOCK_DGRAM
}
