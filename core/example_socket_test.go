//go:build unix && !aix

package core_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/go-asynchat/asynchat/core"
)

// What has to be known before a socket is bound is set by Control: here, the largest piece of data
// in a packet.
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
