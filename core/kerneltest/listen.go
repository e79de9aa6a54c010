package kerneltest

import (
	"errors"
	"net"
	"net/netip"
	"strings"
	"syscall"

	"github.com/go-asynchat/asynchat/core"
)

// addr returns the address that Listen gave as s.
func (r *rig) addr(s string) net.Addr {
	r.Helper()
	if strings.HasPrefix(r.network, "unix") {
		return &net.UnixAddr{Name: s, Net: r.network}
	}
	ap, err := netip.ParseAddrPort(s)
	if err != nil {
		r.Fatalf("Listen returned the address %q: %v", s, err)
	}
	if strings.HasPrefix(r.network, "udp") {
		return net.UDPAddrFromAddrPort(ap)
	}
	return net.TCPAddrFromAddrPort(ap)
}

// Connections are accepted in the order in which they were made, also those that have data already.
func testAcceptOrder(r *rig) {
	ln, addr := r.listen()
	r.own(ln)
	const n = 5
	for i := range n {
		fd := r.own(r.connect(addr))
		r.awaitConnected(fd)
		r.write(fd, string(rune('a'+i)))
	}
	for i := range n {
		r.expect(r.own(r.accept(ln)), string(rune('a'+i)))
	}
}

// awaitConnected waits until a connection attempt has ended, and fails unless it succeeded.
func (r *rig) awaitConnected(fd int) {
	r.Helper()
	const token = 1 << 40
	r.add(fd, token, core.Writable)
	r.await(token, core.Writable)
	r.remove(fd)
	if err := r.k.SocketError(fd); err != nil {
		r.Fatalf("the connection was not made: %v", err)
	}
}

func (r *rig) expectNobody(ln int) {
	r.Helper()
	if fd, _, err := r.k.Accept(ln); err != syscall.EAGAIN {
		r.Errorf("Accept = %d, _, %v, want EAGAIN", fd, err)
	}
}

func testAcceptEmpty(r *rig) {
	ln, addr := r.listen()
	r.own(ln)
	r.expectNobody(ln)
	r.own(r.connect(addr))
	r.own(r.accept(ln))
	r.expectNobody(ln)
}

func testListenerLevel(r *rig) {
	ln, addr := r.listen()
	r.own(ln)
	r.add(ln, 7, core.Readable)
	r.quiet("nobody has connected")
	for range 2 {
		r.awaitConnected(r.own(r.connect(addr)))
	}
	for range 2 {
		r.await(7, core.Readable)
		r.await(7, core.Readable)
		r.own(r.accept(ln))
	}
	r.quiet("all were accepted")
}

// B17: one that has gone before it is accepted is a connection at its end, or ECONNABORTED. The next one is not
// touched by it.
func testClosedBeforeAccept(r *rig) {
	ln, addr := r.listen()
	r.own(ln)
	gone := r.connect(addr)
	r.awaitConnected(gone)
	r.close(gone)
	next := r.own(r.connect(addr))
	r.awaitConnected(next)
	r.write(next, "x")

	r.retry("Accept", func() error {
		fd, _, err := r.k.Accept(ln)
		if err == nil {
			r.own(fd)
			r.expectEnd(fd)
		} else if err == syscall.ECONNABORTED {
			err = nil
		}
		return err
	})
	r.expect(r.own(r.accept(ln)), "x")
	r.expectNobody(ln)
}

func testConnected(r *rig) {
	ln, addr := r.listen()
	r.own(ln)
	fd := r.own(r.connect(addr))
	r.add(fd, 7, core.Writable)
	if got := r.await(7, core.Writable); got != core.Writable {
		r.Errorf("Ready = %05b, want Writable only", got)
	}
	for range 2 {
		if err := r.k.SocketError(fd); err != nil {
			r.Errorf("SocketError = %v, want nil", err)
		}
	}
}

// S70: the failure of a connection attempt is told once, by Connect or by SocketError.
func testRefused(r *rig) {
	ln, addr := r.listen()
	r.close(ln)
	fd, err := r.k.Connect(r.network, nil, r.addr(addr))
	if err != nil {
		if !errors.Is(err, syscall.ECONNREFUSED) && !errors.Is(err, syscall.ENOENT) {
			r.Errorf("Connect: %v, want ECONNREFUSED", err)
		}
		return
	}
	r.own(fd)
	r.add(fd, 7, core.Writable)
	r.await(7, core.Writable)
	if err := r.k.SocketError(fd); err != syscall.ECONNREFUSED {
		r.Errorf("SocketError = %v, want ECONNREFUSED", err)
	}
	if err := r.k.SocketError(fd); err != nil {
		r.Errorf("SocketError is told a second time: %v", err)
	}
	if n, err := r.k.Write(fd, []byte("x")); err == nil {
		r.Errorf("Write to nobody = %d, nil", n)
	}
}

func testAddressInUse(r *rig) {
	ln, addr := r.listen()
	r.own(ln)
	fd, _, err := r.k.Listen(core.ListenConfig{}, r.network, addr)
	if !errors.Is(err, syscall.EADDRINUSE) {
		r.Errorf("Listen(%s) again = %d, _, %v, want EADDRINUSE", addr, fd, err)
	}
}

func testListenPicksPorts(r *rig) {
	seen := make(map[int]bool)
	for range 5 {
		fd, addr, err := r.k.Listen(core.ListenConfig{}, "tcp", "127.0.0.1:0")
		if err != nil {
			r.Fatalf("Listen: %v", err)
		}
		r.own(fd)
		port := addr.(*net.TCPAddr).Port
		if port == 0 || seen[port] {
			r.Errorf("Listen picked port %d, had %v already", port, seen)
		}
		seen[port] = true
	}
}

func testAddresses(r *rig) {
	r.checkAddresses("127.0.0.1:0")
}

func testAddresses6(r *rig) {
	r.needIPv6()
	r.checkAddresses("[::1]:0")
}

func (r *rig) needIPv6() {
	r.Helper()
	ln, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		r.Skipf("no IPv6: %v", err)
	}
	ln.Close()
}

// checkAddresses fails unless what the two ends say of themselves and of each other agrees.
func (r *rig) checkAddresses(listen string) {
	ln, a, err := r.k.Listen(core.ListenConfig{}, "tcp", listen)
	if err != nil {
		r.Fatalf("Listen(%s): %v", listen, err)
	}
	r.own(ln)
	addr := a.String()
	client := r.own(r.connect(addr))
	r.awaitConnected(client)
	var server int
	var peer netip.AddrPort
	r.retry("Accept", func() (err error) {
		server, peer, err = r.k.Accept(ln)
		return err
	})
	r.own(server)
	get := func(what string, f func(int) (net.Addr, error), fd int) string {
		a, err := f(fd)
		if err != nil || a == nil {
			r.Fatalf("%s = %v, %v", what, a, err)
		}
		return a.String()
	}
	self := get("the client's LocalAddr", r.k.LocalAddr, client)
	for _, tt := range []struct{ what, got, want string }{
		{"the listener's LocalAddr", get("the listener's LocalAddr", r.k.LocalAddr, ln), addr},
		{"the client's PeerAddr", get("the client's PeerAddr", r.k.PeerAddr, client), addr},
		{"the server's LocalAddr", get("the server's LocalAddr", r.k.LocalAddr, server), addr},
		{"the server's PeerAddr", get("the server's PeerAddr", r.k.PeerAddr, server), self},
		{"the peer that Accept returned", peer.String(), self},
	} {
		if tt.got != tt.want {
			r.Errorf("%s is %s, want %s", tt.what, tt.got, tt.want)
		}
	}
}
