//go:build unix && !aix

package serve_test

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"net"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/serve"
)

// The main function of a program whose only flag is its address.
func ExampleMain() {
	main := func() {
		addr := flag.String("addr", "127.0.0.1:7711", "where to listen")
		serve.Parse()
		serve.Main(&chat.Server{Addr: *addr, Handler: chat.Lines(func(c *chat.Channel, line []byte) {
			c.PushLine("you said", string(line))
		})})
	}
	_ = main
}

// Run serves until its context is done, or a signal comes.
func ExampleProgram_Run() {
	status, statusLines := io.Pipe()
	program := &serve.Program{
		Servers: []*chat.Server{{Addr: "127.0.0.1:0", Handler: chat.Lines(
			func(c *chat.Channel, line []byte) { c.PushLine("you said", string(line)) })}},
		Log: statusLines, // by default standard error
	}
	ctx, end := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- program.Run(ctx) }()

	var addr string
	fmt.Fscanf(status, "listening on %s\n", &addr)
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Fprint(conn, "hello\r\n")
	answer, _ := bufio.NewReader(conn).ReadString('\n')
	fmt.Printf("%q\n", answer)
	conn.Close()
	end()
	fmt.Println(<-ended)
	// Output:
	// "you said hello\r\n"
	// <nil>
}
