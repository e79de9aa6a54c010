package kerneltest

import (
	"errors"
	"net"
	"os"
	"syscall"
	"time"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/kernel"
)

// An adopted descriptor is a duplicate: the original may be closed.
func testAdopt(e *env) {
	if _, err := e.k.Adopt(new(int)); !errors.Is(err, core.ErrUnsupported) {
		e.Errorf("Adopt(*int): %v, want ErrUnsupported", err)
	}
	original, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		e.Fatalf("Listen: %v", err)
	}
	defer original.Close()
	ln, err := e.k.Adopt(original)
	if errors.Is(err, core.ErrUnsupported) {
		e.Skip("the kernel adopts nothing")
	} else if err != nil {
		e.Fatalf("Adopt: %v", err)
	}
	e.own(ln)
	e.expectNobody(ln)
	original.Close()
	conn, err := net.DialTimeout("tcp", original.Addr().String(), patience)
	if err != nil {
		e.Fatalf("the adopted listener does not listen: %v", err)
	}
	defer conn.Close()
	server := e.own(e.accept(ln))
	client, err := e.k.Adopt(conn)
	if err != nil {
		e.Fatalf("Adopt: %v", err)
	}
	e.own(client)
	conn.Close()
	e.expectEmpty(client)
	e.add(client, 7, core.Readable)
	e.write(server, "x")
	e.await(7, core.Readable)
	e.expect(client, "x")
	e.remove(client)
	testAdoptFile(e)
}

func testAdoptFile(e *env) {
	in, out, err := os.Pipe()
	if err != nil {
		e.Fatalf("Pipe: %v", err)
	}
	defer out.Close()
	out.SetWriteDeadline(time.Now().Add(patience))
	fd, err := e.k.Adopt(in)
	in.Close()
	if errors.Is(err, core.ErrUnsupported) {
		return // sockets only
	} else if err != nil {
		e.Fatalf("Adopt: %v", err)
	}
	e.own(fd)
	e.add(fd, 7, core.Readable)
	e.expectEmpty(fd)
	out.WriteString("x")
	e.await(7, core.Readable)
	e.expect(fd, "x")
}

// An error may be pending though no direction has ended. It is told to one who wants nothing, as
// long as nobody has taken it; a datagram without a byte is no error.
func testDatagramError(e *env) {
	peer, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		e.Skipf("no UDP: %v", err)
	}
	defer peer.Close()
	conn, err := net.DialUDP("udp", nil, peer.LocalAddr().(*net.UDPAddr))
	if err != nil {
		e.Fatalf("DialUDP: %v", err)
	}
	defer conn.Close()
	fd, err := e.k.Adopt(conn)
	if errors.Is(err, core.ErrUnsupported) {
		e.Skip("the kernel adopts nothing")
	} else if err != nil {
		e.Fatalf("Adopt: %v", err)
	}
	e.own(fd)
	e.add(fd, 7, core.Readable)
	if _, err := peer.WriteTo(nil, conn.LocalAddr()); err != nil {
		e.Fatalf("WriteTo: %v", err)
	}
	if got := e.await(7, core.Readable); got != core.Readable {
		e.Errorf("an empty datagram: Ready = %05b, want Readable only", got)
	}
	e.expectEnd(fd) // it is empty, not the end
	e.modify(fd, 8, 0)
	peer.Close()
	e.write(fd, "to nobody")
	for range 3 {
		if got := e.await(8, kernel.Failed); got&kernel.HangUp != 0 {
			e.Errorf("a datagram was refused: Ready = %05b, want no HangUp", got)
		}
	}
	if err := e.k.SocketError(fd); err != syscall.ECONNREFUSED {
		e.Errorf("SocketError = %v, want ECONNREFUSED", err)
	}
	e.quiet("the error has been taken")
}
