package kerneltest

import (
	"context"
	"errors"
	"net"
)

func testResolve(e *env) {
	for _, literal := range []string{"127.0.0.1:80", "192.0.2.7:65535", "[::1]:443"} {
		addrs, err := e.k.Resolve(context.Background(), "tcp", literal)
		if err != nil || len(addrs) != 1 || addrs[0].String() != literal || addrs[0].Network() != "tcp" {
			e.Errorf("Resolve(%q) = %v, %v, want the same", literal, addrs, err)
		}
	}
	addrs, err := e.k.Resolve(context.Background(), "tcp", "localhost:25")
	if err != nil || len(addrs) == 0 {
		e.Errorf("Resolve(localhost:25) = %v, %v, want an address", addrs, err)
	}
	for _, a := range addrs {
		if tcp, ok := a.(*net.TCPAddr); !ok || !tcp.IP.IsLoopback() || tcp.Port != 25 {
			e.Errorf("Resolve(localhost:25) found %v, want a loopback address", a)
		}
	}
	if addrs, err := e.k.Resolve(context.Background(), "tcp", "127.0.0.1"); err == nil {
		e.Errorf("Resolve without a port = %v, nil, want an error", addrs)
	}
}

// The addresses are of the network that was asked for.
func testResolveNetworks(e *env) {
	for _, tt := range []struct{ network, address, want string }{
		{"tcp4", "127.0.0.1:80", "tcp 127.0.0.1:80"},
		{"tcp6", "[::1]:80", "tcp [::1]:80"},
		{"udp", "127.0.0.1:53", "udp 127.0.0.1:53"},
		{"udp", "[::1]:53", "udp [::1]:53"},
		{"udp4", "127.0.0.1:53", "udp 127.0.0.1:53"},
		{"udp6", "[::1]:53", "udp [::1]:53"},
	} {
		addrs, err := e.k.Resolve(context.Background(), tt.network, tt.address)
		if err != nil || len(addrs) != 1 || addrs[0].Network()+" "+addrs[0].String() != tt.want {
			e.Errorf("Resolve(%s, %s) = %v, %v, want %s", tt.network, tt.address, addrs, err, tt.want)
		}
	}
	for _, tt := range []struct{ network, address string }{{"tcp4", "[::1]:80"},
		{"tcp6", "127.0.0.1:80"}, {"udp6", "127.0.0.1:53"}} {
		if addrs, err := e.k.Resolve(context.Background(), tt.network, tt.address); err == nil {
			e.Errorf("Resolve(%s, %s) = %v, nil, want an error", tt.network, tt.address, addrs)
		}
	}
}

// Whoever has given up is not kept waiting, whatever was asked.
func testResolveCancelled(e *env) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, address := range []string{"127.0.0.1:80", "localhost:80"} {
		if addrs, err := e.k.Resolve(ctx, "tcp", address); !errors.Is(err, context.Canceled) {
			e.Errorf("Resolve(%s) when cancelled = %v, %v, want context.Canceled", address, addrs, err)
		}
	}
}
