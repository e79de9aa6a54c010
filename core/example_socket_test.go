//go:build unix && !aix

package core_test

import (
	"context"
	"fmt"
	"log"
	"net"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/go-asynchat/asynchat/core"
)

// Control sets options that are needed before a socket is bound. Here it sets the largest segment
// size.
func ExampleListenConfig() {
	loop, err := core.New()
	if err != nil {
		log.Fatal(err)
	}
	defer loop.Close()
	config := core.ListenConfig{
		Control: func(network, address string, c syscall.RawConn) error {
			fmt.Println("a socket for", network, address)
			return c.Control(func(fd uintptr) {
				unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_MAXSEG, 1200)
			})
		},
	}
	ln, err := config.Listen(loop, "tcp", "127.0.0.1:0", refuse{})
	if err != nil {
		log.Fatal(err)
	}
	ln.Close()
	// Output: a socket for tcp4 127.0.0.1:0
}

// owner says hello to the processes of its own user.
type owner struct{}

func (owner) HandleAccepted(c *core.Conn) {
	who, err := c.PeerCredentials()
	fmt.Println("the same user:", err == nil && who.UID == os.Getuid())
	c.Close()
}

func ExampleConn_PeerCredentials() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	loop, err := core.New()
	if err != nil {
		log.Fatal(err)
	}
	defer loop.Close()
	path := filepath.Join(dir, "s")
	if _, err := core.Listen(loop, "unix", path, owner{}); err != nil {
		log.Fatal(err)
	}
	if _, err := core.Dial(loop, "unix", path, nil, 0); err != nil {
		log.Fatal(err)
	}
	loop.Poll(-1)
	// Output: the same user: true
}

// resolver answers each question from the address that was asked.
type resolver struct{ c *core.PacketConn }

func (r *resolver) HandleRead() {
	m := []core.Datagram{{Data: make([]byte, 512)}}
	if _, err := r.c.ReadBatch(m); err != nil {
		return // core.ErrWouldBlock: no more datagrams
	}
	fmt.Printf("%q to %v\n", m[0].Data, m[0].Local)
	r.c.WriteBatch(m) // back to Addr, from the address in Local
	r.c.Close()
}

// A server listens on all addresses of a host, and answers from the address that was asked.
func ExamplePacketConn_ReportLocal() {
	loop, err := core.New()
	if err != nil {
		log.Fatal(err)
	}
	defer loop.Close()
	r := &resolver{}
	r.c, err = core.ListenPacket(loop, "udp4", "0.0.0.0:0", r, core.Readable)
	if err != nil {
		log.Fatal(err)
	}
	if err := r.c.ReportLocal(); err != nil {
		log.Fatal(err)
	}
	port := r.c.LocalAddr().(*net.UDPAddr).Port
	asker, err := net.DialUDP("udp4", nil, &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
	if err != nil {
		log.Fatal(err)
	}
	defer asker.Close()
	asker.Write([]byte("example.com"))
	loop.RunUntilEmpty(context.Background())
	answer := make([]byte, 512)
	n, err := asker.Read(answer) // a connected socket receives only from its peer's address
	fmt.Printf("%q, %v\n", answer[:n], err)
	// Output:
	// "example.com" to 127.0.0.1
	// "example.com", <nil>
}
