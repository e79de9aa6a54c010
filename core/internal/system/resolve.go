//go:build (unix && !aix) || windows

package system

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strconv"

	"github.com/go-asynchat/asynchat/core/kernel"
)

func (s *Kernel) Resolve(ctx context.Context, network, address string) ([]net.Addr, error) {
	if ctx.Err() != nil {
		return nil, ctx.Err() // what needs no look-up does not ask
	}
	host, service, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	port, err := net.DefaultResolver.LookupPort(ctx, network, service)
	if err != nil {
		return nil, err
	}
	if host == "" {
		host = "localhost"
	}
	ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip"+network[len("tcp"):], host)
	if err != nil {
		return nil, err
	}
	if len(ips) == 0 {
		return nil, errors.New("no address for " + strconv.Quote(host))
	}
	addrs := make([]net.Addr, len(ips))
	for i, ip := range ips {
		if ap := netip.AddrPortFrom(ip.Unmap(), uint16(port)); kernel.IsDatagram(network) {
			addrs[i] = net.UDPAddrFromAddrPort(ap)
		} else {
			addrs[i] = net.TCPAddrFromAddrPort(ap)
		}
	}
	return addrs, nil
}
