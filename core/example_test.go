//go:build unix

package core_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"time"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/kernel"
)

// refuse is the dispatcher of that name in the asyncore tutorials. It always gets a usable
// connection, unlike handle_accept of asyncore.
type refuse struct{}

func (refuse) HandleAccepted(c *core.Conn) {
	c.Send([]byte("not today\r\n"))
	c.Close()
}

// A dispatcher that closes every connection.
func ExampleListen() {
	loop, err := core.New()
	if err != nil {
		log.Fatal(err)
	}
	defer loop.Close()
	ln, err := core.Listen(loop, "tcp", "127.0.0.1:0", refuse{})
	if err != nil {
		log.Fatal(err)
	}
	go func() { // a client
		defer loop.Stop()
		c, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			log.Fatal(err)
		}
		defer c.Close()
		all, err := io.ReadAll(c)
		fmt.Printf("%q, %v\n", all, err)
	}()
	loop.Run(context.Background())
	// Output: "not today\r\n", <nil>
}

// A function closes the first connection, and then the listener. A function is not called at the
// end of the listener.
func ExampleAcceptFunc() {
	loop, err := core.New()
	if err != nil {
		log.Fatal(err)
	}
	defer loop.Close()
	var ln *core.Listener
	ln, err = core.Listen(loop, "tcp", "127.0.0.1:0", core.AcceptFunc(func(c *core.Conn) {
		c.Send([]byte("not today\r\n"))
		c.Close()
		ln.Close()
	}))
	if err != nil {
		log.Fatal(err)
	}
	answer := make(chan string, 1)
	go func() { // a client
		c, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			log.Fatal(err)
		}
		defer c.Close()
		all, _ := io.ReadAll(c)
		answer <- string(all)
	}()
	loop.RunUntilEmpty(context.Background())
	fmt.Printf("%q\n", <-answer)
	// Output: "not today\r\n"
}

// asyncoreLoop works as asyncore.loop(timeout, count=count): it makes at most count turns of at
// most timeout each, and stops when no dispatcher is registered any more.
func asyncoreLoop(loop *core.Loop, timeout time.Duration, count int) error {
	for ; count > 0 && loop.Len() > 0; count-- {
		if _, err := loop.Poll(timeout); err != nil {
			return err
		}
	}
	return nil
}

// once reads one piece.
type once struct{ conn *core.Conn }

func (o once) HandleRead() {
	n, err := o.conn.Recv(o.conn.Loop().ReadBuffer())
	fmt.Printf("%q, %v\n", o.conn.Loop().ReadBuffer()[:n], err)
	o.conn.Close()
}

func (o once) HandleClose(error) { fmt.Println("closed") }

// The loop of asyncore with its two bounds. Without a count use RunUntilEmpty. For servers, which
// wait for connections all the time, use Run.
func ExampleLoop_Poll() {
	loop, err := core.New()
	if err != nil {
		log.Fatal(err)
	}
	defer loop.Close()
	r, w, err := os.Pipe()
	if err != nil {
		log.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	conn, err := core.Adopt(loop, r)
	if err != nil {
		log.Fatal(err)
	}
	conn.Attach(once{conn}, core.Readable)

	asyncoreLoop(loop, time.Millisecond, 3)
	fmt.Println(loop.Len(), "registered after three turns")
	fmt.Fprint(w, "hello")
	asyncoreLoop(loop, time.Second, 3)
	fmt.Println(loop.Len(), "registered in the end")
	// Output:
	// 1 registered after three turns
	// "hello", <nil>
	// closed
	// 0 registered in the end
}

// Adopt replaces asyncore's file_wrapper. The loop uses a duplicate of the file, so the owner of
// the original may close it at any time.
func ExampleAdopt() {
	loop, err := core.New()
	if err != nil {
		log.Fatal(err)
	}
	defer loop.Close()
	r, w, err := os.Pipe()
	if err != nil {
		log.Fatal(err)
	}
	conn, err := core.Adopt(loop, r)
	if err != nil {
		log.Fatal(err)
	}
	r.Close()
	conn.Attach(once{conn}, core.Readable)
	fmt.Fprint(w, "still here")
	w.Close()
	loop.RunUntilEmpty(context.Background())
	// Output:
	// "still here", <nil>
	// closed
}

// The echo server of tutorials about select, for two clients, directly on a poller.
func ExamplePoller() {
	system, err := core.System("") // the platform's best mechanism
	if err != nil {
		log.Fatal(err)
	}
	poller, err := system.OpenPoller()
	if err != nil {
		log.Fatal(err)
	}
	defer poller.Close()
	listener, addr, err := system.Listen(core.ListenConfig{}, "tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	defer system.Close(listener)
	poller.Add(listener, uint64(listener), core.Readable) // any number may be the token
	done := make(chan bool)
	go func() { // the clients
		defer close(done)
		for _, name := range []string{"first", "second"} {
			c, err := net.Dial("tcp", addr.String())
			if err != nil {
				log.Fatal(err)
			}
			fmt.Fprint(c, name)
			c.(*net.TCPConn).CloseWrite()
			all, err := io.ReadAll(c)
			fmt.Printf("%s: %q, %v\n", name, all, err)
			c.Close()
		}
	}()
	events, buf := make([]kernel.Event, 16), make([]byte, 1<<10)
	for ended := 0; ended < 2; {
		n, err := poller.Wait(events, -1)
		if err != nil {
			log.Fatal(err)
		}
		for _, e := range events[:n] {
			fd := int(e.Token)
			if fd == listener {
				if conn, _, err := system.Accept(listener); err == nil {
					poller.Add(conn, uint64(conn), core.Readable)
				}
				continue
			}
			n, err := system.Read(fd, buf)
			if n > 0 {
				system.Write(fd, buf[:n])
			} else if err == nil { // the end of the stream
				poller.Remove(fd)
				system.Close(fd)
				ended++
			}
		}
	}
	<-done
	// Output:
	// first: "first", <nil>
	// second: "second", <nil>
}

// A handler for accepted and dialled connections checks which end has to send first.
func ExampleConn_Dialled() {
	loop, err := core.New()
	if err != nil {
		log.Fatal(err)
	}
	defer loop.Close()
	ln, err := core.Listen(loop, "tcp", "127.0.0.1:0", accepting{})
	if err != nil {
		log.Fatal(err)
	}
	c, err := core.Dial(loop, "tcp", ln.Addr().String(), nil, 0)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("by us:", c.Dialled())
	loop.Run(context.Background())
	// Output:
	// by us: true
	// by us: false
}

type accepting struct{}

func (accepting) HandleAccepted(c *core.Conn) {
	fmt.Println("by us:", c.Dialled())
	c.Loop().Stop()
	c.Close()
}
