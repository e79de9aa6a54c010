package kerneltest

import (
	"net"
	"slices"
	"strings"
	"syscall"

	"github.com/go-asynchat/asynchat/core"
)

func testNoDestination(r *rig) {
	a, _ := r.socket()
	if n, err := r.k.WriteBatch(a, datagrams(nil, "x")); err != syscall.EDESTADDRREQ && err != syscall.ENOTCONN {
		r.Errorf("WriteBatch to nobody = %d, %v, want EDESTADDRREQ or ENOTCONN", n, err)
	}
	r.expectNone(a)
}

// tooLong is longer than any datagram can be.
var tooLong = string(make([]byte, 4<<20))

// One that cannot be sent is told, and ends nothing.
func testTooLongDatagram(r *rig) {
	a, _ := r.socket()
	b, to := r.socket()
	if n, err := r.k.WriteBatch(a, datagrams(to, tooLong)); n != 0 || err != syscall.EMSGSIZE {
		r.Errorf("WriteBatch of 4 MiB = %d, %v, want EMSGSIZE", n, err)
	}
	r.sendTo(a, to, "x")
	r.expectData(b, "x")
}

// What is before a fault is sent, and the fault is told by the call that begins with it.
func testErrorBehindTheFirst(r *rig) {
	a, _ := r.socket()
	b, to := r.socket()
	m := datagrams(to, "one", "two", tooLong, "three")
	for _, want := range []struct {
		n   int
		err error
	}{{2, nil}, {0, syscall.EMSGSIZE}} {
		n, err := r.k.WriteBatch(a, m)
		if n != want.n || err != want.err {
			r.Fatalf("WriteBatch of %d = %d, %v, want %d, %v", len(m), n, err, want.n, want.err)
		}
		m = m[n:]
	}
	r.sendAll(a, m[1:], nil)
	r.expectData(b, "one", "two", "three")
}

// An address that this socket cannot reach is an error of that datagram, wherever in the batch it is.
func testBadDestination(r *rig) {
	a, _ := r.socket()
	b, to := r.socket()
	var bad net.Addr = &net.UDPAddr{IP: net.IPv6loopback, Port: 9}
	if r.network == "unixgram" {
		bad = &net.UnixAddr{Name: "/" + strings.Repeat("too long ", 50), Net: r.network}
	}
	m := slices.Concat(datagrams(to, "one"), datagrams(bad, "lost"), datagrams(to, "two"))
	if n, err := r.k.WriteBatch(a, m); n != 1 || err != nil {
		r.Fatalf("WriteBatch with a bad destination behind the first = %d, %v, want 1", n, err)
	}
	if n, err := r.k.WriteBatch(a, m[1:]); n != 0 || err == nil || err == syscall.EAGAIN {
		r.Errorf("WriteBatch to %v = %d, %v, want an error", bad, n, err)
	}
	r.sendAll(a, m[2:], nil)
	r.expectData(b, "one", "two")
}

// Where nobody listens, a connected socket is told once, sooner or later, by a read, a write or SocketError. It goes on working: if
// somebody listens there again, it is heard.
func testDatagramRefused(r *rig) {
	for _, ask := range []string{"Read", "Write", "SocketError"} {
		gone, to := r.listen()
		a := r.connected(nil, r.addr(to))
		r.close(gone)
		r.add(a, 7, 0)
		r.quiet("nothing was sent")
		_, err := r.k.WriteBatch(a, datagrams(nil, "to nobody"))
		if r.network == "unixgram" {
			if err != syscall.ECONNREFUSED && err != syscall.ECONNRESET {
				r.Errorf("WriteBatch to nobody: %v, want ECONNREFUSED", err)
			}
			r.expectNone(a)
			r.remove(a)
			continue
		}
		if err != nil {
			r.Fatalf("WriteBatch to nobody: %v, want it told later", err)
		}
		if got := r.await(7, core.Failed); got&core.HangUp != 0 {
			r.Errorf("Ready = %05b after a refused datagram, want no HangUp", got)
		}
		switch ask {
		case "Read":
			_, err = r.k.ReadBatch(a, rooms(1))
		case "Write":
			_, err = r.k.WriteBatch(a, datagrams(nil, "again"))
		case "SocketError":
			err = r.k.SocketError(a)
		}
		if err != syscall.ECONNREFUSED {
			r.Errorf("%s after a refused datagram: %v, want ECONNREFUSED", ask, err)
		}
		r.quiet("it was told")
		r.expectNone(a)
		b, _ := r.listenWith(core.ListenConfig{}, to)
		r.sendTo(a, nil, "x")
		r.expectData(r.own(b), "x")
		r.close(b)
		r.remove(a)
	}
}

func testDatagramOptions(r *rig) {
	a, _ := r.socket()
	b, to := r.socket()
	r.checkOptions(a)
	r.checkOptions(b)
	if r.network == "udp" {
		for _, value := range []int{-2, 256} {
			if err := r.k.SetOption(a, core.MulticastTTL, value); err != syscall.EINVAL {
				r.Errorf("SetOption(MulticastTTL, %d): %v, want EINVAL", value, err)
			}
		}
	}
	c := r.connected(nil, to)
	r.checkOptions(c)
	r.sendTo(c, nil, "x")
	r.expectData(b, "x")
}

// What does not fit into the buffer of a receiver is lost, and nothing else. However small that is, there is room for one.
func testReceiveBufferOfDatagrams(r *rig) {
	for _, size := range []int{0, 4 << 10} {
		r.checkReceiveBuffer(size)
	}
}

func (r *rig) checkReceiveBuffer(size int) {
	a, _ := r.socket()
	b, to := r.socket()
	if err := r.k.SetOption(b, core.ReceiveBuffer, size); err != nil {
		r.Fatalf("SetOption(ReceiveBuffer, %d): %v", size, err)
	}
	const sent = 100
	data := string(make([]byte, 500))
	for range sent {
		r.sendTo(a, to, data)
	}
	received := 0
	for {
		n, err := r.k.ReadBatch(b, rooms(8))
		if err == syscall.EAGAIN {
			break
		} else if err != nil {
			r.Fatalf("ReadBatch: %v", err)
		}
		received += n
	}
	if received == 0 || received == sent {
		r.Errorf("%d of %d datagrams came through a buffer of %d bytes, want some", received, sent, size)
	}
	r.sendTo(a, to, "x")
	r.expectData(b, "x")
}
