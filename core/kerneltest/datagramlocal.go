package kerneltest

import (
	"errors"
	"net/netip"
	"syscall"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/kernel"
)

// reporter returns the kernel under test, or skips the test if it knows no local addresses. Then
// it refuses to send from one.
func (e *env) reporter() kernel.LocalReporter {
	e.Helper()
	k, ok := e.k.(again).Kernel.(kernel.LocalReporter)
	if !ok {
		a, _ := e.socket()
		_, to := e.socket()
		m := datagrams(to, "x")
		m[0].Local = netip.MustParseAddr("127.0.0.1")
		if n, err := e.k.WriteBatch(a, m); n != 0 || !errors.Is(err, core.ErrUnsupported) {
			e.Errorf("WriteBatch with Local = %d, %v, want ErrUnsupported", n, err)
		}
		e.Skip("this kernel knows no local addresses")
	}
	return k
}

// receiveLocal is receive for a socket that reports its address.
func (e *env) receiveLocal(k kernel.LocalReporter, fd, n int) (got []core.Datagram) {
	e.Helper()
	for len(got) < n {
		m := rooms(n - len(got))
		e.retry("ReadBatchLocal", func() error {
			n, err := k.ReadBatchLocal(fd, m)
			if err == nil {
				got = append(got, m[:n]...)
			}
			return err
		})
	}
	return got
}

// A socket on all addresses reports to which of them each datagram of a batch was sent, and answers
// from there, which a socket that is connected to that address hears.
func testLocalOfDatagram(e *env) {
	for _, tt := range []struct {
		network, all string
		to           []string
	}{
		{"udp4", "0.0.0.0:0", []string{"127.0.0.1", "127.0.0.2", "127.0.0.3"}},
		{"udp6", "[::]:0", []string{"::1"}},
		{"udp", "[::]:0", []string{"127.0.0.2", "::1", "127.0.0.3"}},
	} {
		k := e.reporter()
		if tt.all == "[::]:0" {
			e.needIPv6()
		}
		e.network = tt.network
		fd, addr := e.listenWith(core.ListenConfig{}, tt.all)
		e.own(fd)
		if err := k.ReportLocal(fd); err != nil {
			e.Fatalf("ReportLocal: %v", err)
		}
		port := netip.MustParseAddrPort(addr).Port()
		askers := map[netip.Addr]int{}
		for _, to := range tt.to {
			ip := netip.MustParseAddr(to)
			asker, err := e.k.Connect(tt.network, nil, e.addr(netip.AddrPortFrom(ip, port).String()))
			if err == syscall.EADDRNOTAVAIL {
				continue // not every system has all of 127.0.0.0/8
			} else if err != nil {
				e.Fatalf("Connect to %v: %v", ip, err)
			}
			askers[ip] = e.own(asker)
			e.sendTo(asker, nil, to, to)
		}
		m := e.receiveLocal(k, fd, 2*len(askers))
		for i := range m {
			if m[i].Local.String() != string(m[i].Data) {
				e.Errorf("%s: sent to %s, reported is %v", tt.network, m[i].Data, m[i].Local)
			}
		}
		e.sendAll(fd, m, nil)
		for ip, asker := range askers {
			for _, m := range e.receive(asker, 2) {
				if m.Addr != netip.AddrPortFrom(ip, port) || string(m.Data) != ip.String() {
					e.Errorf("%s: the answer to %v comes from %v: %q", tt.network, ip, m.Addr, m.Data)
				}
			}
		}
	}
}

// Who does not ask gets no local address, whatever stood there before; one that is not of the
// version of the peer is refused.
func testLocalNotAskedFor(e *env) {
	k := e.reporter()
	a, _ := e.socket()
	b, to := e.socket()
	e.sendTo(a, to, "x")
	m := rooms(1)
	m[0].Local = netip.MustParseAddr("127.0.0.9")
	e.retry("ReadBatch", func() error {
		_, err := e.k.ReadBatch(b, m)
		return err
	})
	if m[0].Local.IsValid() {
		e.Errorf("Local = %v without ReportLocal", m[0].Local)
	}
	connected := datagrams(nil, "three")
	connected[0].Local = netip.MustParseAddr("127.0.0.1")
	if n, err := e.k.WriteBatch(e.connected(nil, to), connected); n != 0 || err != syscall.EINVAL {
		e.Errorf("WriteBatch from an address to none = %d, %v, want EINVAL", n, err)
	}
	m = datagrams(to, "one", "two")
	m[1].Local = netip.MustParseAddr("::1")
	if n, err := e.k.WriteBatch(a, m); n != 1 || err != nil {
		e.Errorf("WriteBatch, the second from an address of the other version = %d, %v, want 1", n, err)
	}
	if n, err := e.k.WriteBatch(a, m[1:]); n != 0 || err != syscall.EINVAL {
		e.Errorf("WriteBatch from an address of the other version = %d, %v, want EINVAL", n, err)
	}
	e.expectData(b, "one")
	e.expectNone(b)
	if err := k.ReportLocal(-1); err != syscall.EBADF {
		e.Errorf("ReportLocal(-1) = %v, want EBADF", err)
	}
}
