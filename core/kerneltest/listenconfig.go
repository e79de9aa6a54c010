package kerneltest

import (
	"errors"
	"net"
	"syscall"

	"github.com/go-asynchat/asynchat/core"
)

// A short backlog keeps later ones from being connected; without one, there is room for all of them.
func testBacklog(r *rig) {
	const clients = 10
	for _, backlog := range []int{1, 0} {
		ln, addr := r.listenWith(core.ListenConfig{Backlog: backlog}, r.free())
		r.own(ln)
		got := r.established(addr, clients)
		if backlog == 0 && got != clients || backlog == 1 && (got < 1 || got > 4) {
			r.Errorf("with a backlog of %d, %d of %d were connected", backlog, got, clients)
		}
		for range got {
			r.own(r.accept(ln))
		}
	}
}

// established makes n attempts to connect, and returns how many succeed within a little while.
func (r *rig) established(addr string, n int) (connected int) {
	r.Helper()
	waiting := make(map[uint64]int)
	for i := range n {
		if fd, err := r.k.Connect(r.network, nil, r.addr(addr)); err == nil {
			waiting[uint64(i)] = r.own(fd)
			r.add(fd, uint64(i), core.Writable)
		} else if err != syscall.EAGAIN && err != syscall.ECONNREFUSED {
			r.Fatalf("Connect: %v", err)
		}
	}
	var events [16]core.Event
	for range 20 {
		for _, e := range r.wait(events[:], 0) {
			fd := waiting[e.Token]
			delete(waiting, e.Token)
			r.remove(fd)
			if r.k.SocketError(fd) == nil {
				connected++
			}
		}
		r.pause()
	}
	for _, fd := range waiting {
		r.remove(fd)
	}
	return connected
}

// shared listens twice on one address, or skips the test where the system does not spread over several sockets.
func (r *rig) shared() (fds [2]int, addr string) {
	r.Helper()
	config := core.ListenConfig{ReusePort: true}
	first, a, err := r.k.Listen(config, r.network, r.free())
	if errors.Is(err, syscall.ENOPROTOOPT) || errors.Is(err, errors.ErrUnsupported) {
		r.Skipf("no ReusePort: %v", err)
	} else if err != nil {
		r.Fatalf("Listen with ReusePort: %v, want ENOPROTOOPT where it is not supported", err)
	}
	r.own(first)
	if fd, _, err := r.k.Listen(core.ListenConfig{}, r.network, a.String()); !errors.Is(err, syscall.EADDRINUSE) {
		r.Errorf("Listen without ReusePort beside one with it = %d, %v, want EADDRINUSE", fd, err)
	}
	second, _ := r.listenWith(config, a.String())
	return [2]int{first, r.own(second)}, a.String()
}

// Of 64 clients, each of two listeners on one address gets some; no client is lost.
func testReusePort(r *rig) {
	lns, addr := r.shared()
	const clients = 64
	for range clients {
		r.awaitConnected(r.own(r.connect(addr)))
	}
	var got [2]int
	for i, ln := range lns {
		for {
			fd, _, err := r.k.Accept(ln)
			if err == syscall.EAGAIN {
				break
			} else if err != nil {
				r.Fatalf("Accept: %v", err)
			}
			r.own(fd)
			got[i]++
		}
	}
	if got[0] == 0 || got[1] == 0 || got[0]+got[1] != clients {
		r.Errorf("of %d connections, the listeners have %v", clients, got)
	}
}

// ReuseAddr is for datagrams: two listeners cannot have one address by it.
func testReuseAddrOfStreams(r *rig) {
	ln, addr := r.listenWith(core.ListenConfig{ReuseAddr: true}, r.free())
	r.own(ln)
	if fd, _, err := r.k.Listen(core.ListenConfig{ReuseAddr: true}, r.network, addr); !errors.Is(err, syscall.EADDRINUSE) {
		r.Errorf("Listen again with ReuseAddr = %d, %v, want EADDRINUSE", fd, err)
	}
}

// A listener without an address takes connections of IPv4 and IPv6, and tells an IPv4 peer by its IPv4 address.
func testDualStack(r *rig) {
	r.needIPv6()
	ln, a, err := r.k.Listen(core.ListenConfig{}, "tcp", "[::]:0")
	if err != nil {
		r.Fatalf("Listen on [::]:0: %v", err)
	}
	r.own(ln)
	port := a.(*net.TCPAddr).Port
	for _, ip := range []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback} {
		to := &net.TCPAddr{IP: ip, Port: port}
		client := r.own(r.connect(to.String()))
		r.awaitConnected(client)
		fd, peer, err := r.k.Accept(ln)
		if err != nil {
			r.Fatalf("Accept of %v: %v", to, err)
		}
		r.own(fd)
		r.checkAddr("the client's LocalAddr", r.k.LocalAddr, client, peer.String())
		r.checkAddr("the server's LocalAddr", r.k.LocalAddr, fd, to.String())
		r.checkAddr("the server's PeerAddr", r.k.PeerAddr, fd, peer.String())
	}
	six, a, err := r.k.Listen(core.ListenConfig{}, "tcp6", "[::]:0")
	if err != nil {
		r.Fatalf("Listen on [::]:0 of tcp6: %v", err)
	}
	r.own(six)
	r.expectRefused(&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: a.(*net.TCPAddr).Port})
}
