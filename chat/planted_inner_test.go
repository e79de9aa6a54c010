package chat

import (
	"net/netip"
	"testing"
)

// W39: the table of addresses has no more of them than are connected.
func TestAddressesAreForgotten(t *testing.T) {
	a := newAdmission(&Server{})
	for i := range 1000 {
		from := netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, byte(i >> 8), byte(i)}), 1)
		if !a.enterFrom(from) {
			t.Fatal("refused")
		}
		a.leaveFrom(from)
	}
	if n := len(a.addresses); n != 0 {
		t.Errorf("%d addresses are in the table when all have gone", n)
	}
}

// W39: an idle channel under TLS keeps no large buffer for what has come in pieces.
func TestTLSKeepsNoLargeBuffer(t *testing.T) {
	if p := keepRest(make([]byte, 0, tlsRecord), nil); p != nil {
		t.Errorf("%d bytes are kept for nothing", cap(p))
	}
	if p := keepRest(make([]byte, 0, smallHeld), nil); cap(p) != smallHeld {
		t.Errorf("%d bytes are kept, want the little that there is", cap(p))
	}
}
