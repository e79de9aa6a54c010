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
func (e *env) addr(s string) net.Addr {
	e.Helper()
	if strings.HasPrefix(e.network, "unix") {
		return &net.UnixAddr{Name: s, Net: e.network}
	}
	ap, err := netip.ParseAddrPort(s)
	if err != nil {
		e.Fatalf("Listen returned the address %q: %v", s, err)
	}
	if strings.HasPrefix(e.network, "udp") {
		return net.UDPAddrFromAddrPort(ap)
	}
	return net.TCPAddrFromAddrPort(ap)
}

// Connections are accepted in the order in which they were made, also those that have data already.
func testAcceptOrder(e *env) {
	ln, addr := e.listen()
	e.own(ln)
	const n = 5
	for i := range n {
		fd := e.own(e.connect(addr))
		e.awaitConnected(fd)
		e.write(fd, string(rune('a'+i)))
	}
	for i := range n {
		e.expect(e.own(e.accept(ln)), string(rune('a'+i)))
	}
}

// awaitConnected waits until a connection attempt has ended, and fails unless it succeeded.
func (e *env) awaitConnected(fd int) {
	e.Helper()
	const token = 1 << 40
	e.add(fd, token, core.Writable)
	e.await(token, core.Writable)
	e.remove(fd)
	if err := e.k.SocketError(fd); err != nil {
		e.Fatalf("the connection was not made: %v", err)
	}
}

func (e *env) expectNobody(ln int) {
	e.Helper()
	if fd, _, err := e.k.Accept(ln); err != syscall.EAGAIN {
		e.Errorf("Accept = %d, _, %v, want EAGAIN", fd, err)
	}
}

func testAcceptEmpty(e *env) {
	ln, addr := e.listen()
	e.own(ln)
	e.expectNobody(ln)
	e.own(e.connect(addr))
	e.own(e.accept(ln))
	e.expectNobody(ln)
}

func testListenerLevel(e *env) {
	ln, addr := e.listen()
	e.own(ln)
	e.add(ln, 7, core.Readable)
	e.quiet("nobody has connected")
	for range 2 {
		e.awaitConnected(e.own(e.connect(addr)))
	}
	for range 2 {
		e.await(7, core.Readable)
		e.await(7, core.Readable)
		e.own(e.accept(ln))
	}
	e.quiet("all were accepted")
}

// B17: one that has gone before it is accepted is a connection at its end, or ECONNABORTED. The
// next one is not touched by it.
func testClosedBeforeAccept(e *env) {
	ln, addr := e.listen()
	e.own(ln)
	gone := e.connect(addr)
	e.awaitConnected(gone)
	e.close(gone)
	next := e.own(e.connect(addr))
	e.awaitConnected(next)
	e.write(next, "x")

	e.retry("Accept", func() error {
		fd, _, err := e.k.Accept(ln)
		if err == nil {
			e.own(fd)
			e.expectEnd(fd)
		} else if err == syscall.ECONNABORTED {
			err = nil
		}
		return err
	})
	e.expect(e.own(e.accept(ln)), "x")
	e.expectNobody(ln)
}

func testConnected(e *env) {
	ln, addr := e.listen()
	e.own(ln)
	fd := e.own(e.connect(addr))
	e.add(fd, 7, core.Writable)
	if got := e.await(7, core.Writable); got != core.Writable {
		e.Errorf("Ready = %05b, want Writable only", got)
	}
	for range 2 {
		if err := e.k.SocketError(fd); err != nil {
			e.Errorf("SocketError = %v, want nil", err)
		}
	}
}

// S70: the failure of a connection attempt is told once, by Connect or by SocketError.
func testRefused(e *env) {
	ln, addr := e.listen()
	e.close(ln)
	fd, err := e.k.Connect(e.network, nil, e.addr(addr))
	if err != nil {
		if !errors.Is(err, syscall.ECONNREFUSED) && !errors.Is(err, syscall.ENOENT) {
			e.Errorf("Connect: %v, want ECONNREFUSED", err)
		}
		return
	}
	e.own(fd)
	e.add(fd, 7, core.Writable)
	e.await(7, core.Writable)
	if err := e.k.SocketError(fd); err != syscall.ECONNREFUSED {
		e.Errorf("SocketError = %v, want ECONNREFUSED", err)
	}
	if err := e.k.SocketError(fd); err != nil && err != syscall.ECONNREFUSED {
		e.Errorf("SocketError, asked again: %v", err)
	}
	if n, err := e.k.Write(fd, []byte("x")); err == nil {
		e.Errorf("Write to nobody = %d, nil", n)
	}
}

func testAddressInUse(e *env) {
	ln, addr := e.listen()
	e.own(ln)
	fd, _, err := e.k.Listen(core.ListenConfig{}, e.network, addr)
	if !errors.Is(err, syscall.EADDRINUSE) {
		e.Errorf("Listen(%s) again = %d, _, %v, want EADDRINUSE", addr, fd, err)
	}
}

func testListenPicksPorts(e *env) {
	seen := make(map[int]bool)
	for range 5 {
		fd, addr, err := e.k.Listen(core.ListenConfig{}, "tcp", "127.0.0.1:0")
		if err != nil {
			e.Fatalf("Listen: %v", err)
		}
		e.own(fd)
		port := addr.(*net.TCPAddr).Port
		if port == 0 || seen[port] {
			e.Errorf("Listen picked port %d, had %v already", port, seen)
		}
		seen[port] = true
	}
}

func testAddresses(e *env) {
	e.checkAddresses("127.0.0.1:0")
}

func testAddresses6(e *env) {
	e.needIPv6()
	e.checkAddresses("[::1]:0")
}

func (e *env) needIPv6() {
	e.Helper()
	ln, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		e.Skipf("no IPv6: %v", err)
	}
	ln.Close()
}

// checkAddresses fails unless what the two ends say of themselves and of each other agrees.
func (e *env) checkAddresses(listen string) {
	ln, a, err := e.k.Listen(core.ListenConfig{}, "tcp", listen)
	if err != nil {
		e.Fatalf("Listen(%s): %v", listen, err)
	}
	e.own(ln)
	addr := a.String()
	client := e.own(e.connect(addr))
	e.awaitConnected(client)
	var server int
	var peer netip.AddrPort
	e.retry("Accept", func() (err error) {
		server, peer, err = e.k.Accept(ln)
		return err
	})
	e.own(server)
	get := func(what string, f func(int) (net.Addr, error), fd int) string {
		a, err := f(fd)
		if err != nil || a == nil {
			e.Fatalf("%s = %v, %v", what, a, err)
		}
		return a.String()
	}
	self := get("the client's LocalAddr", e.k.LocalAddr, client)
	for _, tt := range []struct{ what, got, want string }{
		{"the listener's LocalAddr", get("the listener's LocalAddr", e.k.LocalAddr, ln), addr},
		{"the client's PeerAddr", get("the client's PeerAddr", e.k.PeerAddr, client), addr},
		{"the server's LocalAddr", get("the server's LocalAddr", e.k.LocalAddr, server), addr},
		{"the server's PeerAddr", get("the server's PeerAddr", e.k.PeerAddr, server), self},
		{"the peer that Accept returned", peer.String(), self},
	} {
		if tt.got != tt.want {
			e.Errorf("%s is %s, want %s", tt.what, tt.got, tt.want)
		}
	}
}
