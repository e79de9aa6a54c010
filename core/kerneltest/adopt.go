package kerneltest

import (
	"errors"
	"net"
	"os"
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
