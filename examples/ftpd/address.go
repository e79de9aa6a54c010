package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"

	"github.com/go-asynchat/asynchat/terminator"
)

var (
	errAddress = errors.New("that is no address")
	errFamily  = errors.New("that network protocol is unknown")
)

// parsePort reads the argument of PORT: the four bytes of an address, and the two of a port.
func parsePort(arg string) (netip.AddrPort, error) {
	var b [6]byte
	fields := strings.Split(arg, ",")
	if len(fields) != len(b) {
		return netip.AddrPort{}, errAddress
	}
	for i, field := range fields {
		n, err := terminator.ParseLength(field, 255)
		if err != nil {
			return netip.AddrPort{}, errAddress
		}
		b[i] = byte(n)
	}
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte(b[:4])), uint16(b[4])<<8|uint16(b[5])), nil
}

// parseExtended reads the argument of EPRT, such as |2|::1|6446|, whose first byte is what
// separates the others.
func parseExtended(arg string) (netip.AddrPort, error) {
	if arg == "" || arg[0] < 33 || arg[0] > 126 {
		return netip.AddrPort{}, errAddress
	}
	fields := strings.Split(arg, arg[:1])
	if len(fields) != 5 || fields[0] != "" || fields[4] != "" {
		return netip.AddrPort{}, errAddress
	}
	if fields[1] != "1" && fields[1] != "2" {
		return netip.AddrPort{}, errFamily
	}
	addr, err := netip.ParseAddr(fields[2])
	port, bad := terminator.ParseLength(fields[3], 65535)
	if err != nil || bad != nil || addr.Zone() != "" || addr.Is4() != (fields[1] == "1") {
		return netip.AddrPort{}, errAddress
	}
	return netip.AddrPortFrom(addr, uint16(port)), nil
}

// formatPort is the inverse of parsePort, for the reply to PASV.
func formatPort(a netip.AddrPort) string {
	b := a.Addr().As4()
	return fmt.Sprintf("%d,%d,%d,%d,%d,%d", b[0], b[1], b[2], b[3], a.Port()>>8, a.Port()&255)
}

// tcpAddr returns the address of a TCP connection's end, or none. An IPv4 address is one, whatever
// kind of socket it comes from.
func tcpAddr(a net.Addr) netip.AddrPort {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}
	}
	addr := tcp.AddrPort()
	return netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port())
}
