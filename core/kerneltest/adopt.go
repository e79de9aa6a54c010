package kerneltest

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/go-asynchat/asynchat/core"
)

// An adopted descriptor is a duplicate: the original may be closed.
func testAdopt(r *rig) {
	if _, err := r.k.Adopt(new(int)); !errors.Is(err, core.ErrUnsupported) {
		r.Errorf("Adopt(*int): %v, want ErrUnsupported", err)
	}
	path := filepath.Join(r.tempDir(), "socket")
	original, err := net.Listen("unix", path)
	if err != nil {
		r.Skipf("no Unix sockets: %v", err)
	}
	defer original.Close()
	original.(*net.UnixListener).SetUnlinkOnClose(false)
	ln, err := r.k.Adopt(original)
	if errors.Is(err, core.ErrUnsupported) {
		r.Skip("the kernel adopts nothing")
	} else if err != nil {
		r.Fatalf("Adopt: %v", err)
	}
	r.own(ln)
	r.expectNobody(ln)
	original.Close()
	conn, err := net.DialTimeout("unix", path, patience)
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
	r.write(server, "x")
	r.expect(client, "x")
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
	if err != nil {
		r.Fatalf("Adopt: %v", err)
	}
	r.own(fd)
	r.add(fd, 7, core.Readable)
	r.expectEmpty(fd)
	out.WriteString("x")
	r.await(7, core.Readable)
	r.expect(fd, "x")
}
