package chat

import (
	"github.com/go-asynchat/asynchat/chat/internal/proxyproto"
	"github.com/go-asynchat/asynchat/chat/proxy"
)

// ProxyTLVs returns the fields of the connection's PROXY header, if there are any, also after the
// close. [Limits.MaxProxyHeader] bounds them.
func (c *Channel) ProxyTLVs() proxy.TLVs {
	if c.ext == nil || c.ext.told == nil {
		return ""
	}
	return c.ext.told.tlvs
}

// cost returns how many bytes are kept beside the addresses.
func (t *told) cost() int {
	if t == nil {
		return 0
	}
	return len(t.tlvs)
}

func (s *settings) maxProxyHeader() int {
	if s.MaxProxyHeader < 0 {
		return proxyproto.MaxLen
	}
	return s.MaxProxyHeader
}
