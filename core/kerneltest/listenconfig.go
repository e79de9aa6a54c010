package kerneltest

import (
	"errors"
	"net"
	"syscall"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/kernel"
)

// A short backlog keeps later ones from being connected; without one, there is room for all of
// them.
func testBacklog(e *env) {
	const clients = 10
	for _, backlog := range []int{1, 0} {
		ln, addr := e.listenWith(core.ListenConfig{Backlog: backlog}, e.free())
		e.own(ln)
		got := e.established(addr, clients)
		if backlog == 0 && got != clients || backlog == 1 && (got < 1 || got > 4) {
			e.Errorf("with a backlog of %d, %d of %d were connected", backlog, got, clients)
		}
		for range got {
			e.own(e.accept(ln))
		}
	}
}

// established makes n attempts to connect, and returns how many succeed within a little while.
func (e *env) established(addr string, n int) (connected int) {
	e.Helper()
	waiting := make(map[uint64]int)
	for i := range n {
		if fd, err := e.k.Connect(e.network, nil, e.addr(addr)); err == nil {
			waiting[uint64(i)] = e.own(fd)
			e.add(fd, uint64(i), core.Writable)
		} else if err != syscall.EAGAIN && err != syscall.ECONNREFUSED {
			e.Fatalf("Connect: %v", err)
		}
	}
	var events [16]kernel.Event
	for range 20 {
		for _, ev := range e.wait(events[:], 0) {
			fd := waiting[ev.Token]
			delete(waiting, ev.Token)
			e.remove(fd)
			if e.k.SocketError(fd) == nil {
				connected++
			}
		}
		e.pause()
	}
	for _, fd := range waiting {
		e.remove(fd)
	}
	return connected
}

// shared listens twice on one address, or skips the test where the system does not spread over
// several sockets.
func (e *env) shared() (fds [2]int, addr string) {
	e.Helper()
	config := core.ListenConfig{ReusePort: true}
	first, a, err := e.k.Listen(config, e.network, e.free())
	if errors.Is(err, syscall.ENOPROTOOPT) || errors.Is(err, errors.ErrUnsupported) {
		e.Skipf("no ReusePort: %v", err)
	} else if err != nil {
		e.Fatalf("Listen with ReusePort: %v, want ENOPROTOOPT where it is not supported", err)
	}
	e.own(first)
	if fd, _, err := e.k.Listen(core.ListenConfig{}, e.network,
		a.String()); !errors.Is(err, syscall.EADDRINUSE) {
		e.Errorf("Listen without ReusePort beside one with it = %d, %v, want EADDRINUSE", fd, err)
	}
	second, _ := e.listenWith(config, a.String())
	return [2]int{first, e.own(second)}, a.String()
}

// Of 64 clients, each of two listeners on one address gets some; no client is lost.
func testReusePort(e *env) {
	lns, addr := e.shared()
	const clients = 64
	for range clients {
		e.awaitConnected(e.own(e.connect(addr)))
	}
	var got [2]int
	for i, ln := range lns {
		for {
			fd, _, err := e.k.Accept(ln)
			if err == syscall.EAGAIN {
				break
			} else if err != nil {
				e.Fatalf("Accept: %v", err)
			}
			e.own(fd)
			got[i]++
		}
	}
	if got[0] == 0 || got[1] == 0 || got[0]+got[1] != clients {
		e.Errorf("of %d connections, the listeners have %v", clients, got)
	}
}

// ReuseAddr is for datagrams: two listeners cannot have one address by it.
func testReuseAddrOfStreams(e *env) {
	ln, addr := e.listenWith(core.ListenConfig{ReuseAddr: true}, e.free())
	e.own(ln)
	if fd, _, err := e.k.Listen(core.ListenConfig{ReuseAddr: true}, e.network,
		addr); !errors.Is(err, syscall.EADDRINUSE) {
		e.Errorf("Listen again with ReuseAddr = %d, %v, want EADDRINUSE", fd, err)
	}
}

// A listener without an address takes connections of IPv4 and IPv6, and tells an IPv4 peer by its
// IPv4 address.
func testDualStack(e *env) {
	e.needIPv6()
	ln, a, err := e.k.Listen(core.ListenConfig{}, "tcp", "[::]:0")
	if err != nil {
		e.Fatalf("Listen on [::]:0: %v", err)
	}
	e.own(ln)
	port := a.(*net.TCPAddr).Port
	for _, ip := range []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback} {
		to := &net.TCPAddr{IP: ip, Port: port}
		client := e.own(e.connect(to.String()))
		e.awaitConnected(client)
		fd, peer, err := e.k.Accept(ln)
		if err != nil {
			e.Fatalf("Accept of %v: %v", to, err)
		}
		e.own(fd)
		e.checkAddr("the client's LocalAddr", e.k.LocalAddr, client, peer.String())
		e.checkAddr("the server's LocalAddr", e.k.LocalAddr, fd, to.String())
		e.checkAddr("the server's PeerAddr", e.k.PeerAddr, fd, peer.String())
	}
	six, a, err := e.k.Listen(core.ListenConfig{}, "tcp6", "[::]:0")
	if err != nil {
		e.Fatalf("Listen on [::]:0 of tcp6: %v", err)
	}
	e.own(six)
	e.expectRefused(&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: a.(*net.TCPAddr).Port})
}
