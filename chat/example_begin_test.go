package chat_test

import (
	"bufio"
	"fmt"
	"log"
	"net"

	"github.com/go-asynchat/asynchat/chat"
)

// A server that answers each line, and a client of package net.
func Example() {
	server := &chat.Server{
		Addr: "127.0.0.1:0", // a program has a fixed port, and calls server.ListenAndServe()
		Handler: chat.Lines(func(c *chat.Channel, line []byte) {
			c.PushLine("you said", string(line))
		}),
	}
	listener, err := server.Listen()
	if err != nil {
		log.Fatal(err)
	}
	go server.Serve(listener)
	defer server.Close()

	conn, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "hello\r\n")
	answer, err := bufio.NewReader(conn).ReadString('\n')
	fmt.Printf("%q, %v\n", answer, err)
	// Output: "you said hello\r\n", <nil>
}
