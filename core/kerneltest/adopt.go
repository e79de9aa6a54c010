package kerneltest

import (
	"errors"
	"net"
	"os"
	"syscall"
	"time"

	"github.com/go-asynchat/asynchat/core"
)

// An adopted descriptor is a duplicate: the original may be closed.
func testAdopt(r *rig) {
	if _, err := r.k.Adopt(new(int)); !errors.Is(err, core.ErrUnsupported) {
		r.Errorf("Adopt(*int): %v, want ErrUnsupported", err)
	}
	original, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		r.Fatalf("Listen: %v", err)
	}
	defer original.Close()
	ln, err := r.k.Adopt(original)
	if errors.Is(err, core.ErrUnsupported) {
		r.Skip("the kernel adopts nothing")
	} else if err != nil {
		r.Fatalf("Adopt: %v", err)
	}
	r.own(ln)
	r.expectNobody(ln)
	original.Close()
	conn, err := net.DialTimeout("tcp", original.Addr().String(), patience)
	if err != nil {
		r.Fatalf("the adopted listener does not listen: %v", err)
	}
	defer conn.Close()
	server := r.own(r.accept(ln))
	client, err := r.k.Adopt(conn)
	if err != nil {
		r.Fatalf("Adopt: %v", err)
	}
	r.own(client)
	conn.Close()
	r.expectEmpty(client)
	r.add(client, 7, core.Readable)
	r.write(server, "x")
	r.await(7, core.Readable)
	r.expect(client, "x")
	r.remove(client)
	testAdoptFile(r)
}

func testAdoptFile(r *rig) {
	in, out, err := os.Pipe()
	if err != nil {
		r.Fatalf("Pipe: %v", err)
	}
	defer out.Close()
	out.SetWriteDeadline(time.Now().Add(patience))
	fd, err := r.k.Adopt(in)
	in.Close()
	if errors.Is(err, core.ErrUnsupported) {
		return // sockets only
	} else if err != nil {
		r.Fatalf("Adopt: %v", err)
	}
	r.own(fd)
	r.add(fd, 7, core.Readable)
	r.expectEmpty(fd)
	out.WriteString("x")
	r.await(7, core.Readable)
	r.expect(fd, "x")
}

// An error may be pending though no direction has ended. It is told to one who wants nothing, as long as nobody has taken it; a
// datagram without a byte is no error.
func testDatagramError(r *rig) {
	peer, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		r.Skipf("no UDP: %v", err)
	}
	defer peer.Close()
	conn, err := net.DialUDP("udp", nil, peer.LocalAddr().(*net.UDPAddr))
	if err != nil {
		r.Fatalf("DialUDP: %v", err)
	}
	defer conn.Close()
	fd, err := r.k.Adopt(conn)
	if errors.Is(err, core.ErrUnsupported) {
		r.Skip("the kernel adopts nothing")
	} else if err != nil {
		r.Fatalf("Adopt: %v", err)
	}
	r.own(fd)
	r.add(fd, 7, core.Readable)
	if _, err := peer.WriteTo(nil, conn.LocalAddr()); err != nil {
		r.Fatalf("WriteTo: %v", err)
	}
	if got := r.await(7, core.Readable); got != core.Readable {
		r.Errorf("an empty datagram: Ready = %05b, want Readable only", got)
	}
	r.expectEnd(fd) // it is empty, not the end
	r.modify(fd, 8, 0)
	peer.Close()
	r.write(fd, "to nobody")
	for range 3 {
		if got := r.await(8, core.Failed); got&core.HangUp != 0 {
			r.Errorf("a datagram was refused: Ready = %05b, want no HangUp", got)
		}
	}
	if err := r.k.SocketError(fd); err != syscall.ECONNREFUSED {
		r.Errorf("SocketError = %v, want ECONNREFUSED", err)
	}
	r.quiet("the error has been taken")
}
