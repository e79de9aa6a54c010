package kerneltest

import (
	"errors"
	"net"
	"os"
	"strings"
	"syscall"

	"github.com/go-asynchat/asynchat/core"
)

// connectFrom is connect from an address of our own.
func (e *env) connectFrom(local net.Addr, addr string) int {
	e.Helper()
	fd, err := e.k.Connect(e.network, local, e.addr(addr))
	if err != nil {
		e.Fatalf("Connect(%v, %s): %v", local, addr, err)
	}
	return fd
}

// freeAddr returns an address that can be bound: somebody has just left it.
func (e *env) freeAddr() net.Addr {
	e.Helper()
	fd, addr := e.listen()
	e.close(fd)
	return e.addr(addr)
}

// checkAddr fails unless get, of the kernel, returns want.
func (e *env) checkAddr(what string, get func(int) (net.Addr, error), fd int, want string) {
	e.Helper()
	if a, err := get(fd); err != nil || a == nil || a.String() != want {
		e.Errorf("%s is %v, %v, want %s", what, a, err, want)
	}
}

// Both ends know the address that was chosen.
func testLocalAddress(e *env) {
	ln, addr := e.listen()
	e.own(ln)
	local := e.freeAddr()
	client := e.connectFrom(local, addr)
	e.awaitConnected(client)
	server := e.own(e.accept(ln))
	e.checkAddr("the client's LocalAddr", e.k.LocalAddr, client, local.String())
	e.checkAddr("the server's PeerAddr", e.k.PeerAddr, server, local.String())
	e.write(client, "x")
	e.expect(server, "x")
	e.close(client)
	e.expectEnd(server)
	if _, err := os.Lstat(local.String()); strings.HasPrefix(e.network, "unix") && err == nil {
		e.Errorf("%v is left behind", local)
	}
}

func testLocalAddressInUse(e *env) {
	ln, addr := e.listen()
	e.own(ln)
	if fd, err := e.k.Connect(e.network, e.addr(addr),
		e.addr(addr)); !errors.Is(err, syscall.EADDRINUSE) {
		e.Errorf("Connect from the address of a listener = %d, %v, want EADDRINUSE", fd, err)
	}
	e.expectNobody(ln)
}

// Nobody can connect to where somebody connects from.
func testLocalAddressIsNoListener(e *env) {
	ln, addr := e.listen()
	e.own(ln)
	local := e.freeAddr()
	e.own(e.connectFrom(local, addr))
	e.own(e.accept(ln))
	e.expectRefused(local)
}

func (e *env) expectRefused(addr net.Addr) {
	e.Helper()
	fd, err := e.k.Connect(e.network, nil, addr)
	if err == nil {
		e.own(fd)
		e.add(fd, 7, core.Writable)
		e.await(7, core.Writable)
		err = e.k.SocketError(fd)
	}
	if err != syscall.ECONNREFUSED {
		e.Errorf("Connect to %v, where nobody listens: %v, want ECONNREFUSED", addr, err)
	}
}

func testLocalFamily(e *env) {
	e.needIPv6()
	ln, addr := e.listen()
	e.own(ln)
	if fd, err := e.k.Connect("tcp", &net.TCPAddr{IP: net.IPv6loopback},
		e.addr(addr)); err != syscall.EAFNOSUPPORT {
		e.Errorf("Connect from IPv6 to IPv4 = %d, %v, want EAFNOSUPPORT", fd, err)
	}
}

// An address that is a port only is one of the family of its peer.
func testLocalPortOnly(e *env) {
	ln, addr := e.listen()
	e.own(ln)
	for _, ip := range []net.IP{nil, net.IPv4zero} {
		port := e.freeAddr().(*net.TCPAddr).Port
		client := e.own(e.connectFrom(&net.TCPAddr{IP: ip, Port: port}, addr))
		e.own(e.accept(ln))
		e.awaitConnected(client)
		e.checkAddr("the client's LocalAddr", e.k.LocalAddr, client,
			(&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port}).String())
	}
}
