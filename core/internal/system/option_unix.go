//go:build unix && !aix

package system

import (
	"net/netip"
	"runtime"

	"golang.org/x/sys/unix"

	"github.com/go-asynchat/asynchat/core/kernel"
)

// A sockopt is how the system knows a property. Some of IPv4 are a byte.
type sockopt struct {
	level, name int
	isByte      bool
}

// asBytes: Linux takes bytes as ints too, and not all that pass for Linux give them as bytes. BSD
// refuses ints.
const asBytes = runtime.GOOS != "linux"

var sockopts = map[kernel.SocketOption]sockopt{
	kernel.NoDelay:       {level: unix.IPPROTO_TCP, name: unix.TCP_NODELAY},
	kernel.KeepAlive:     {level: unix.SOL_SOCKET, name: unix.SO_KEEPALIVE},
	kernel.Linger:        {level: unix.SOL_SOCKET, name: unix.SO_LINGER},
	kernel.ReceiveBuffer: {level: unix.SOL_SOCKET, name: unix.SO_RCVBUF},
	kernel.SendBuffer:    {level: unix.SOL_SOCKET, name: unix.SO_SNDBUF},
	kernel.TypeOfService: {level: unix.IPPROTO_IP, name: unix.IP_TOS},
	kernel.Broadcast:     {level: unix.SOL_SOCKET, name: unix.SO_BROADCAST},
	kernel.MulticastTTL:  {level: unix.IPPROTO_IP, name: unix.IP_MULTICAST_TTL, isByte: true},
	kernel.MulticastLoop: {level: unix.IPPROTO_IP, name: unix.IP_MULTICAST_LOOP, isByte: true},
}

var sockopts6 = map[kernel.SocketOption]sockopt{
	kernel.TypeOfService: {level: unix.IPPROTO_IPV6, name: unix.IPV6_TCLASS},
	kernel.MulticastTTL:  {level: unix.IPPROTO_IPV6, name: unix.IPV6_MULTICAST_HOPS},
	kernel.MulticastLoop: {level: unix.IPPROTO_IPV6, name: unix.IPV6_MULTICAST_LOOP},
}

// findSockopt returns how the system knows o, for this socket. What makes no sense for its kind is
// refused: Linux takes much of it without a word.
func findSockopt(fd int, o kernel.SocketOption) (sockopt, error) {
	kind, err := socketKindOf(fd)
	if err != nil {
		return sockopt{}, err
	}
	if !kind.has(o) {
		return sockopt{}, unix.ENOPROTOOPT
	}
	if so, ok := sockopts6[o]; ok && kind.ip6 {
		return so, nil
	}
	if so, ok := sockopts[o]; ok {
		return so, nil
	}
	if name, ok := keepAliveNames[o]; ok {
		return sockopt{level: unix.IPPROTO_TCP, name: name}, nil
	}
	return sockopt{}, unix.ENOPROTOOPT
}

type socketKind struct{ ip, ip6, datagrams bool }

// socketKindOf returns what fd is a socket of. An IPv4 connection of a socket of both versions
// counts as IPv4: its packets are.
func socketKindOf(fd int) (k socketKind, err error) {
	sa, err := unix.Getsockname(fd)
	switch sa := sa.(type) {
	case *unix.SockaddrInet4:
		k.ip = true
	case *unix.SockaddrInet6:
		k.ip, k.ip6 = true, !netip.AddrFrom16(sa.Addr).Is4In6()
	}
	k.datagrams = isDatagramSocket(fd)
	return k, err
}

func (k socketKind) has(o kernel.SocketOption) bool {
	switch o {
	case kernel.NoDelay, kernel.KeepAlive, kernel.KeepAliveIdle, kernel.KeepAliveInterval,
		kernel.KeepAliveCount, kernel.Linger:
		return k.ip && !k.datagrams
	case kernel.TypeOfService:
		return k.ip
	case kernel.Broadcast, kernel.MulticastTTL, kernel.MulticastLoop:
		return k.ip && k.datagrams
	}
	return true
}

func (s *Kernel) SetOption(fd int, o kernel.SocketOption, value int) error {
	so, err := findSockopt(fd, o)
	switch {
	case err != nil:
		return err
	case o == kernel.Linger && value < 0:
		return unix.SetsockoptLinger(fd, so.level, so.name, &unix.Linger{})
	case o == kernel.Linger:
		return unix.SetsockoptLinger(fd, so.level, so.name, &unix.Linger{Onoff: 1, Linger: int32(value)})
	case so.isByte && value != int(byte(value)):
		return unix.EINVAL
	case so.isByte && asBytes:
		return unix.SetsockoptByte(fd, so.level, so.name, byte(value))
	default:
		return unix.SetsockoptInt(fd, so.level, so.name, value)
	}
}

func (s *Kernel) Option(fd int, o kernel.SocketOption) (int, error) {
	so, err := findSockopt(fd, o)
	switch {
	case err != nil:
		return 0, err
	case o == kernel.Linger:
		l, err := unix.GetsockoptLinger(fd, so.level, so.name)
		if err != nil || l.Onoff == 0 {
			return -1, err
		}
		return int(l.Linger), nil
	case so.isByte && asBytes:
		value, err := unix.GetsockoptByte(fd, so.level, so.name)
		return int(value), err
	}
	value, err := unix.GetsockoptInt(fd, so.level, so.name)
	if value != 0 && (o == kernel.NoDelay || o == kernel.KeepAlive || o == kernel.Broadcast ||
		o == kernel.MulticastLoop) {
		value = 1 // some systems return the bit
	}
	return value, err
}
