//go:build unix

package chat_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
)

// A client replaces a subclass of asyncore's dispatcher_with_send: all input is data. In place of
// send it uses Push, which copies, joins small pieces and bounds the queue.
type client struct {
	*chat.Channel
	received []byte
}

func (c *client) HandleConnect() { c.PushString("GET / HTTP/1.0\r\n\r\n") }

func (c *client) CollectIncomingData(data []byte) { c.received = append(c.received, data...) }

func (c *client) FoundTerminator() {} // never called: the terminator is None

func (c *client) HandleClose(err error) { fmt.Printf("%q, %v\n", c.received, err) }

// asyncore's dispatcher_with_send is a channel without a terminator.
func ExampleDial() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	defer l.Close()
	go func() { // a server
		c, err := l.Accept()
		if err != nil {
			log.Fatal(err)
		}
		io.ReadFull(c, make([]byte, len("GET / HTTP/1.0\r\n\r\n")))
		fmt.Fprint(c, "HTTP/1.0 200 OK\r\n\r\nhello")
		c.Close()
	}()

	loop, err := core.New()
	if err != nil {
		log.Fatal(err)
	}
	defer loop.Close()
	_, err = chat.Dial(loop, "tcp", l.Addr().String(), func(c *chat.Channel) chat.Handler {
		return &client{Channel: c}
	})
	if err != nil {
		log.Fatal(err)
	}
	loop.RunUntilEmpty(context.Background())
	// Output: "HTTP/1.0 200 OK\r\n\r\nhello", EOF
}
