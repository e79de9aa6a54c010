package kerneltest

import (
	"net"
	"net/netip"
	"strconv"
	"syscall"

	"github.com/go-asynchat/asynchat/core"
)

// socket returns a datagram socket at an address that nobody else has.
func (e *env) socket() (fd int, addr net.Addr) {
	e.Helper()
	fd, s := e.listen()
	return e.own(fd), e.addr(s)
}

// connected returns a datagram socket without an address that was asked for, and connected to addr.
func (e *env) connected(local, addr net.Addr) int {
	e.Helper()
	fd, err := e.k.Connect(e.network, local, addr)
	if err != nil {
		e.Fatalf("Connect(%v, %v): %v", local, addr, err)
	}
	return e.own(fd)
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

// sendAll sends all of m, in as many calls as it takes. Where there is no room, it calls full,
// which makes some.
func (e *env) sendAll(fd int, m []core.Datagram, full func()) {
	e.Helper()
	for len(m) > 0 {
		n, err := e.k.WriteBatch(fd, m)
		switch {
		case err == syscall.EAGAIN && full != nil:
			full()
		case err != nil || n <= 0 || n > len(m):
			e.Fatalf("WriteBatch of %d = %d, %v", len(m), n, err)
		}
		m = m[n:]
	}
}

func (e *env) sendTo(fd int, addr net.Addr, data ...string) {
	e.Helper()
	e.sendAll(fd, datagrams(addr, data...), nil)
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
func (e *env) receive(fd, n int) []core.Datagram {
	e.Helper()
	var got []core.Datagram
	for len(got) < n {
		m := rooms(n - len(got))
		e.retry("ReadBatch", func() error {
			k, err := e.k.ReadBatch(fd, m)
			if err == nil {
				got = append(got, m[:k]...)
			}
			return err
		})
	}
	return got
}

// expectData fails unless the next datagrams are these, whole.
func (e *env) expectData(fd int, want ...string) {
	e.Helper()
	for i, m := range e.receive(fd, len(want)) {
		if string(m.Data) != want[i] || m.Truncated {
			e.Errorf("datagram %d is %q, truncated %t, want %q", i, m.Data, m.Truncated, want[i])
		}
	}
}

// expectNone fails unless no datagram has arrived.
func (e *env) expectNone(fd int) {
	e.Helper()
	m := rooms(1)
	if n, err := e.k.ReadBatch(fd, m); n != 0 || err != syscall.EAGAIN {
		e.Errorf("ReadBatch = %d, %v, %q, want EAGAIN", n, err, m[0].Data)
	}
}

func testDatagramOrder(e *env) {
	a, _ := e.socket()
	b, to := e.socket()
	e.sendTo(a, to, "one", "two")
	m := datagrams(to, "three")
	e.sendAll(a, m, nil)
	copy(m[0].Data, "spoilt") // it is the sender's again
	e.sendTo(a, to, "four", "five")
	e.expectData(b, "one", "two")
	e.expectData(b, "three", "four", "five")
	e.expectNone(b)
}

// A batch is as long as what has arrived; what is behind it is not touched. One that is shorter
// leaves the rest for the next.
func testDatagramBatch(e *env) {
	a, _ := e.socket()
	b, to := e.socket()
	e.sendTo(a, to, "one", "two", "three")
	e.add(b, 7, core.Readable)
	e.await(7, core.Readable)
	e.expectData(b, "one")
	m := rooms(8)
	got := 0
	e.retry("ReadBatch", func() error {
		n, err := e.k.ReadBatch(b, m[got:])
		if got += n; err == nil && got < 2 {
			return syscall.EAGAIN
		}
		return err
	})
	if got != 2 || string(m[0].Data) != "two" || string(m[1].Data) != "three" {
		e.Errorf("ReadBatch returned %d: %q, %q, want two, three", got, m[0].Data, m[1].Data)
	}
	for i, untouched := range rooms(8) {
		if i >= 2 && (string(m[i].Data) != string(untouched.Data) || m[i].Path != untouched.Path ||
			m[i].Addr != untouched.Addr) {
			e.Errorf("datagram %d of the batch was changed, though only 2 had come: %+v", i, m[i])
		}
	}
}

// A batch may be longer than one that the system can take: it is done in parts, in order.
func testLargeBatch(e *env) {
	const n = 200
	a, _ := e.socket()
	b, to := e.socket()
	var data []string
	for i := range n {
		data = append(data, strconv.Itoa(i))
	}
	var got []core.Datagram
	e.sendAll(a, datagrams(to, data...), func() { got = append(got, e.receive(b, 1)...) })
	got = append(got, e.receive(b, n-len(got))...)
	for i, m := range got {
		if string(m.Data) != data[i] {
			e.Fatalf("datagram %d is %q, want %q", i, m.Data, data[i])
		}
	}
	e.expectNone(b)
}

// B54, S83: an empty datagram is a message like any other, and no end of anything.
func testEmptyDatagram(e *env) {
	a, _ := e.socket()
	b, to := e.socket()
	e.add(b, 7, core.Readable)
	e.sendTo(a, to, "")
	if got := e.await(7, core.Readable); got != core.Readable {
		e.Errorf("Ready = %05b, want Readable only", got)
	}
	e.sendTo(a, to, "", "data", "")
	e.expectData(b, "", "", "data", "")
	e.quiet("all was read")
}

// One that is longer than its room is cut and says so, one that just fits does not, and the next
// begins with its beginning.
func testTruncated(e *env) {
	a, _ := e.socket()
	b, to := e.socket()
	e.sendTo(a, to, "a long one", "fits", "next", "no room", "")
	m := make([]core.Datagram, 5)
	for i := range 3 {
		m[i].Data = make([]byte, 4)
	}
	m[4].Data = make([]byte, 1)
	got := 0
	e.retry("ReadBatch", func() error {
		n, err := e.k.ReadBatch(b, m[got:])
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
			e.Errorf("datagram %d is %q, truncated %t, want %q, %t", i, m[i].Data, m[i].Truncated, want.data,
				want.cut)
		}
	}
	e.expectNone(b)
}

func testNoDatagram(e *env) {
	a, _ := e.socket()
	b, to := e.socket()
	e.expectNone(b)
	e.sendTo(a, to, "x")
	e.expectData(b, "x")
	e.expectNone(b)
	e.expectNone(a)
}

func testDatagramLevel(e *env) {
	a, _ := e.socket()
	b, to := e.socket()
	e.add(b, 7, core.Readable)
	e.quiet("nothing has arrived")
	e.sendTo(a, to, "one", "two")
	for _, want := range []string{"one", "two"} {
		e.await(7, core.Readable)
		e.await(7, core.Readable)
		e.expectData(b, want)
	}
	e.quiet("all was read")
	e.modify(b, 8, core.Writable)
	if got := e.await(8, core.Writable); got != core.Writable {
		e.Errorf("Ready = %05b, want Writable only", got)
	}
	e.modify(b, 9, 0)
	e.sendTo(a, to, "three")
	e.quiet("nothing is wanted")
}
