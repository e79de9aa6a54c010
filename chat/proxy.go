package chat

import (
	"fmt"
	"io"
	"net/netip"

	"github.com/go-asynchat/asynchat/chat/internal/proxyproto"
	"github.com/go-asynchat/asynchat/chat/proxy"
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

// include reports whether peer is one of them; one without an IP address is if the zero prefix is
// in the list.
func (p proxies) include(peer netip.AddrPort) bool {
	ip := peer.Addr().Unmap().WithZone("")
	for _, prefix := range p {
		if prefix.Contains(ip) || prefix == (netip.Prefix{}) && !ip.IsValid() {
			return true
		}
	}
	return false
}

// awaitHeader has the channel read the PROXY header before it begins.
func (c *Channel) awaitHeader(v *serving) {
	c.life.phase = proxied
	c.extension().header = proxyHeader{v}
	c.startClock(firstClock)
}

// proxyHeader is a preamble.
type proxyHeader struct{ serving *serving }

// read makes one read of a header, and of hardly anything behind it, since that is nobody's yet.
func (h proxyHeader) read(c *Channel) {
	p := c.conn.Loop().ReadBuffer()
	p = p[:min(len(p), proxyproto.Want(c.unconsumed))]
	n, err := c.conn.Recv(p)
	c.countRead(n)
	switch {
	case err == io.EOF && len(c.unconsumed) > 0:
		c.close(io.ErrUnexpectedEOF)
		return
	case err != nil:
		c.close(err)
		return
	}
	p = p[:n]
	if len(c.unconsumed) > 0 {
		c.unconsumed = append(c.unconsumed, p...)
		p = c.unconsumed
	}
	header, size, err := proxyproto.Parse(p, c.settings.maxProxyHeader())
	switch {
	case err != nil:
		err = fmt.Errorf("%w: %v", ErrProxyHeader, err)
		h.serving.warn(c, ErrProxyHeader, err)
		c.close(err)
	case size > 0:
		h.begin(c, header, p[size:])
	case len(c.unconsumed) == 0:
		c.unconsumed = append(c.unconsumed, p...)
	}
	c.accountOrRelieve()
}

// begin begins the channel as that of the peer that the header tells, to whom rest belongs.
func (h proxyHeader) begin(c *Channel, header proxyproto.Header, rest []byte) {
	known := header.Remote != nil
	if known || header.TLVs != "" {
		c.extension().told = &told{header.Remote, header.Local, proxy.TLVs(header.TLVs)}
	}
	c.unconsumed = append([]byte(nil), rest...)
	c.life.phase = opening
	c.ext.header = nil
	c.startClock(noClock)
	h.serving.welcome(c, known)
	if len(rest) > 0 {
		if c.special&actsTrace != 0 {
			c.ext.trace.read = int64(len(rest))
		}
		c.tapBytes(DirectionReceived, rest)
		c.scheduleRescan()
	}
}

// late is called when the first clock rings before there is a header. Where the server speaks
// first, that is what a proxy which sends none looks like.
func (h proxyHeader) late(c *Channel) {
	err := fmt.Errorf("%w: the PROXY header did not come", ErrFirstTimeout)
	h.serving.warn(c, ErrFirstTimeout, err)
	c.close(err)
}
