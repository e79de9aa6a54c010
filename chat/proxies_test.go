package chat

import (
	"net/netip"
	"testing"
)

// Who is a proxy: peers in the prefixes of Server.ProxyFrom, by whichever form of their address.
func TestProxies(t *testing.T) {
	p := newProxies([]netip.Prefix{
		netip.MustParsePrefix("192.0.2.0/24"),
		netip.MustParsePrefix("::ffff:198.51.100.0/120"),
		netip.MustParsePrefix("fe80::/64"),
	})
	var unix netip.AddrPort
	for _, tt := range []struct {
		peer netip.AddrPort
		want bool
	}{
		{netip.MustParseAddrPort("192.0.2.7:1"), true},
		{netip.MustParseAddrPort("[::ffff:192.0.2.7]:1"), true},
		{netip.MustParseAddrPort("198.51.100.7:1"), true},
		{netip.MustParseAddrPort("[fe80::7%eth0]:1"), true},
		{netip.MustParseAddrPort("192.0.3.7:1"), false},
		{unix, false},
	} {
		if got := p.include(tt.peer); got != tt.want {
			t.Errorf("%v is a proxy: %t, want %t", tt.peer, got, tt.want)
		}
	}
	p = newProxies([]netip.Prefix{{}})
	if !p.include(unix) || p.include(netip.MustParseAddrPort("192.0.2.7:1")) {
		t.Error("the zero Prefix is not that of the peers of Unix sockets")
	}
	if newProxies(nil).include(unix) {
		t.Error("no prefix, but a proxy")
	}
}
