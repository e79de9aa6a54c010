package chat

import (
	"fmt"
	"io"
	"net"
	"net/netip"

	"github.com/go-asynchat/asynchat/chat/internal/proxyproto"
)

// proxies are the peers that send a PROXY header: see Server.ProxyFrom.
type proxies []netip.Prefix

func newProxies(list []netip.Prefix) proxies {
	var p proxies
	for _, prefix := range list {
		if ip := prefix.Addr(); ip.Is4In6() && prefix.Bits() >= 96 {
			prefix = netip.PrefixFrom(ip.Unmap(), prefix.Bits()-96)
		}
		p = append(p, prefix)
	}
	return p
}

// include reports whether peer is one of them; one without an IP address is if the zero prefix is in the list.
func (p proxies) include(peer netip.AddrPort) bool {
	ip := peer.Addr().Unmap().WithZone("")
	for _, prefix := range p {
		if prefix.Contains(ip) || prefix == (netip.Prefix{}) && !ip.IsValid() {
			return true
		}
	}
	return false
}

// peer returns the IP address and port of RemoteAddr, the zero value if it has none.
func (c *Channel) peer() netip.AddrPort {
	if x := c.extra; x != nil && x.proxy != nil {
		if tcp, ok := x.proxy.Remote.(*net.TCPAddr); ok {
			return tcp.AddrPort()
		}
		return netip.AddrPort{}
	}
	return c.conn.RemoteAddrPort()
}

// awaitHeader has the channel read the PROXY header before it begins.
func (c *Channel) awaitHeader() {
	c.state = proxied
	c.startClock(firstClock)
}

// readHeader makes one read of a header, and of hardly anything behind it, since that is nobody's yet.
func (c *Channel) readHeader() {
	buf := c.conn.Loop().ReadBuffer()[:proxyproto.MaxLen]
	front := copy(buf, c.held)
	n, err := c.conn.Recv(buf[front:])
	c.countRead(n)
	switch {
	case err == io.EOF && front > 0:
		c.close(io.ErrUnexpectedEOF)
		return
	case err != nil:
		c.close(err)
		return
	}
	p := buf[:front+n]
	h, size, err := proxyproto.Parse(p)
	switch {
	case err != nil:
		err = fmt.Errorf("%w: %v", ErrProxyHeader, err)
		c.warn(err)
		c.close(err)
	case size > 0:
		c.proxied(h, p[size:])
	default:
		c.held = append(c.held[:0], p...)
	}
	c.account()
}

// proxied begins the channel as that of the peer that the header tells, to whom rest belongs.
func (c *Channel) proxied(h proxyproto.Header, rest []byte) {
	if h.Remote != nil {
		c.more().proxy = &h
	}
	c.held = append([]byte(nil), rest...)
	c.state = opening
	c.startClock(noClock)
	c.settings.service.welcome(c, h.Remote != nil)
	if len(rest) > 0 {
		if x := c.extra; x != nil && x.trace != nil {
			x.trace.read = int64(len(rest))
		}
		c.passed(Received, rest)
		c.lookAgain()
	}
}

// headerIsLate is called when the first clock rings before there is a header. Where the server speaks first, that is what a proxy which sends none looks
// like.
func (c *Channel) headerIsLate() {
	err := fmt.Errorf("%w: the PROXY header did not come", ErrNoElement)
	c.warn(err)
	c.close(err)
}

// LocalAddr returns the address of this end, nil if it is not known, or no longer. Behind a proxy it is the one to which the peer has connected, if the
// PROXY header tells it.
func (c *Channel) LocalAddr() net.Addr {
	if x := c.extra; x != nil && x.proxy != nil {
		return x.proxy.Local
	}
	return c.conn.LocalAddr()
}

// RemoteAddr returns the address of the peer, nil if it is not known. Behind a proxy it is that of the PROXY header, if that tells it: of
// [Server.ProxyFrom].
func (c *Channel) RemoteAddr() net.Addr {
	if x := c.extra; x != nil && x.proxy != nil {
		return x.proxy.Remote
	}
	return c.conn.RemoteAddr()
}
