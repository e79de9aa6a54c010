//go:build unix && !aix && !linux

package system

import (
	"net"

	"golang.org/x/sys/unix"

	"github.com/go-asynchat/asynchat/core/internal/sys"
	"github.com/go-asynchat/asynchat/core/kernel"
)

// These systems have no call for several datagrams.

func (s *Kernel) ReadBatch(fd int, m []kernel.Datagram) (int, error) {
	return readBatch(fd, m, nil)
}

// readBatch receives with room for what the system tells beside each datagram, or none.
func readBatch(fd int, m []kernel.Datagram, room []byte) (int, error) {
	for i := range m {
		n, beside, flags, from, err := unix.Recvmsg(fd, m[i].Data, room, 0)
		if err != nil {
			return told(i, err)
		}
		m[i].Data = m[i].Data[:n]
		m[i].Truncated = flags&unix.MSG_TRUNC != 0
		m[i].Addr, m[i].Path = sys.AddrPortOf(from), ""
		if u, ok := from.(*unix.SockaddrUnix); ok {
			m[i].Path = u.Name
		}
		m[i].Local = localOf(room[:beside])
	}
	return len(m), nil
}

func (s *Kernel) WriteBatch(fd int, m []kernel.Datagram) (int, error) {
	v6 := m[0].Addr.IsValid() && isIPv6(fd)
	for i := range m {
		to, err := peerSockaddr(&m[i], v6)
		var beside []byte
		if err == nil && m[i].Local.IsValid() {
			beside, err = sendFrom(m[i].Local.Unmap())
		}
		if err == nil {
			_, err = unix.SendmsgN(fd, m[i].Data, beside, to, 0)
		}
		if err != nil {
			return told(i, err)
		}
	}
	return len(m), nil
}

// told returns an error only if nothing was done before it.
func told(n int, err error) (int, error) {
	if n > 0 {
		return n, nil
	}
	return 0, err
}

// peerSockaddr returns the peer of m, nil if it has none. A socket of IPv6 takes IPv4 addresses as
// mapped ones.
func peerSockaddr(m *kernel.Datagram, v6 bool) (unix.Sockaddr, error) {
	if err := kernel.CheckLocal(m); err != nil {
		return nil, err
	}
	switch {
	case m.Path != "":
		_, sa, err := sys.Sockaddr(&net.UnixAddr{Name: m.Path})
		return sa, err
	case !m.Addr.IsValid():
		return nil, nil
	case v6 && m.Addr.Addr().Unmap().Is4():
		return &unix.SockaddrInet6{Port: int(m.Addr.Port()), Addr: m.Addr.Addr().As16()}, nil
	}
	_, sa, err := sys.SockaddrOf(m.Addr)
	return sa, err
}

func isIPv6(fd int) bool {
	sa, err := unix.Getsockname(fd)
	_, ok := sa.(*unix.SockaddrInet6)
	return err == nil && ok
}
