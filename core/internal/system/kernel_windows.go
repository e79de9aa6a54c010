package system

import (
	"net"
	"net/netip"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/go-asynchat/asynchat/core/internal/poll"
	"github.com/go-asynchat/asynchat/core/internal/sys"
	"github.com/go-asynchat/asynchat/core/kernel"
)

// A Kernel is the operating system's kernel. Its descriptors are sockets of TCP and UDP; Unix
// sockets are ErrUnsupported, and so are files, pipes and consoles, which Windows cannot poll.
type Kernel struct {
	mechanism poll.Mechanism
	crew      crew
}

// New returns a kernel whose pollers are of the mechanism m.
func New(m poll.Mechanism) *Kernel { return &Kernel{mechanism: m} }

func (s *Kernel) Now() time.Time                     { return time.Now() }
func (s *Kernel) OpenPoller() (kernel.Poller, error) { return s.mechanism.Open() }
func (s *Kernel) Background(work func())             { s.crew.do(work) }

// Read returns the end after CloseRead, since a shutdown of that direction by the system would lose
// arrived input, and no poller would report it. On wine, a poll clears the error of a reset, and a
// read then returns only an end.
func (s *Kernel) Read(fd int, p []byte) (int, error) {
	n, err := sys.Read(fd, p)
	switch {
	case err == syscall.EAGAIN && poll.Endings.Of(fd)&poll.EndOfRead != 0:
		return 0, nil
	case err == nil && n == 0 && len(p) > 0 &&
		poll.Endings.Of(fd)&(poll.Aborted|poll.ErrorTold) == poll.Aborted:
		err = syscall.ECONNRESET
	}
	return n, broken(fd, err)
}

func (s *Kernel) Write(fd int, p []byte) (int, error) {
	n, err := sys.Write(fd, p)
	return n, broken(fd, err)
}

func (s *Kernel) Writev(fd int, v [][]byte) (int, error) {
	n, err := sys.Writev(fd, v)
	return n, broken(fd, err)
}

// broken notes that the error of a connection that the peer has reset is told. The two names that
// Windows has for it become one: which of them comes depends on who noticed first.
func broken(fd int, err error) error {
	if err != syscall.ECONNRESET && err != syscall.ECONNABORTED {
		return err
	}
	poll.Endings.Note(fd, poll.ErrorTold)
	return syscall.ECONNRESET
}

func (s *Kernel) CloseRead(fd int) error {
	var peer windows.RawSockaddrAny
	if err := sys.Getpeername(fd, &peer); err != nil {
		return err
	}
	poll.Endings.Add(fd, poll.EndOfRead)
	return nil
}

func (s *Kernel) CloseWrite(fd int) error {
	if err := windows.Shutdown(windows.Handle(fd), windows.SHUT_WR); err != nil {
		return sys.WinsockError(err)
	}
	poll.Endings.Add(fd, poll.EndOfWrite)
	return nil
}

func (s *Kernel) Close(fd int) error {
	poll.Endings.Forget(fd) // before another socket can get the number
	return sys.WinsockError(windows.Closesocket(windows.Handle(fd)))
}

// Adopt duplicates a socket. The original belongs to the completion port of package net, but this
// does not affect calls that are not overlapped.
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
		h      windows.Handle
		dupErr error
	)
	if err := rc.Control(func(orig uintptr) {
		h, dupErr = duplicate(windows.Handle(orig))
	}); err != nil {
		return -1, err
	}
	if dupErr == windows.WSAENOTSOCK || dupErr == windows.WSAEOPNOTSUPP { // the latter is Wine's
		return -1, kernel.ErrUnsupported
	} else if dupErr != nil {
		return -1, sys.WinsockError(dupErr)
	}
	var sa windows.RawSockaddrAny
	if sys.Getsockname(int(h), &sa); !sys.AddrPortOf(&sa).IsValid() {
		windows.Closesocket(h)
		return -1, kernel.ErrUnsupported
	}
	noDelay(int(h))
	return sys.Prepared(h)
}

func duplicate(orig windows.Handle) (windows.Handle, error) {
	var info windows.WSAProtocolInfo
	if err := windows.WSADuplicateSocket(orig, windows.GetCurrentProcessId(), &info); err != nil {
		return windows.InvalidHandle, err
	}
	const fromInfo = -1
	return windows.WSASocket(fromInfo, fromInfo, fromInfo, &info, 0, sys.NoInherit)
}

// Control implements [Controller].
func (s *Kernel) Control(fd int, f func(fd uintptr)) error {
	f(uintptr(fd))
	return nil
}

func (s *Kernel) Reserve() (int, error) { return sys.Socket(windows.AF_INET, windows.SOCK_DGRAM) }

// noDelay has the kernel send each write at once: we gather what belongs together ourselves. On
// what is not TCP it fails, and does no harm.
func noDelay(fd int) {
	windows.SetsockoptInt(windows.Handle(fd), windows.IPPROTO_TCP, windows.TCP_NODELAY, 1)
}

func (s *Kernel) Accept(fd int) (int, netip.AddrPort, error) {
	conn, err := sys.Accept(fd)
	if err != nil {
		return -1, netip.AddrPort{}, err
	}
	noDelay(conn)
	var peer windows.RawSockaddrAny
	sys.Getpeername(conn, &peer)
	return conn, sys.AddrPortOf(&peer), nil
}

func (s *Kernel) Connect(network string, local, remote net.Addr) (int, error) {
	return s.ConnectPrepared(func(uintptr) error { return nil }, network, local, remote)
}

// ConnectPrepared implements kernel.Preparer.
func (s *Kernel) ConnectPrepared(
	prepare func(fd uintptr) error, network string, local, remote net.Addr,
) (int, error) {
	to, err := sys.IPOf(remote)
	if err != nil {
		return -1, err
	}
	family, kind := sys.FamilyOf(to), windows.SOCK_STREAM
	if family == 0 {
		return -1, kernel.ErrUnsupported
	}
	if kernel.IsDatagram(network) {
		kind = windows.SOCK_DGRAM
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
	var sa windows.RawSockaddrAny
	size, err := sys.Encode(&sa, to, family)
	if err == nil {
		err = bindLocal(fd, family, local)
	}
	if err == nil {
		err = sys.Connect(fd, &sa, size)
	}
	if err != nil && err != syscall.EAGAIN { // which says that it is under way
		return -1, err
	}
	begun = true
	return fd, nil
}

func bindLocal(fd, family int, local net.Addr) error {
	if local == nil {
		return nil
	}
	from, err := sys.IPOf(local)
	if err != nil {
		return err
	}
	if have := sys.FamilyOf(from); have != 0 && have != family {
		return syscall.EAFNOSUPPORT
	}
	var sa windows.RawSockaddrAny
	size, err := sys.Encode(&sa, from, family)
	if err == nil {
		err = sys.Bind(fd, &sa, size)
	}
	return err
}

// SocketError reads the error from the system, which does not clear the error of a failed connect,
// and may not report a reset.
func (s *Kernel) SocketError(fd int) error {
	n, err := windows.GetsockoptInt(windows.Handle(fd), windows.SOL_SOCKET, sys.SoError)
	if err != nil {
		return sys.WinsockError(err)
	}
	known := poll.Endings.Of(fd)
	if n == 0 && known&poll.Aborted != 0 {
		n = int(windows.WSAECONNRESET)
	}
	if n == 0 || known&poll.ErrorTold != 0 {
		return nil
	}
	poll.Endings.Note(fd, poll.ErrorTold)
	return sys.ErrnoOf(syscall.Errno(n))
}

func (s *Kernel) LocalAddr(fd int) (net.Addr, error) {
	var sa windows.RawSockaddrAny
	if err := sys.Getsockname(fd, &sa); err != nil {
		return nil, err
	}
	return sys.NetAddr(&sa, isDatagramSocket(fd)), nil
}

func (s *Kernel) PeerAddr(fd int) (net.Addr, error) {
	var sa windows.RawSockaddrAny
	if err := sys.Getpeername(fd, &sa); err != nil {
		return nil, err
	}
	return sys.NetAddr(&sa, isDatagramSocket(fd)), nil
}

func isDatagramSocket(fd int) bool {
	kind, err := windows.GetsockoptInt(windows.Handle(fd), windows.SOL_SOCKET, sys.SoType)
	return err == nil && kind == windows.SOCK_DGRAM
}

// familyOfSocket returns the family of a socket that has a local address.
func familyOfSocket(fd int) int {
	var sa windows.RawSockaddrAny
	sys.Getsockname(fd, &sa)
	return int(sa.Addr.Family)
}

// ioctl switches a property of a socket for which there is no option.
func ioctl(fd int, code, value uint32) error {
	var returned uint32
	return sys.WinsockError(windows.WSAIoctl(windows.Handle(fd), code, (*byte)(unsafe.Pointer(&value)),
		4, nil, 0, &returned, nil, 0))
}
