package system

import (
	"net"
	"net/netip"
	"strings"
	"syscall"

	"golang.org/x/sys/windows"

	"github.com/go-asynchat/asynchat/core/internal/sys"
	"github.com/go-asynchat/asynchat/core/kernel"
)

// Listen opens the socket itself: one of package net has a backlog that a second listen does not
// change.
//
// Neither SO_REUSEADDR, which lets others take the address, nor SO_EXCLUSIVEADDRUSE is set on a
// stream socket, as package net does: the latter keeps a server that is started again from its port
// while connections of the last one live.
func (s *Kernel) Listen(
	config kernel.ListenConfig, network, address string,
) (int, net.Addr, error) {
	o := config.Options()
	addr, err := resolveLocal(network, address)
	if err != nil {
		return -1, nil, &net.OpError{Op: "listen", Net: network, Err: err}
	}
	ap, err := sys.IPOf(addr)
	if err != nil {
		return -1, nil, &net.OpError{Op: "listen", Net: network, Err: err}
	}
	if o.ReusePort {
		// Windows does not spread
		return -1, nil, kernel.OpError("listen", "setsockopt", network, addr, syscall.ENOPROTOOPT)
	}
	fd, call, err := openLocal(o, network, ap)
	if err != nil {
		return -1, nil, kernel.OpError("listen", call, network, addr, err)
	}
	got, err := s.LocalAddr(fd)
	if err != nil {
		s.Close(fd)
		return -1, nil, kernel.OpError("listen", "getsockname", network, addr, err)
	}
	return fd, got, nil
}

func resolveLocal(network, address string) (net.Addr, error) {
	switch network {
	case "tcp", "tcp4", "tcp6":
		return net.ResolveTCPAddr(network, address)
	case "udp", "udp4", "udp6":
		return net.ResolveUDPAddr(network, address)
	case "unix", "unixgram":
		return nil, kernel.ErrUnsupported
	}
	return nil, net.UnknownNetworkError(network)
}

// openLocal opens the socket, binds it and listens. On failure it says which call failed, if it was
// a call.
func openLocal(
	o kernel.ListenOptions, network string, ap netip.AddrPort,
) (fd int, call string, err error) {
	kind := windows.SOCK_STREAM
	if kernel.IsDatagram(network) {
		kind = windows.SOCK_DGRAM
	}
	family, both := localFamily(network, ap.Addr())
	fd, err = sys.Socket(family, kind)
	if err != nil && both {
		family, both = windows.AF_INET, false // a system without IPv6
		fd, err = sys.Socket(family, kind)
	}
	if err != nil {
		return -1, "socket", err
	}
	if both {
		ap = netip.AddrPortFrom(netip.IPv6Unspecified(), ap.Port())
	}
	bound, h := false, windows.Handle(fd)
	defer func() {
		if !bound { // Control may panic, too
			windows.Closesocket(h)
		}
	}()
	if call, err = setUp(fd, o, family, both); err == nil {
		call, err = bindTo(fd, o, network, family, ap)
	}
	if err != nil {
		return -1, call, err
	}
	bound = true
	return fd, "", nil
}

// localFamily chooses as package net does: all addresses are those of both IP versions, if the
// network leaves the choice.
func localFamily(network string, ip netip.Addr) (family int, both bool) {
	switch {
	case strings.HasSuffix(network, "4"):
		return windows.AF_INET, false
	case strings.HasSuffix(network, "6"):
		return windows.AF_INET6, false
	case !ip.IsValid() || ip.IsUnspecified():
		return windows.AF_INET6, true
	case ip.Unmap().Is4():
		return windows.AF_INET, false
	}
	return windows.AF_INET6, false
}

func setUp(fd int, o kernel.ListenOptions, family int, both bool) (call string, err error) {
	h := windows.Handle(fd)
	if family == windows.AF_INET6 {
		only := 1
		if both {
			only = 0
		}
		if err := windows.SetsockoptInt(h, windows.IPPROTO_IPV6, windows.IPV6_V6ONLY, only); err != nil {
			return "setsockopt", sys.WinsockError(err)
		}
	}
	datagrams := isDatagramSocket(fd)
	if datagrams {
		// Otherwise a peer that is not there makes the next receive fail, whoever has sent what that
		// receives.
		ioctl(fd, windows.SIO_UDP_CONNRESET, 0)
	}
	if datagrams && o.ReuseAddr {
		if err := windows.SetsockoptInt(h, windows.SOL_SOCKET, windows.SO_REUSEADDR, 1); err != nil {
			return "setsockopt", sys.WinsockError(err)
		}
	}
	return "", nil
}

// bindTo shows the socket, if that is wanted, binds it and listens.
func bindTo(
	fd int, o kernel.ListenOptions, network string, family int, ap netip.AddrPort,
) (call string, err error) {
	if o.Control != nil {
		version := "6"
		if family == windows.AF_INET {
			version = "4"
		}
		address := net.TCPAddrFromAddrPort(ap).String() // the same for UDP
		err := sys.ShowSocket(o.Control, uintptr(fd), network[:3]+version, address)
		if err != nil {
			return "", err // as it is
		}
	}
	var sa windows.RawSockaddrAny
	size, err := sys.Encode(&sa, ap, family)
	if err == nil {
		err = sys.Bind(fd, &sa, size)
	}
	if err != nil || isDatagramSocket(fd) {
		return "bind", err
	}
	backlog := o.Backlog
	if backlog <= 0 {
		backlog = windows.SOMAXCONN
	}
	return "listen", sys.WinsockError(windows.Listen(windows.Handle(fd), backlog))
}
