//go:build unix && !aix

package chat_test

import (
	"context"
	"fmt"
	"log"
	"net/netip"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/proxy"
	"github.com/go-asynchat/asynchat/core"
)

// A channel has methods for the common options of its socket. For other options use the descriptor.
func ExampleChannel_SetOption() {
	talk(&chat.Server{Handler: chat.Lines(func(c *chat.Channel, _ []byte) {
		c.SetOption(core.TypeOfService, 0x10) // low delay
		tos, err := c.Option(core.TypeOfService)
		fmt.Fprintf(c, "type of service %#x, %v\r\n", tos, err)

		kind := 0
		err = c.Control(func(fd uintptr) {
			kind, _ = unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_TYPE)
		})
		fmt.Fprintf(c, "a stream: %t, %v\r\n", kind == unix.SOCK_STREAM, err)
	})}, "options?\r\n")
	// Output:
	// type of service 0x10, <nil>
	// a stream: true, <nil>
}

// A service on a Unix socket admits or refuses a process by its user, which the system reports.
func ExampleChannel_PeerCredentials() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	server := &chat.Server{
		Addr: "unix:" + filepath.Join(dir, "s"),
		OnAccept: func(c *chat.Channel) error {
			if who, err := c.PeerCredentials(); err != nil || who.UID != os.Getuid() {
				return fmt.Errorf("user %d may not", who.UID)
			}
			return nil
		},
		Handler: chat.Lines(func(c *chat.Channel, line []byte) { c.PushLine("hello") }),
	}
	l, err := server.Listen()
	if err != nil {
		log.Fatal(err)
	}
	ended := make(chan error)
	go func() { ended <- server.Serve(l) }()
	loop, err := core.New()
	if err != nil {
		log.Fatal(err)
	}
	defer loop.Close()
	c, err := chat.Dial(loop, "unix", l.Addr().String(),
		chat.Lines(func(c *chat.Channel, line []byte) {
			fmt.Printf("%s\n", line)
			c.Close()
		}))
	if err != nil {
		log.Fatal(err)
	}
	c.PushLine("anybody there?")
	loop.RunUntilEmpty(context.Background())
	server.Close()
	<-ended
	// Output: hello
}

// Control sets options that are needed before the connection is made. Here it sets the number of
// hops.
func ExampleDialer_control() {
	loop, err := core.New()
	if err != nil {
		log.Fatal(err)
	}
	defer loop.Close()
	ln, err := core.Listen(loop, "tcp", "127.0.0.1:0", hangUp{})
	if err != nil {
		log.Fatal(err)
	}
	dialer := chat.Dialer{
		Control: func(network, _ string, c syscall.RawConn) (err error) {
			fmt.Println("a socket of", network)
			controlErr := c.Control(func(fd uintptr) {
				err = unix.SetsockoptInt(int(fd), unix.IPPROTO_IP, unix.IP_TTL, 1)
			})
			if controlErr != nil {
				return controlErr
			}
			return err
		},
	}
	_, err = dialer.Dial(context.Background(), loop, "tcp", ln.Addr().String(),
		chat.Lines(func(c *chat.Channel, line []byte) {
			fmt.Printf("%s\n", line)
			ln.Close()
			c.Close()
		}))
	if err != nil {
		log.Fatal(err)
	}
	loop.RunUntilEmpty(context.Background())
	// Output:
	// a socket of tcp4
	// hello
}

// hangUp says hello to each connection and closes it.
type hangUp struct{}

func (hangUp) HandleAccepted(c *core.Conn) {
	c.Send([]byte("hello\r\n"))
	c.Close()
}

// If a proxy ends TLS, its header has a field with the host name that the client has asked for.
func ExampleChannel_ProxyTLVs() {
	server := &chat.Server{
		ProxyFrom: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
		Handler: chat.Lines(func(c *chat.Channel, line []byte) {
			host, _ := c.ProxyTLVs().Get(proxy.Authority)
			fmt.Fprintf(c, "%v has asked for %s\r\n", c.RemoteAddr(), host)
			for kind, value := range c.ProxyTLVs().All() {
				fmt.Fprintf(c, "%#02x %q\r\n", kind, value)
			}
		}),
	}
	talk(server, "\r\n\r\n\x00\r\nQUIT\n"+ // the signature of version 2
		"\x21\x11\x00\x1f"+ // TCP over IPv4, 31 bytes follow
		"\xc6\x33\x64\x07\xc0\x00\x02\x01\x30\x39\x00\x19"+
		"\x01\x00\x02h2"+"\x02\x00\x0bexample.com"+"hello\r\n")
	// Output:
	// 198.51.100.7:12345 has asked for example.com
	// 0x01 "h2"
	// 0x02 "example.com"
}
