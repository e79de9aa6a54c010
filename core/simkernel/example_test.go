package simkernel_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/simkernel"
)

// A greeted client prints its input.
type greeted struct{ conn *core.Conn }

func (g *greeted) HandleRead() {
	buf := g.conn.Loop().ReadBuffer()
	n, err := g.conn.Recv(buf)
	fmt.Printf("%q, %v\n", buf[:n], err)
	if err != nil {
		g.conn.Close()
	}
}

// A server and a client in memory. The server sends a greeting after an hour. The example does not
// wait: when the loop has nothing else to do, the clock moves on.
func Example() {
	kernel := simkernel.New()
	loop, err := core.New(core.WithKernel(kernel))
	if err != nil {
		log.Fatal(err)
	}
	defer loop.Close()
	listener, err := core.Listen(loop, "tcp", "127.0.0.1:0", core.AcceptFunc(func(c *core.Conn) {
		loop.After(time.Hour, func() {
			c.Send([]byte("hello"))
			c.Close()
		})
	}))
	if err != nil {
		log.Fatal(err)
	}
	client := &greeted{}
	client.conn, err = core.Dial(loop, "tcp", listener.Addr().String(), client, core.Readable)
	if err != nil {
		log.Fatal(err)
	}
	loop.After(2*time.Hour, loop.Stop)
	loop.Run(context.Background())
	fmt.Println(kernel.Now().Format(time.DateTime))
	// Output:
	// "hello", <nil>
	// "", EOF
	// 2000-01-01 02:00:00
}
