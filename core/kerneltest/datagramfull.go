package kerneltest

import (
	"strconv"
	"syscall"

	"github.com/go-asynchat/asynchat/core"
)

// One who waits for room is told when nobody is left who could make some.
func testFullPeerCloses(r *rig) {
	if r.network != "unixgram" {
		r.Skip("never without room")
	}
	b, addr := r.listen()
	a := r.connected(nil, r.addr(addr))
	for range 1 << 16 {
		if _, err := r.k.WriteBatch(a, datagrams(nil, "x")); err == syscall.EAGAIN {
			break
		}
	}
	r.add(a, 7, core.Writable)
	r.quiet("there is no room")
	r.close(b)
	r.await(7, core.Writable)
	if n, err := r.k.WriteBatch(a, datagrams(nil, "x")); err == nil || err == syscall.EAGAIN {
		r.Errorf("WriteBatch to one who has closed = %d, %v, want an error", n, err)
	}
}

// However many come, none is mixed with another; those for which there is no room are lost, or the sender is told EAGAIN and is
// writable when there is room again.
func testManyDatagrams(r *rig) {
	b, to := r.socket()
	a := r.connected(r.freeAddr(), to)
	r.add(a, 7, core.Writable)
	var sent int
	for sent = 0; sent < 2000; sent++ {
		_, err := r.k.WriteBatch(a, datagrams(nil, strconv.Itoa(sent)))
		if err == syscall.EAGAIN {
			r.quiet("there is no room")
			break
		} else if err != nil {
			r.Fatalf("WriteBatch: %v", err)
		}
	}
	full := sent < 2000
	if full != (r.network == "unixgram") {
		r.Errorf("after %d datagrams without a reader: EAGAIN is %t", sent, full)
	}
	last, received := -1, 0
	for {
		m := rooms(1)
		if _, err := r.k.ReadBatch(b, m); err == syscall.EAGAIN {
			break
		} else if err != nil {
			r.Fatalf("ReadBatch: %v", err)
		}
		i, err := strconv.Atoi(string(m[0].Data))
		if err != nil || i <= last || i >= sent {
			r.Fatalf("%q came after %d, of %d", m[0].Data, last, sent)
		}
		last = i
		received++
	}
	if full && received != sent || received == 0 {
		r.Errorf("%d of %d datagrams have come", received, sent)
	}
	r.await(7, core.Writable)
	r.sendTo(a, nil, "more")
	r.expectData(b, "more")
}
