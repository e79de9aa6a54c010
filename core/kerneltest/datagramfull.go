package kerneltest

import (
	"strconv"
	"syscall"

	"github.com/go-asynchat/asynchat/core"
)

// One who waits for room is told when nobody is left who could make some.
func testFullPeerCloses(e *env) {
	if e.network != "unixgram" {
		e.Skip("never without room")
	}
	b, addr := e.listen()
	a := e.connected(nil, e.addr(addr))
	for range 1 << 16 {
		if _, err := e.k.WriteBatch(a, datagrams(nil, "x")); err == syscall.EAGAIN {
			break
		}
	}
	e.add(a, 7, core.Writable)
	e.quiet("there is no room")
	e.close(b)
	e.await(7, core.Writable)
	if n, err := e.k.WriteBatch(a, datagrams(nil, "x")); err == nil || err == syscall.EAGAIN {
		e.Errorf("WriteBatch to one who has closed = %d, %v, want an error", n, err)
	}
}

// However many come, none is mixed with another; those for which there is no room are lost, or the
// sender is told EAGAIN and is writable when there is room again.
func testManyDatagrams(e *env) {
	b, to := e.socket()
	a := e.connected(e.freeAddr(), to)
	e.add(a, 7, core.Writable)
	var sent int
	for sent = 0; sent < 2000; sent++ {
		_, err := e.k.WriteBatch(a, datagrams(nil, strconv.Itoa(sent)))
		if err == syscall.EAGAIN {
			e.quiet("there is no room")
			break
		} else if err != nil {
			e.Fatalf("WriteBatch: %v", err)
		}
	}
	if sent < 2000 && e.network == "udp" {
		e.Errorf("EAGAIN after %d datagrams without a reader", sent)
	}
	last, received := -1, 0
	for {
		m := rooms(1)
		if _, err := e.k.ReadBatch(b, m); err == syscall.EAGAIN {
			break
		} else if err != nil {
			e.Fatalf("ReadBatch: %v", err)
		}
		i, err := strconv.Atoi(string(m[0].Data))
		if err != nil || i <= last || i >= sent {
			e.Fatalf("%q came after %d, of %d", m[0].Data, last, sent)
		}
		last = i
		received++
	}
	if e.network == "unixgram" && received != sent || received == 0 {
		e.Errorf("%d of %d datagrams have come", received, sent)
	}
	e.await(7, core.Writable)
	e.sendTo(a, nil, "more")
	e.expectData(b, "more")
}
