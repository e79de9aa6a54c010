package chat

import (
	"iter"

	"github.com/go-asynchat/asynchat/chat/internal/proxyproto"
)

// ProxyTLVs are the fields that a proxy has added to its header of the PROXY protocol, version 2,
// as they came: each has a type, a length and a value. They are what the proxy says, as its
// addresses are.
type ProxyTLVs string

// Types of fields. Others are in the specification, and in the manuals of proxies: 0xEA, say, is
// that of AWS. The value of ProxySSL is a byte of flags and four of the result of the verification,
// and then more fields: ProxyTLVs(value[5:]) are those. They are always well formed.
const (
	ProxyALPN      byte = 0x01 // the protocol that was negotiated in TLS, such as "h2"
	ProxyAuthority byte = 0x02 // the name of the host that the client has asked for, by SNI
	ProxyUniqueID  byte = 0x05 // what the proxy calls the connection
	ProxySSL       byte = 0x20 // the TLS between the client and the proxy
)

// Get returns the value of the first field of a type, and whether there is one.
func (t ProxyTLVs) Get(kind byte) (value string, ok bool) {
	for k, value := range t.All() {
		if k == kind {
			return value, true
		}
	}
	return "", false
}

// All returns the fields in their order, by type and value. Where they are malformed, which those
// of a channel are not, it ends.
func (t ProxyTLVs) All() iter.Seq2[byte, string] {
	return func(yield func(byte, string) bool) {
		rest := string(t)
		for {
			kind, value, after, ok := proxyproto.Cut(rest)
			if !ok || !yield(kind, value) {
				return
			}
			rest = after
		}
	}
}

// ProxyTLVs returns the fields of the PROXY header with which the connection began, also after the
// close; none if it had no header, or that had none. [Limits.MaxProxyHeader] bounds them.
func (c *Channel) ProxyTLVs() ProxyTLVs {
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
