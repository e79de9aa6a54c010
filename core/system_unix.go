//go:build unix && !aix

package core

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// system is the operating system's kernel.
type system struct {
	mechanism mechanism
	mu        sync.Mutex
	files     map[int]string // of listening Unix sockets, by descriptor
}

func newSystem(m mechanism) Kernel { return &system{mechanism: m} }

func (s *system) Now() time.Time              { return time.Now() }
func (s *system) OpenPoller() (Poller, error) { return s.mechanism.open() }
func (s *system) Background(work func())      { go work() }

func (s *system) Read(fd int, p []byte) (int, error)     { return sysRead(fd, p) }
func (s *system) Write(fd int, p []byte) (int, error)    { return sysWrite(fd, p) }
func (s *system) Writev(fd int, v [][]byte) (int, error) { return sysWritev(fd, v) }
func (s *system) CloseWrite(fd int) error                { return unix.Shutdown(fd, unix.SHUT_WR) }

// Close also removes the file of a listening Unix socket, as package net does.
func (s *system) Close(fd int) error {
	s.mu.Lock()
	file, ok := s.files[fd]
	delete(s.files, fd)
	s.mu.Unlock()
	if ok {
		os.Remove(file)
	}
	return unix.Close(fd) // an ordinary call: it may wait, for the disk or for SO_LINGER
}

// Listen leaves the parsing of addresses, dual stack and the length of the backlog to package net, and keeps a
// duplicate of the descriptor that it opened.
func (s *system) Listen(network, address string) (int, net.Addr, error) {
	ln, err := net.Listen(network, address)
	if err != nil {
		return -1, nil, err
	}
	defer ln.Close()
	fd, err := s.Adopt(ln)
	if err != nil {
		return -1, nil, opError("listen", "dup", network, ln.Addr(), err)
	}
	if u, ok := ln.(*net.UnixListener); ok && !strings.HasPrefix(u.Addr().String(), "@") {
		u.SetUnlinkOnClose(false)
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.files == nil {
			s.files = make(map[int]string)
		}
		s.files[fd] = u.Addr().String()
	}
	return fd, ln.Addr(), nil
}

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
	if err := unix.SetNonblock(fd, true); err != nil {
		unix.Close(fd)
		return -1, err
	}
	noDelay(fd) // accepted sockets inherit it
	return fd, nil
}

// noDelay has the kernel send each write at once: we gather what belongs together ourselves. On what is not TCP it fails,
// and does no harm.
func noDelay(fd int) { unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1) }

func (s *system) Accept(fd int) (int, netip.AddrPort, error) {
	conn, sa, err := sysAccept(fd)
	if err != nil {
		return -1, netip.AddrPort{}, err
	}
	tcp, ok := netAddr(sa).(*net.TCPAddr)
	if !ok {
		return conn, netip.AddrPort{}, nil
	}
	return conn, tcp.AddrPort(), nil
}

func (s *system) Connect(network string, addr net.Addr) (int, error) {
	family, sa, err := sockaddr(addr)
	if err != nil {
		return -1, err
	}
	fd, err := sysSocket(family)
	if err != nil {
		return -1, err
	}
	noDelay(fd)
	switch err := unix.Connect(fd, sa); err {
	case nil, unix.EINPROGRESS, unix.EINTR: // an interrupted connect goes on by itself
		return fd, nil
	default:
		unix.Close(fd)
		return -1, err
	}
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
	return netAddr(sa), nil
}

func (s *system) PeerAddr(fd int) (net.Addr, error) {
	sa, err := unix.Getpeername(fd)
	if err != nil {
		return nil, err
	}
	return netAddr(sa), nil
}

func (s *system) Resolve(network, address string) ([]net.Addr, error) {
	host, service, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	port, err := net.DefaultResolver.LookupPort(context.Background(), network, service)
	if err != nil {
		return nil, err
	}
	if host == "" {
		host = "localhost"
	}
	ips, err := net.DefaultResolver.LookupNetIP(context.Background(), "ip"+network[len("tcp"):], host)
	if err != nil {
		return nil, err
	}
	if len(ips) == 0 {
		return nil, errors.New("no address for " + strconv.Quote(host))
	}
	addrs := make([]net.Addr, len(ips))
	for i, ip := range ips {
		addrs[i] = net.TCPAddrFromAddrPort(netip.AddrPortFrom(ip.Unmap(), uint16(port)))
	}
	return addrs, nil
}
