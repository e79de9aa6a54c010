package kerneltest

import (
	"net"
	"net/netip"
	"strings"

	"github.com/go-asynchat/asynchat/core"
)

// checkPeer fails unless m comes from addr.
func (r *rig) checkPeer(m core.Datagram, addr net.Addr) {
	r.Helper()
	want := datagrams(addr, "")[0]
	if m.Addr != want.Addr || m.Path != want.Path {
		r.Errorf("the peer is %v %q, want %v", m.Addr, m.Path, addr)
	}
}

// The peer that is told is the address of the sender, to which an answer can be sent.
func testDatagramPeer(r *rig) {
	a, from := r.socket()
	b, to := r.socket()
	r.checkAddr("LocalAddr", r.k.LocalAddr, a, from.String())
	r.sendTo(a, to, "one", "two")
	for _, m := range r.receive(b, 2) {
		r.checkPeer(m, from)
		r.sendAll(b, []core.Datagram{{Data: []byte("answer"), Addr: m.Addr, Path: m.Path}}, nil)
	}
	r.expectData(a, "answer", "answer")
}

// A Unix socket that was not bound has no name; one of UDP has a port that the system chose.
func testNamelessPeer(r *rig) {
	b, to := r.socket()
	first, second := r.connected(nil, to), r.connected(nil, to)
	for _, fd := range []int{first, second} {
		r.sendTo(fd, nil, "x")
		m := r.receive(b, 1)[0]
		local, err := r.k.LocalAddr(fd)
		if r.network == "unixgram" {
			if m.Path != "" || m.Addr.IsValid() {
				r.Errorf("the peer is %v %q, want none", m.Addr, m.Path)
			}
		} else if err != nil || local == nil || portOf(local) == 0 {
			r.Errorf("LocalAddr = %v, %v", local, err)
		} else {
			r.checkPeer(m, local)
		}
	}
}

func portOf(a net.Addr) int {
	if udp, ok := a.(*net.UDPAddr); ok {
		return udp.Port
	}
	return 0
}

func testConnectedDatagrams(r *rig) {
	b, to := r.socket()
	from := r.freeAddr()
	a := r.connected(from, to)
	r.checkAddr("PeerAddr", r.k.PeerAddr, a, to.String())
	r.checkAddr("LocalAddr", r.k.LocalAddr, a, from.String())
	if addr, err := r.k.PeerAddr(b); err == nil {
		r.Errorf("PeerAddr of one that is not connected = %v, nil, want an error", addr)
	}
	r.sendTo(a, nil, "question", "")
	m := r.receive(b, 2)
	r.checkPeer(m[0], from)
	r.sendTo(b, from, "answer", "")
	got := r.receive(a, 2)
	if string(got[0].Data) != "answer" || string(got[1].Data) != "" {
		r.Errorf("the answers are %q, %q", got[0].Data, got[1].Data)
	}
	r.checkPeer(got[0], to)
}

// What a stranger sends to a connected socket does not get there; the stranger may be told so.
func testConnectedHearsItsPeer(r *rig) {
	b, to := r.socket()
	stranger, _ := r.socket()
	from := r.freeAddr()
	a := r.connected(from, to)
	r.k.WriteBatch(stranger, datagrams(from, "from a stranger"))
	r.sendTo(b, from, "from the peer")
	r.expectData(a, "from the peer")
	r.expectNone(a)
}

func testDatagramPeer6(r *rig) {
	r.needIPv6()
	for _, network := range []string{"udp", "udp6"} {
		r.network = network
		first, from := r.listenWith(core.ListenConfig{}, "[::1]:0")
		r.own(first)
		second, to := r.listenWith(core.ListenConfig{}, "[::1]:0")
		r.own(second)
		r.sendTo(first, r.addr(to), "question")
		m := r.receive(second, 1)[0]
		if !m.Addr.Addr().Is6() || strings.Contains(m.Addr.String(), "ffff") {
			r.Errorf("the peer of an IPv6 socket is %v", m.Addr)
		}
		r.checkPeer(m, r.addr(from))
		r.sendTo(second, net.UDPAddrFromAddrPort(m.Addr), "answer")
		r.expectData(first, "answer")
	}
}

// A socket of both versions knows an IPv4 peer by its IPv4 address, and takes it in either form. So does one of IPv4.
func testMappedPeer(r *rig) {
	r.needIPv6()
	both, a := r.listenWith(core.ListenConfig{}, "[::]:0")
	r.own(both)
	port := netip.MustParseAddrPort(a).Port()
	four, from := r.socket()
	to := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), port)
	r.sendTo(four, net.UDPAddrFromAddrPort(to), "plain")
	r.sendAll(four, []core.Datagram{{Data: []byte("mapped"), Addr: mapped(to)}}, nil)
	for _, m := range r.receive(both, 2) {
		r.checkPeer(m, from)
		if !m.Addr.Addr().Is4() {
			r.Errorf("an IPv4 peer is told as %v", m.Addr)
		}
		r.sendAll(both, []core.Datagram{{Data: []byte("plain"), Addr: m.Addr}, {Data: []byte("mapped"), Addr: mapped(m.Addr)}}, nil)
	}
	for _, m := range r.receive(four, 4) {
		if m.Addr != to {
			r.Errorf("the answer comes from %v, want %v", m.Addr, to)
		}
	}
}

func mapped(ap netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom16(ap.Addr().As16()), ap.Port())
}

func testDatagramAddressInUse(r *rig) {
	fd, addr := r.listen()
	r.own(fd)
	for _, config := range []core.ListenConfig{{}, {ReuseAddr: r.network == "udp"}} {
		if fd, _, err := r.k.Listen(config, r.network, addr); err == nil {
			r.k.Close(fd)
			r.Errorf("Listen(%+v) on an address in use: no error", config)
		}
	}
}

// Several receivers may have one address if all of them say so.
func testReuseAddr(r *rig) {
	config := core.ListenConfig{ReuseAddr: true}
	first, addr := r.listenWith(config, r.free())
	second, _ := r.listenWith(config, addr)
	a, _ := r.socket()
	r.sendTo(a, r.addr(addr), "x")
	r.add(first, 1, core.Readable)
	r.add(second, 2, core.Readable)
	var events [4]core.Event
	for range 100 {
		if len(r.wait(events[:], 0)) > 0 {
			break
		}
		r.pause()
	}
	if got := r.wait(events[:], 0); len(got) != 1 {
		r.Errorf("a datagram for two sockets: %+v, want it at one of them", got)
	}
	r.close(first)
	r.sendTo(a, r.addr(addr), "y")
	r.await(2, core.Readable)
	r.close(second)
}

// Of 64 senders, each of two sockets on one address hears some, and each is heard.
func testReusePortOfDatagrams(r *rig) {
	fds, addr := r.shared()
	const senders = 64
	for range senders {
		r.sendTo(r.connected(nil, r.addr(addr)), nil, "x")
	}
	var got [2]int
	r.retry("all datagrams", func() error {
		var last error
		for i, fd := range fds {
			n, err := r.k.ReadBatch(fd, rooms(senders))
			got[i] += n
			last = err
		}
		if got[0]+got[1] == senders {
			return nil
		}
		return last
	})
	if got[0] == 0 || got[1] == 0 {
		r.Errorf("of %d datagrams, the sockets have %v", senders, got)
	}
}
