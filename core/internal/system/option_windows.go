package system

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/go-asynchat/asynchat/core/internal/sys"
	"github.com/go-asynchat/asynchat/core/kernel"
)

// A sockopt is how the system knows a property.
type sockopt struct{ level, name int }

var sockopts = map[kernel.SocketOption]sockopt{
	kernel.NoDelay:           {windows.IPPROTO_TCP, windows.TCP_NODELAY},
	kernel.KeepAlive:         {windows.SOL_SOCKET, windows.SO_KEEPALIVE},
	kernel.KeepAliveIdle:     {windows.IPPROTO_TCP, windows.TCP_KEEPIDLE},
	kernel.KeepAliveInterval: {windows.IPPROTO_TCP, windows.TCP_KEEPINTVL},
	kernel.KeepAliveCount:    {windows.IPPROTO_TCP, windows.TCP_KEEPCNT},
	kernel.Linger:            {windows.SOL_SOCKET, windows.SO_LINGER},
	kernel.ReceiveBuffer:     {windows.SOL_SOCKET, windows.SO_RCVBUF},
	kernel.SendBuffer:        {windows.SOL_SOCKET, windows.SO_SNDBUF},
	kernel.TypeOfService:     {windows.IPPROTO_IP, windows.IP_TOS},
	kernel.Broadcast:         {windows.SOL_SOCKET, windows.SO_BROADCAST},
	kernel.MulticastTTL:      {windows.IPPROTO_IP, windows.IP_MULTICAST_TTL},
	kernel.MulticastLoop:     {windows.IPPROTO_IP, windows.IP_MULTICAST_LOOP},
}

const ipv6TrafficClass = 39 // IPV6_TCLASS, not in x/sys

var sockopts6 = map[kernel.SocketOption]sockopt{
	kernel.TypeOfService: {windows.IPPROTO_IPV6, ipv6TrafficClass},
	kernel.MulticastTTL:  {windows.IPPROTO_IPV6, windows.IPV6_MULTICAST_HOPS},
	kernel.MulticastLoop: {windows.IPPROTO_IPV6, windows.IPV6_MULTICAST_LOOP},
}

// findSockopt returns how the system knows o, for this socket. What makes no sense for its kind is
// refused.
func findSockopt(fd int, o kernel.SocketOption) (sockopt, error) {
	var sa windows.RawSockaddrAny
	if err := sys.Getsockname(fd, &sa); err != nil {
		return sockopt{}, err
	}
	datagrams := isDatagramSocket(fd)
	switch o {
	case kernel.NoDelay, kernel.KeepAlive, kernel.KeepAliveIdle, kernel.KeepAliveInterval,
		kernel.KeepAliveCount, kernel.Linger:
		if datagrams {
			return sockopt{}, syscall.ENOPROTOOPT
		}
	case kernel.Broadcast, kernel.MulticastTTL, kernel.MulticastLoop:
		if !datagrams {
			return sockopt{}, syscall.ENOPROTOOPT
		}
	}
	if so, ok := sockopts6[o]; ok && sys.AddrPortOf(&sa).Addr().Is6() {
		return so, nil
	}
	if so, ok := sockopts[o]; ok {
		return so, nil
	}
	return sockopt{}, syscall.ENOPROTOOPT
}

// linger is struct linger, whose fields are not those of x/sys.
type linger struct{ on, seconds uint16 }

func (s *Kernel) SetOption(fd int, o kernel.SocketOption, value int) error {
	so, err := findSockopt(fd, o)
	if err != nil {
		return err
	}
	h := windows.Handle(fd)
	if o == kernel.ReceiveBuffer || o == kernel.SendBuffer {
		value = max(value, 1) // 0 would be no buffer at all, and there is always room in none
	}
	if o != kernel.Linger {
		return sys.WinsockError(windows.SetsockoptInt(h, so.level, so.name, value))
	}
	var l linger
	if value >= 0 {
		l = linger{1, uint16(min(value, 1<<16-1))}
	}
	return sys.WinsockError(windows.Setsockopt(h, int32(so.level), int32(so.name),
		(*byte)(unsafe.Pointer(&l)), int32(unsafe.Sizeof(l))))
}

func (s *Kernel) Option(fd int, o kernel.SocketOption) (int, error) {
	so, err := findSockopt(fd, o)
	if err != nil {
		return 0, err
	}
	h := windows.Handle(fd)
	if o == kernel.Linger {
		var l linger
		size := int32(unsafe.Sizeof(l))
		err := windows.Getsockopt(h, int32(so.level), int32(so.name), (*byte)(unsafe.Pointer(&l)), &size)
		if err != nil || l.on == 0 {
			return -1, sys.WinsockError(err)
		}
		return int(l.seconds), nil
	}
	value, err := windows.GetsockoptInt(h, so.level, so.name)
	return value, sys.WinsockError(err)
}
