package core

import (
	"net"
	"net/netip"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// system is the operating system's kernel. Its descriptors are sockets of TCP and UDP; Unix sockets are ErrUnsupported, and so is all that
// Windows cannot poll: files, pipes, consoles.
type system struct{ mechanism mechanism }

func newSystem(m mechanism) Kernel { return &system{m} }

func (s *system) Now() time.Time              { return time.Now() }
func (s *system) OpenPoller() (Poller, error) { return s.mechanism.open() }
func (s *system) Background(work func())      { go work() }

// Read ends where CloseRead did: a shutdown of that direction would lose what has arrived, and no poller would tell of it. Wine takes the
// error of a connection that was reset away when its poll looks at it, and has only an end left.
func (s *system) Read(fd int, p []byte) (int, error) {
	n, err := sysRead(fd, p)
	switch {
	case err == syscall.EAGAIN && endings.of(fd)&endOfRead != 0:
		return 0, nil
	case err == nil && n == 0 && len(p) > 0 && endings.of(fd)&(aborted|errorTold) == aborted:
		err = syscall.ECONNRESET
	}
	return n, broken(fd, err)
}

func (s *system) Write(fd int, p []byte) (int, error) {
	n, err := sysWrite(fd, p)
	return n, broken(fd, err)
}

func (s *system) Writev(fd int, v [][]byte) (int, error) {
	n, err := sysWritev(fd, v)
	return n, broken(fd, err)
}

// broken notes that the error of a connection that the peer has reset is told. The two names that Windows has for it become one: which of
// them comes depends on who noticed first.
func broken(fd int, err error) error {
	if err != syscall.ECONNRESET && err != syscall.ECONNABORTED {
		return err
	}
	endings.note(fd, errorTold)
	return syscall.ECONNRESET
}

func (s *system) CloseRead(fd int) error {
	var peer windows.RawSockaddrAny
	if err := sysGetpeername(fd, &peer); err != nil {
		return err
	}
	endings.add(fd, endOfRead)
	return nil
}

func (s *system) CloseWrite(fd int) error {
	if err := windows.Shutdown(windows.Handle(fd), windows.SHUT_WR); err != nil {
		return winsockError(err)
	}
	endings.add(fd, endOfWrite)
	return nil
}

func (s *system) Close(fd int) error {
	endings.forget(fd) // before another socket can get the number
	return winsockError(windows.Closesocket(windows.Handle(fd)))
}

// Adopt duplicates a socket. That the original belongs to the completion port of package net does not matter to calls that do not overlap.
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
		h      windows.Handle
		dupErr error
	)
	if err := rc.Control(func(orig uintptr) { h, dupErr = duplicate(windows.Handle(orig)) }); err != nil {
		return -1, err
	}
	if dupErr == windows.WSAENOTSOCK || dupErr == windows.WSAEOPNOTSUPP { // the latter is Wine's
		return -1, ErrUnsupported
	} else if dupErr != nil {
		return -1, winsockError(dupErr)
	}
	var sa windows.RawSockaddrAny
	if sysGetsockname(int(h), &sa); !addrPortOf(&sa).IsValid() {
		windows.Closesocket(h)
		return -1, ErrUnsupported
	}
	noDelay(int(h))
	return prepared(h)
}

func duplicate(orig windows.Handle) (windows.Handle, error) {
	var info windows.WSAProtocolInfo
	if err := windows.WSADuplicateSocket(orig, windows.GetCurrentProcessId(), &info); err != nil {
		return windows.InvalidHandle, err
	}
	const fromInfo = -1
	return windows.WSASocket(fromInfo, fromInfo, fromInfo, &info, 0, noInherit)
}

// Control implements [Controller].
func (s *system) Control(fd int, f func(fd uintptr)) error {
	f(uintptr(fd))
	return nil
}

func (s *system) Reserve() (int, error) { return sysSocket(windows.AF_INET, windows.SOCK_DGRAM) }

// noDelay has the kernel send each write at once: we gather what belongs together ourselves. On what is not TCP it fails,
// and does no harm.
func noDelay(fd int) {
	windows.SetsockoptInt(windows.Handle(fd), windows.IPPROTO_TCP, windows.TCP_NODELAY, 1)
}

func (s *system) Accept(fd int) (int, netip.AddrPort, error) {
	conn, err := sysAccept(fd)
	if err != nil {
		return -1, netip.AddrPort{}, err
	}
	noDelay(conn)
	var peer windows.RawSockaddrAny
	sysGetpeername(conn, &peer)
	return conn, addrPortOf(&peer), nil
}

func (s *system) Connect(network string, local, remote net.Addr) (int, error) {
	to, err := ipOf(remote)
	if err != nil {
		return -1, err
	}
	family, kind := familyOf(to), windows.SOCK_STREAM
	if family == 0 {
		return -1, ErrUnsupported
	}
	if isDatagram(network) {
		kind = windows.SOCK_DGRAM
	}
	fd, err := sysSocket(family, kind)
	if err != nil {
		return -1, err
	}
	noDelay(fd)
	var sa windows.RawSockaddrAny
	size, err := encode(&sa, to, family)
	if err == nil {
		err = bindLocal(fd, family, local)
	}
	if err == nil {
		err = sysConnect(fd, &sa, size)
	}
	if err != nil && err != syscall.EAGAIN { // which says that it is under way
		s.Close(fd)
		return -1, err
	}
	return fd, nil
}

func bindLocal(fd, family int, local net.Addr) error {
	if local == nil {
		return nil
	}
	from, err := ipOf(local)
	if err != nil {
		return err
	}
	if have := familyOf(from); have != 0 && have != family {
		return syscall.EAFNOSUPPORT
	}
	var sa windows.RawSockaddrAny
	size, err := encode(&sa, from, family)
	if err == nil {
		err = sysBind(fd, &sa, size)
	}
	return err
}

// Not in x/sys.
const soError, soType = 0x1007, 0x1008

// SocketError asks the system, which does not clear the error of a connection that was not made, and need not know of one that was reset.
func (s *system) SocketError(fd int) error {
	n, err := windows.GetsockoptInt(windows.Handle(fd), windows.SOL_SOCKET, soError)
	if err != nil {
		return winsockError(err)
	}
	known := endings.of(fd)
	if n == 0 && known&aborted != 0 {
		n = int(windows.WSAECONNRESET)
	}
	if n == 0 || known&errorTold != 0 {
		return nil
	}
	endings.note(fd, errorTold)
	return errnoOf(syscall.Errno(n))
}

func (s *system) LocalAddr(fd int) (net.Addr, error) {
	var sa windows.RawSockaddrAny
	if err := sysGetsockname(fd, &sa); err != nil {
		return nil, err
	}
	return netAddr(&sa, isDatagramSocket(fd)), nil
}

func (s *system) PeerAddr(fd int) (net.Addr, error) {
	var sa windows.RawSockaddrAny
	if err := sysGetpeername(fd, &sa); err != nil {
		return nil, err
	}
	return netAddr(&sa, isDatagramSocket(fd)), nil
}

func isDatagramSocket(fd int) bool {
	kind, err := windows.GetsockoptInt(windows.Handle(fd), windows.SOL_SOCKET, soType)
	return err == nil && kind == windows.SOCK_DGRAM
}

// familyOfSocket returns the family of a socket that has a local address.
func familyOfSocket(fd int) int {
	var sa windows.RawSockaddrAny
	sysGetsockname(fd, &sa)
	return int(sa.Addr.Family)
}

// ioctl switches a property of a socket for which there is no option.
func ioctl(fd int, code, value uint32) error {
	var returned uint32
	return winsockError(windows.WSAIoctl(windows.Handle(fd), code, (*byte)(unsafe.Pointer(&value)), 4, nil, 0, &returned, nil, 0))
}
