package kerneltest

import (
	"net"
	"slices"
	"strings"
	"syscall"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/kernel"
)

func testNoDestination(e *env) {
	a, _ := e.socket()
	if n, err := e.k.WriteBatch(a, datagrams(nil, "x")); err != syscall.EDESTADDRREQ &&
		err != syscall.ENOTCONN {
		e.Errorf("WriteBatch to nobody = %d, %v, want EDESTADDRREQ or ENOTCONN", n, err)
	}
	e.expectNone(a)
}

// tooLong is longer than any datagram can be.
var tooLong = string(make([]byte, 4<<20))

// One that cannot be sent is told, and ends nothing.
func testTooLongDatagram(e *env) {
	a, _ := e.socket()
	b, to := e.socket()
	if n, err := e.k.WriteBatch(a, datagrams(to, tooLong)); n != 0 || err != syscall.EMSGSIZE {
		e.Errorf("WriteBatch of 4 MiB = %d, %v, want EMSGSIZE", n, err)
	}
	e.sendTo(a, to, "x")
	e.expectData(b, "x")
}

// What is before a fault is sent, and the fault is told by the call that begins with it.
func testErrorBehindTheFirst(e *env) {
	a, _ := e.socket()
	b, to := e.socket()
	m := datagrams(to, "one", "two", tooLong, "three")
	for _, want := range []struct {
		n   int
		err error
	}{{2, nil}, {0, syscall.EMSGSIZE}} {
		n, err := e.k.WriteBatch(a, m)
		if n != want.n || err != want.err {
			e.Fatalf("WriteBatch of %d = %d, %v, want %d, %v", len(m), n, err, want.n, want.err)
		}
		m = m[n:]
	}
	e.sendAll(a, m[1:], nil)
	e.expectData(b, "one", "two", "three")
}

// An address that this socket cannot reach is an error of that datagram, wherever in the batch it
// is.
func testBadDestination(e *env) {
	a, _ := e.socket()
	b, to := e.socket()
	var bad net.Addr = &net.UDPAddr{IP: net.IPv6loopback, Port: 9}
	if e.network == "unixgram" {
		bad = &net.UnixAddr{Name: "/" + strings.Repeat("too long ", 50), Net: e.network}
	}
	m := slices.Concat(datagrams(to, "one"), datagrams(bad, "lost"), datagrams(to, "two"))
	if n, err := e.k.WriteBatch(a, m); n != 1 || err != nil {
		e.Fatalf("WriteBatch with a bad destination behind the first = %d, %v, want 1", n, err)
	}
	if n, err := e.k.WriteBatch(a, m[1:]); n != 0 || err == nil || err == syscall.EAGAIN {
		e.Errorf("WriteBatch to %v = %d, %v, want an error", bad, n, err)
	}
	e.sendAll(a, m[2:], nil)
	e.expectData(b, "one", "two")
}

// Where nobody listens, a connected socket is told once, sooner or later, by a read, a write or
// SocketError. It goes on working: if somebody listens there again, it is heard.
func testDatagramRefused(e *env) {
	for _, ask := range []string{"Read", "Write", "SocketError"} {
		gone, to := e.listen()
		a := e.connected(nil, e.addr(to))
		e.close(gone)
		e.add(a, 7, 0)
		e.quiet("nothing was sent")
		_, err := e.k.WriteBatch(a, datagrams(nil, "to nobody"))
		if e.network == "unixgram" {
			if err != syscall.ECONNREFUSED && err != syscall.ECONNRESET && err != syscall.EPIPE {
				e.Errorf("WriteBatch to nobody: %v, want ECONNREFUSED or EPIPE", err)
			}
			e.expectNone(a)
			e.remove(a)
			continue
		}
		if err != nil {
			e.Fatalf("WriteBatch to nobody: %v, want it told later", err)
		}
		if got := e.await(7, kernel.Failed); got&kernel.HangUp != 0 {
			e.Errorf("Ready = %05b after a refused datagram, want no HangUp", got)
		}
		switch ask {
		case "Read":
			_, err = e.k.ReadBatch(a, rooms(1))
		case "Write":
			_, err = e.k.WriteBatch(a, datagrams(nil, "again"))
		case "SocketError":
			err = e.k.SocketError(a)
		}
		if err != syscall.ECONNREFUSED {
			e.Errorf("%s after a refused datagram: %v, want ECONNREFUSED", ask, err)
		}
		e.quiet("it was told")
		e.expectNone(a)
		b, _ := e.listenWith(core.ListenConfig{}, to)
		e.sendTo(a, nil, "x")
		e.expectData(e.own(b), "x")
		e.close(b)
		e.remove(a)
	}
}

func testDatagramOptions(e *env) {
	a, _ := e.socket()
	b, to := e.socket()
	e.checkOptions(a)
	e.checkOptions(b)
	if e.network == "udp" {
		for _, value := range []int{-2, 256} {
			if err := e.k.SetOption(a, core.MulticastTTL, value); err != syscall.EINVAL {
				e.Errorf("SetOption(MulticastTTL, %d): %v, want EINVAL", value, err)
			}
		}
	}
	c := e.connected(nil, to)
	e.checkOptions(c)
	e.sendTo(c, nil, "x")
	e.expectData(b, "x")
}

// What does not fit into the buffer of a receiver is lost, and nothing else. However small that is,
// there is room for one.
func testReceiveBufferOfDatagrams(e *env) {
	for _, size := range []int{0, 4 << 10} {
		e.checkReceiveBuffer(size)
	}
}

func (e *env) checkReceiveBuffer(size int) {
	a, _ := e.socket()
	b, to := e.socket()
	if err := e.k.SetOption(b, core.ReceiveBuffer, size); err != nil {
		e.Fatalf("SetOption(ReceiveBuffer, %d): %v", size, err)
	}
	const sent = 100
	data := string(make([]byte, 500))
	for range sent {
		e.sendTo(a, to, data)
	}
	received := 0
	for {
		n, err := e.k.ReadBatch(b, rooms(8))
		if err == syscall.EAGAIN {
			break
		} else if err != nil {
			e.Fatalf("ReadBatch: %v", err)
		}
		received += n
	}
	if received == 0 || received == sent {
		e.Errorf("%d of %d datagrams came through a buffer of %d bytes, want some", received, sent, size)
	}
	e.sendTo(a, to, "x")
	e.expectData(b, "x")
}
