// Package proxy has the fields of the PROXY protocol, version 2, which a proxy adds to the
// addresses of its connections. Channel.ProxyTLVs of package chat returns them.
package proxy

import (
	"iter"

	"github.com/go-asynchat/asynchat/chat/internal/proxyproto"
)

// TLVs are the fields that a proxy has added to its header of the PROXY protocol, version 2, in
// their encoded form. Each field has a type, a length and a value. Trust them as far as you trust
// the proxy.
type TLVs string

// Types of fields. The specification and the manuals of proxies have more types, such as 0xEA for
// AWS. The value of an SSL field begins with a byte of flags and four bytes with the result of the
// verification. More fields follow: TLVs(value[5:]). In a channel they are always well formed.
const (
	ALPN      byte = 0x01 // the protocol that was negotiated in TLS, such as "h2"
	Authority byte = 0x02 // the name of the host that the client has asked for, by SNI
	UniqueID  byte = 0x05 // the identifier that the proxy has given to the connection
	SSL       byte = 0x20 // the TLS between the client and the proxy
)

// Get returns the value of the first field of a type, and whether there is one.
func (t TLVs) Get(kind byte) (value string, ok bool) {
	for k, value := range t.All() {
		if k == kind {
			return value, true
		}
	}
	return "", false
}

// All returns the fields in their order, by type and value. It stops at a malformed field; the
// fields of a channel are never malformed.
func (t TLVs) All() iter.Seq2[byte, string] {
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
