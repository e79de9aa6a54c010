package kerneltest

import (
	"net"
	"net/netip"
	"strings"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/kernel"
)

// checkPeer fails unless m comes from addr.
func (e *env) checkPeer(m core.Datagram, addr net.Addr) {
	e.Helper()
	want := datagrams(addr, "")[0]
	if m.Addr != want.Addr || m.Path != want.Path {
		e.Errorf("the peer is %v %q, want %v", m.Addr, m.Path, addr)
	}
}

// The peer that is told is the address of the sender, to which an answer can be sent.
func testDatagramPeer(e *env) {
	a, from := e.socket()
	b, to := e.socket()
	e.checkAddr("LocalAddr", e.k.LocalAddr, a, from.String())
	e.sendTo(a, to, "one", "two")
	for _, m := range e.receive(b, 2) {
		e.checkPeer(m, from)
		e.sendAll(b, []core.Datagram{{Data: []byte("answer"), Addr: m.Addr, Path: m.Path}}, nil)
	}
	e.expectData(a, "answer", "answer")
}

// A Unix socket that was not bound has no name; one of UDP has a port that the system chose.
func testNamelessPeer(e *env) {
	b, to := e.socket()
	first, second := e.connected(nil, to), e.connected(nil, to)
	for _, fd := range []int{first, second} {
		e.sendTo(fd, nil, "x")
		m := e.receive(b, 1)[0]
		local, err := e.k.LocalAddr(fd)
		if e.network == "unixgram" {
			if m.Path != "" || m.Addr.IsValid() {
				e.Errorf("the peer is %v %q, want none", m.Addr, m.Path)
			}
		} else if err != nil || local == nil || portOf(local) == 0 {
			e.Errorf("LocalAddr = %v, %v", local, err)
		} else {
			e.checkPeer(m, local)
		}
	}
}

func portOf(a net.Addr) int {
	if udp, ok := a.(*net.UDPAddr); ok {
		return udp.Port
	}
	return 0
}

func testConnectedDatagrams(e *env) {
	b, to := e.socket()
	from := e.freeAddr()
	a := e.connected(from, to)
	e.checkAddr("PeerAddr", e.k.PeerAddr, a, to.String())
	e.checkAddr("LocalAddr", e.k.LocalAddr, a, from.String())
	if addr, err := e.k.PeerAddr(b); err == nil {
		e.Errorf("PeerAddr of one that is not connected = %v, nil, want an error", addr)
	}
	e.sendTo(a, nil, "question", "")
	m := e.receive(b, 2)
	e.checkPeer(m[0], from)
	e.sendTo(b, from, "answer", "")
	got := e.receive(a, 2)
	if string(got[0].Data) != "answer" || string(got[1].Data) != "" {
		e.Errorf("the answers are %q, %q", got[0].Data, got[1].Data)
	}
	e.checkPeer(got[0], to)
}

// What a stranger sends to a connected socket does not get there; the stranger may be told so.
func testConnectedHearsItsPeer(e *env) {
	b, to := e.socket()
	stranger, _ := e.socket()
	from := e.freeAddr()
	a := e.connected(from, to)
	e.k.WriteBatch(stranger, datagrams(from, "from a stranger"))
	e.sendTo(b, from, "from the peer")
	e.expectData(a, "from the peer")
	e.expectNone(a)
}

func testDatagramPeer6(e *env) {
	e.needIPv6()
	for _, network := range []string{"udp", "udp6"} {
		e.network = network
		first, from := e.listenWith(core.ListenConfig{}, "[::1]:0")
		e.own(first)
		second, to := e.listenWith(core.ListenConfig{}, "[::1]:0")
		e.own(second)
		e.sendTo(first, e.addr(to), "question")
		m := e.receive(second, 1)[0]
		if !m.Addr.Addr().Is6() || strings.Contains(m.Addr.String(), "ffff") {
			e.Errorf("the peer of an IPv6 socket is %v", m.Addr)
		}
		e.checkPeer(m, e.addr(from))
		e.sendTo(second, net.UDPAddrFromAddrPort(m.Addr), "answer")
		e.expectData(first, "answer")
	}
}

// A socket of both versions knows an IPv4 peer by its IPv4 address, and takes it in either form. So
// does one of IPv4.
func testMappedPeer(e *env) {
	e.needIPv6()
	both, a := e.listenWith(core.ListenConfig{}, "[::]:0")
	e.own(both)
	port := netip.MustParseAddrPort(a).Port()
	four, from := e.socket()
	to := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), port)
	e.sendTo(four, net.UDPAddrFromAddrPort(to), "plain")
	e.sendAll(four, []core.Datagram{{Data: []byte("mapped"), Addr: mapped(to)}}, nil)
	for _, m := range e.receive(both, 2) {
		e.checkPeer(m, from)
		if !m.Addr.Addr().Is4() {
			e.Errorf("an IPv4 peer is told as %v", m.Addr)
		}
		e.sendAll(both, []core.Datagram{{Data: []byte("plain"), Addr: m.Addr},
			{Data: []byte("mapped"), Addr: mapped(m.Addr)}}, nil)
	}
	for _, m := range e.receive(four, 4) {
		if m.Addr != to {
			e.Errorf("the answer comes from %v, want %v", m.Addr, to)
		}
	}
}

func mapped(ap netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom16(ap.Addr().As16()), ap.Port())
}

func testDatagramAddressInUse(e *env) {
	fd, addr := e.listen()
	e.own(fd)
	for _, config := range []core.ListenConfig{{}, {ReuseAddr: e.network == "udp"}} {
		if fd, _, err := e.k.Listen(config, e.network, addr); err == nil {
			e.k.Close(fd)
			e.Errorf("Listen(%+v) on an address in use: no error", config)
		}
	}
}

// Several receivers may have one address if all of them say so.
func testReuseAddr(e *env) {
	config := core.ListenConfig{ReuseAddr: true}
	first, addr := e.listenWith(config, e.free())
	second, _ := e.listenWith(config, addr)
	a, _ := e.socket()
	e.sendTo(a, e.addr(addr), "x")
	e.add(first, 1, core.Readable)
	e.add(second, 2, core.Readable)
	var events [4]kernel.Event
	for range 100 {
		if len(e.wait(events[:], 0)) > 0 {
			break
		}
		e.pause()
	}
	if got := e.wait(events[:], 0); len(got) != 1 {
		e.Errorf("a datagram for two sockets: %+v, want it at one of them", got)
	}
	e.close(first)
	e.sendTo(a, e.addr(addr), "y")
	e.await(2, core.Readable)
	e.close(second)
}

// Of 64 senders, each of two sockets on one address hears some, and each is heard.
func testReusePortOfDatagrams(e *env) {
	fds, addr := e.shared()
	const senders = 64
	for range senders {
		e.sendTo(e.connected(nil, e.addr(addr)), nil, "x")
	}
	var got [2]int
	e.retry("all datagrams", func() error {
		var last error
		for i, fd := range fds {
			n, err := e.k.ReadBatch(fd, rooms(senders))
			got[i] += n
			last = err
		}
		if got[0]+got[1] == senders {
			return nil
		}
		return last
	})
	if got[0] == 0 || got[1] == 0 {
		e.Errorf("of %d datagrams, the sockets have %v", senders, got)
	}
}
