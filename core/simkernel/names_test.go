package simkernel_test

import (
	"net/netip"
	"testing"

	"github.com/go-asynchat/asynchat/core/simkernel"
)

func TestNames(t *testing.T) {
	k := simkernel.New()
	k.AddName("two", netip.MustParseAddr("::1"), netip.MustParseAddr("127.0.0.2"))
	resolve := func(network, address string) string {
		addrs, err := k.Resolve(t.Context(), network, address)
		if err != nil {
			return "error"
		}
		s := ""
		for _, a := range addrs {
			s += a.String() + " "
		}
		return s
	}
	for _, tt := range []struct{ network, address, want string }{
		{"tcp", "two:80", "[::1]:80 127.0.0.2:80 "},
		{"tcp4", "two:80", "127.0.0.2:80 "},
		{"tcp", "localhost:80", "127.0.0.1:80 "},
		{"tcp", "three:80", "error"},
	} {
		if got := resolve(tt.network, tt.address); got != tt.want {
			t.Errorf("Resolve(%s, %s) = %q, want %q", tt.network, tt.address, got, tt.want)
		}
	}
	k.Inject(seeded(1), simkernel.Faults{NoName: 1})
	if got := resolve("tcp", "two:80"); got != "error" {
		t.Errorf("Resolve under NoName = %q", got)
	}
	if got := resolve("tcp", "127.0.0.1:80"); got != "127.0.0.1:80 " {
		t.Errorf("Resolve of an address under NoName = %q", got)
	}
}

func TestWork(t *testing.T) {
	k := simkernel.New()
	done := false
	k.Background(func() { done = true })
	if !done {
		t.Error("without faults, work is not done at once")
	}
	k.Inject(seeded(1), simkernel.Faults{Work: aSecond})
	done = false
	k.Background(func() { done = true })
	if done {
		t.Error("work is done at once")
	}
	k.Advance(aSecond)
	if !done {
		t.Error("work is not done in time")
	}
}
