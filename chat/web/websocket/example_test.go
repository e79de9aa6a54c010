package websocket_test

import (
	"context"
	"fmt"
	"net"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/web/websocket"
	"github.com/go-asynchat/asynchat/core"
)

// A greeter is a client that sends hello, and closes when the echo has come.
type greeter struct {
	*websocket.Conn
	loop *core.Loop
}

func (g *greeter) HandleConnect() { g.PushText("hello") }

func (g *greeter) HandleMessage(kind websocket.Kind, message []byte) {
	fmt.Printf("%v: %s\n", kind, message)
	g.CloseWith(websocket.CodeNormal, "thank you")
}

func (g *greeter) HandleClose(err error) {
	fmt.Println("closed:", err)
	g.loop.Stop()
}

// An echo server, and a client of it.
func Example() {
	echo := websocket.Messages(func(c *websocket.Conn, kind websocket.Kind, message []byte) {
		c.Push(kind, message)
	})
	server := &chat.Server{Handler: websocket.Server(echo)}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	go server.Serve(l)
	defer server.Close()

	loop, err := core.New()
	if err != nil {
		fmt.Println(err)
		return
	}
	url := "ws://" + l.Addr().String() + "/"
	websocket.Dial(loop, url, func(c *websocket.Conn) websocket.Handler { return &greeter{c, loop} })
	loop.Run(context.Background())
	// Output:
	// text: hello
	// closed: <nil>
}
