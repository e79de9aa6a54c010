//go:build unix

package core_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"time"

	"github.com/go-asynchat/asynchat/core"
)

// An echoConn sends all input back.
type echoConn struct{ conn *core.Conn }

// HandleRead is called when there is something to read: data, or the end.
func (e echoConn) HandleRead() {
	buf := e.conn.Loop().ReadBuffer() // shared by all connections of the loop
	n, err := e.conn.Recv(buf)
	if err != nil {
		e.conn.Close()
		return
	}
	e.conn.Send(buf[:n]) // may take less; chat.Channel queues the rest
}

// A loop with a listener, its connections and a timer, and a client of package net.
func Example() {
	loop, err := core.New()
	if err != nil {
		log.Fatal(err)
	}
	defer loop.Close()
	listener, err := core.Listen(loop, "tcp", "127.0.0.1:0", core.AcceptFunc(func(c *core.Conn) {
		c.Attach(echoConn{c}, core.Readable)
	}))
	if err != nil {
		log.Fatal(err)
	}
	go func() {
		conn, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			log.Fatal(err)
		}
		fmt.Fprint(conn, "hello")
		conn.(*net.TCPConn).CloseWrite()
		all, err := io.ReadAll(conn)
		conn.Close()
		loop.Post(func() { // on the loop's goroutine
			fmt.Printf("%q, %v\n", all, err)
			loop.After(time.Millisecond, loop.Stop)
		})
	}()
	loop.Run(context.Background())
	// Output: "hello", <nil>
}
