package core

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// A sockopt is how the system knows a property.
type sockopt struct{ level, name int }

var sockopts = map[SocketOption]sockopt{
	NoDelay:           {windows.IPPROTO_TCP, windows.TCP_NODELAY},
	KeepAlive:         {windows.SOL_SOCKET, windows.SO_KEEPALIVE},
	KeepAliveIdle:     {windows.IPPROTO_TCP, windows.TCP_KEEPIDLE},
	KeepAliveInterval: {windows.IPPROTO_TCP, windows.TCP_KEEPINTVL},
	KeepAliveCount:    {windows.IPPROTO_TCP, windows.TCP_KEEPCNT},
	Linger:            {windows.SOL_SOCKET, windows.SO_LINGER},
	ReceiveBuffer:     {windows.SOL_SOCKET, windows.SO_RCVBUF},
	SendBuffer:        {windows.SOL_SOCKET, windows.SO_SNDBUF},
	TypeOfService:     {windows.IPPROTO_IP, windows.IP_TOS},
	Broadcast:         {windows.SOL_SOCKET, windows.SO_BROADCAST},
	MulticastTTL:      {windows.IPPROTO_IP, windows.IP_MULTICAST_TTL},
	MulticastLoop:     {windows.IPPROTO_IP, windows.IP_MULTICAST_LOOP},
}

const ipv6TrafficClass = 39 // IPV6_TCLASS, not in x/sys

var sockopts6 = map[SocketOption]sockopt{
	TypeOfService: {windows.IPPROTO_IPV6, ipv6TrafficClass},
	MulticastTTL:  {windows.IPPROTO_IPV6, windows.IPV6_MULTICAST_HOPS},
	MulticastLoop: {windows.IPPROTO_IPV6, windows.IPV6_MULTICAST_LOOP},
}

// findSockopt returns how the system knows o, for this socket. What makes no sense for its kind is refused.
func findSockopt(fd int, o SocketOption) (sockopt, error) {
	var sa windows.RawSockaddrAny
	if err := sysGetsockname(fd, &sa); err != nil {
		return sockopt{}, err
	}
	datagrams := isDatagramSocket(fd)
	switch o {
	case NoDelay, KeepAlive, KeepAliveIdle, KeepAliveInterval, KeepAliveCount, Linger:
		if datagrams {
			return sockopt{}, syscall.ENOPROTOOPT
		}
	case Broadcast, MulticastTTL, MulticastLoop:
		if !datagrams {
			return sockopt{}, syscall.ENOPROTOOPT
		}
	}
	if so, ok := sockopts6[o]; ok && addrPortOf(&sa).Addr().Is6() {
		return so, nil
	}
	if so, ok := sockopts[o]; ok {
		return so, nil
	}
	return sockopt{}, syscall.ENOPROTOOPT
}

// linger is struct linger, whose fields are not those of x/sys.
type linger struct{ on, seconds uint16 }

func (s *system) SetOption(fd int, o SocketOption, value int) error {
	so, err := findSockopt(fd, o)
	if err != nil {
		return err
	}
	h := windows.Handle(fd)
	if o == ReceiveBuffer || o == SendBuffer {
		value = max(value, 1) // 0 would be no buffer at all, and there is always room in none
	}
	if o != Linger {
		return winsockError(windows.SetsockoptInt(h, so.level, so.name, value))
	}
	var l linger
	if value >= 0 {
		l = linger{1, uint16(min(value, 1<<16-1))}
	}
	return winsockError(windows.Setsockopt(h, int32(so.level), int32(so.name), (*byte)(unsafe.Pointer(&l)), int32(unsafe.Sizeof(l))))
}

func (s *system) Option(fd int, o SocketOption) (int, error) {
	so, err := findSockopt(fd, o)
	if err != nil {
		return 0, err
	}
	h := windows.Handle(fd)
	if o == Linger {
		var l linger
		size := int32(unsafe.Sizeof(l))
		err := windows.Getsockopt(h, int32(so.level), int32(so.name), (*byte)(unsafe.Pointer(&l)), &size)
		if err != nil || l.on == 0 {
			return -1, winsockError(err)
		}
		return int(l.seconds), nil
	}
	value, err := windows.GetsockoptInt(h, so.level, so.name)
	return value, winsockError(err)
}
