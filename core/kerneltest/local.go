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
func (r *rig) connectFrom(local net.Addr, addr string) int {
	r.Helper()
	fd, err := r.k.Connect(r.network, local, r.addr(addr))
	if err != nil {
		r.Fatalf("Connect(%v, %s): %v", local, addr, err)
	}
	return fd
}

// freeAddr returns an address that can be bound: somebody has just left it.
func (r *rig) freeAddr() net.Addr {
	r.Helper()
	fd, addr := r.listen()
	r.close(fd)
	return r.addr(addr)
}

// checkAddr fails unless get, of the kernel, returns want.
func (r *rig) checkAddr(what string, get func(int) (net.Addr, error), fd int, want string) {
	r.Helper()
	if a, err := get(fd); err != nil || a == nil || a.String() != want {
		r.Errorf("%s is %v, %v, want %s", what, a, err, want)
	}
}

// Both ends know the address that was chosen.
func testLocalAddress(r *rig) {
	ln, addr := r.listen()
	r.own(ln)
	local := r.freeAddr()
	client := r.connectFrom(local, addr)
	r.awaitConnected(client)
	server := r.own(r.accept(ln))
	r.checkAddr("the client's LocalAddr", r.k.LocalAddr, client, local.String())
	r.checkAddr("the server's PeerAddr", r.k.PeerAddr, server, local.String())
	r.write(client, "x")
	r.expect(server, "x")
	r.close(client)
	r.expectEnd(server)
	if _, err := os.Lstat(local.String()); strings.HasPrefix(r.network, "unix") && err == nil {
		r.Errorf("%v is left behind", local)
	}
}

func testLocalAddressInUse(r *rig) {
	ln, addr := r.listen()
	r.own(ln)
	if fd, err := r.k.Connect(r.network, r.addr(addr), r.addr(addr)); !errors.Is(err, syscall.EADDRINUSE) {
		r.Errorf("Connect from the address of a listener = %d, %v, want EADDRINUSE", fd, err)
	}
	r.expectNobody(ln)
}

// Nobody can connect to where somebody connects from.
func testLocalAddressIsNoListener(r *rig) {
	ln, addr := r.listen()
	r.own(ln)
	local := r.freeAddr()
	r.own(r.connectFrom(local, addr))
	r.own(r.accept(ln))
	r.expectRefused(local)
}

func (r *rig) expectRefused(addr net.Addr) {
	r.Helper()
	fd, err := r.k.Connect(r.network, nil, addr)
	if err == nil {
		r.own(fd)
		r.add(fd, 7, core.Writable)
		r.await(7, core.Writable)
		err = r.k.SocketError(fd)
	}
	if err != syscall.ECONNREFUSED {
		r.Errorf("Connect to %v, where nobody listens: %v, want ECONNREFUSED", addr, err)
	}
}

func testLocalFamily(r *rig) {
	r.needIPv6()
	ln, addr := r.listen()
	r.own(ln)
	if fd, err := r.k.Connect("tcp", &net.TCPAddr{IP: net.IPv6loopback}, r.addr(addr)); err != syscall.EAFNOSUPPORT {
		r.Errorf("Connect from IPv6 to IPv4 = %d, %v, want EAFNOSUPPORT", fd, err)
	}
}

// An address that is a port only is one of the family of its peer.
func testLocalPortOnly(r *rig) {
	ln, addr := r.listen()
	r.own(ln)
	for _, ip := range []net.IP{nil, net.IPv4zero} {
		port := r.freeAddr().(*net.TCPAddr).Port
		client := r.own(r.connectFrom(&net.TCPAddr{IP: ip, Port: port}, addr))
		r.own(r.accept(ln))
		r.awaitConnected(client)
		r.checkAddr("the client's LocalAddr", r.k.LocalAddr, client, (&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port}).String())
	}
}
