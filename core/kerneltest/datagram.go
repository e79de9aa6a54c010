package kerneltest

import (
	"net"
	"net/netip"
	"strconv"
	"syscall"

	"github.com/go-asynchat/asynchat/core"
)

// socket returns a datagram socket at an address that nobody else has.
func (r *rig) socket() (fd int, addr net.Addr) {
	r.Helper()
	fd, s := r.listen()
	return r.own(fd), r.addr(s)
}

// connected returns a datagram socket without an address that was asked for, and connected to addr.
func (r *rig) connected(local, addr net.Addr) int {
	r.Helper()
	fd, err := r.k.Connect(r.network, local, addr)
	if err != nil {
		r.Fatalf("Connect(%v, %v): %v", local, addr, err)
	}
	return r.own(fd)
}

// datagrams returns one for each string, to addr, or to nobody in particular if that is nil.
func datagrams(addr net.Addr, data ...string) []core.Datagram {
	m := make([]core.Datagram, len(data))
	for i := range m {
		m[i].Data = []byte(data[i])
		switch a := addr.(type) {
		case *net.UDPAddr:
			m[i].Addr = a.AddrPort()
		case *net.UnixAddr:
			m[i].Path = a.Name
		}
	}
	return m
}

// sendAll sends all of m, in as many calls as it takes. Where there is no room, it calls full, which makes some.
func (r *rig) sendAll(fd int, m []core.Datagram, full func()) {
	r.Helper()
	for len(m) > 0 {
		n, err := r.k.WriteBatch(fd, m)
		switch {
		case err == syscall.EAGAIN && full != nil:
			full()
		case err != nil || n <= 0 || n > len(m):
			r.Fatalf("WriteBatch of %d = %d, %v", len(m), n, err)
		}
		m = m[n:]
	}
}

func (r *rig) sendTo(fd int, addr net.Addr, data ...string) {
	r.Helper()
	r.sendAll(fd, datagrams(addr, data...), nil)
}

const room = 64

// rooms returns n datagrams to read into. Each is full of what an earlier one may have left there.
func rooms(n int) []core.Datagram {
	m := make([]core.Datagram, n)
	for i := range m {
		m[i] = core.Datagram{
			Data:      []byte("what was read before, and is longer than what will come")[:room-16],
			Addr:      netip.MustParseAddrPort("192.0.2.1:9"),
			Path:      "/nowhere",
			Truncated: true,
		}
	}
	return m
}

// receive returns what comes until there are n datagrams.
func (r *rig) receive(fd, n int) []core.Datagram {
	r.Helper()
	var got []core.Datagram
	for len(got) < n {
		m := rooms(n - len(got))
		r.retry("ReadBatch", func() error {
			k, err := r.k.ReadBatch(fd, m)
			if err == nil {
				got = append(got, m[:k]...)
			}
			return err
		})
	}
	return got
}

// expectData fails unless the next datagrams are these, whole.
func (r *rig) expectData(fd int, want ...string) {
	r.Helper()
	for i, m := range r.receive(fd, len(want)) {
		if string(m.Data) != want[i] || m.Truncated {
			r.Errorf("datagram %d is %q, truncated %t, want %q", i, m.Data, m.Truncated, want[i])
		}
	}
}

// expectNone fails unless no datagram has arrived.
func (r *rig) expectNone(fd int) {
	r.Helper()
	m := rooms(1)
	if n, err := r.k.ReadBatch(fd, m); n != 0 || err != syscall.EAGAIN {
		r.Errorf("ReadBatch = %d, %v, %q, want EAGAIN", n, err, m[0].Data)
	}
}

func testDatagramOrder(r *rig) {
	a, _ := r.socket()
	b, to := r.socket()
	r.sendTo(a, to, "one", "two")
	m := datagrams(to, "three")
	r.sendAll(a, m, nil)
	copy(m[0].Data, "spoilt") // it is the sender's again
	r.sendTo(a, to, "four", "five")
	r.expectData(b, "one", "two")
	r.expectData(b, "three", "four", "five")
	r.expectNone(b)
}

// A batch is as long as what has arrived; what is behind it is not touched. One that is shorter leaves the rest for the next.
func testDatagramBatch(r *rig) {
	a, _ := r.socket()
	b, to := r.socket()
	r.sendTo(a, to, "one", "two", "three")
	r.add(b, 7, core.Readable)
	r.await(7, core.Readable)
	r.expectData(b, "one")
	m := rooms(8)
	got := 0
	r.retry("ReadBatch", func() error {
		n, err := r.k.ReadBatch(b, m[got:])
		if got += n; err == nil && got < 2 {
			return syscall.EAGAIN
		}
		return err
	})
	if got != 2 || string(m[0].Data) != "two" || string(m[1].Data) != "three" {
		r.Errorf("ReadBatch returned %d: %q, %q, want two, three", got, m[0].Data, m[1].Data)
	}
	for i, untouched := range rooms(8) {
		if i >= 2 && (string(m[i].Data) != string(untouched.Data) || m[i].Path != untouched.Path || m[i].Addr != untouched.Addr) {
			r.Errorf("datagram %d of the batch was changed, though only 2 had come: %+v", i, m[i])
		}
	}
}

// A batch may be longer than one that the system can take: it is done in parts, in order.
func testLargeBatch(r *rig) {
	const n = 200
	a, _ := r.socket()
	b, to := r.socket()
	var data []string
	for i := range n {
		data = append(data, strconv.Itoa(i))
	}
	var got []core.Datagram
	r.sendAll(a, datagrams(to, data...), func() { got = append(got, r.receive(b, 1)...) })
	got = append(got, r.receive(b, n-len(got))...)
	for i, m := range got {
		if string(m.Data) != data[i] {
			r.Fatalf("datagram %d is %q, want %q", i, m.Data, data[i])
		}
	}
	r.expectNone(b)
}

// B54, S83: an empty datagram is a message like any other, and no end of anything.
func testEmptyDatagram(r *rig) {
	a, _ := r.socket()
	b, to := r.socket()
	r.add(b, 7, core.Readable)
	r.sendTo(a, to, "")
	if got := r.await(7, core.Readable); got != core.Readable {
		r.Errorf("Ready = %05b, want Readable only", got)
	}
	r.sendTo(a, to, "", "data", "")
	r.expectData(b, "", "", "data", "")
	r.quiet("all was read")
}

// One that is longer than its room is cut and says so, one that just fits does not, and the next begins with its beginning.
func testTruncated(r *rig) {
	a, _ := r.socket()
	b, to := r.socket()
	r.sendTo(a, to, "a long one", "fits", "next", "no room", "")
	m := make([]core.Datagram, 5)
	for i := range 3 {
		m[i].Data = make([]byte, 4)
	}
	m[4].Data = make([]byte, 1)
	got := 0
	r.retry("ReadBatch", func() error {
		n, err := r.k.ReadBatch(b, m[got:])
		if got += n; err == nil && got < len(m) {
			return syscall.EAGAIN
		}
		return err
	})
	for i, want := range []struct {
		data string
		cut  bool
	}{{"a lo", true}, {"fits", false}, {"next", false}, {"", true}, {"", false}} {
		if string(m[i].Data) != want.data || m[i].Truncated != want.cut {
			r.Errorf("datagram %d is %q, truncated %t, want %q, %t", i, m[i].Data, m[i].Truncated, want.data, want.cut)
		}
	}
	r.expectNone(b)
}

func testNoDatagram(r *rig) {
	a, _ := r.socket()
	b, to := r.socket()
	r.expectNone(b)
	r.sendTo(a, to, "x")
	r.expectData(b, "x")
	r.expectNone(b)
	r.expectNone(a)
}

func testDatagramLevel(r *rig) {
	a, _ := r.socket()
	b, to := r.socket()
	r.add(b, 7, core.Readable)
	r.quiet("nothing has arrived")
	r.sendTo(a, to, "one", "two")
	for _, want := range []string{"one", "two"} {
		r.await(7, core.Readable)
		r.await(7, core.Readable)
		r.expectData(b, want)
	}
	r.quiet("all was read")
	r.modify(b, 8, core.Writable)
	if got := r.await(8, core.Writable); got != core.Writable {
		r.Errorf("Ready = %05b, want Writable only", got)
	}
	r.modify(b, 9, 0)
	r.sendTo(a, to, "three")
	r.quiet("nothing is wanted")
}
