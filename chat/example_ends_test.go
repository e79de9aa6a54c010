//go:build unix

package chat_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/fifo"
)

// HandleClose gets an error. Log the error, and use its Reason in a switch.
func ExampleReasonOf() {
	for _, err := range []error{
		nil, io.EOF, io.ErrUnexpectedEOF, chat.ErrIdle, chat.ErrSilent, chat.ErrFirstTimeout,
		chat.ErrStalled, chat.ErrHandshakeTimeout, chat.ErrTooLong, chat.ErrSlowReader,
		&fifo.ProducerError{Err: io.ErrNoProgress},
	} {
		switch reason := chat.ReasonOf(err); reason {
		case chat.ReasonClosedHere, chat.ReasonPeerClosed:
			fmt.Println("as usual")
		case chat.ReasonTooSlow, chat.ReasonIdle, chat.ReasonStalled, chat.ReasonHandshake,
			chat.ReasonSlowReader:
			fmt.Println("the peer took too long:", reason)
		default:
			fmt.Println("look at this:", reason)
		}
	}
	// Output:
	// as usual
	// as usual
	// look at this: peer closed inside an element
	// the peer took too long: idle
	// the peer took too long: idle
	// the peer took too long: element too slow
	// the peer took too long: output stalled
	// the peer took too long: handshake failed
	// look at this: element too long
	// the peer took too long: slow reader
	// look at this: error
}

// If the time for a shutdown is over, the CutError has the number of channels that were closed.
func ExampleCutError() {
	begun := make(chan bool, 1)
	server := &chat.Server{Addr: "127.0.0.1:0", Handler: chat.Threaded(
		func(v *chat.Conversation) error {
			_, err := v.ReadLine()
			begun <- true
			<-v.Context().Done() // a request that never ends
			return err
		})}
	l, err := server.Listen()
	if err != nil {
		log.Fatal(err)
	}
	served := make(chan error)
	go func() { served <- server.Serve(l) }()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, "begin\r\n")
	<-begun

	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(errors.New("no time left"))
	var cut *chat.CutError
	if errors.As(server.Shutdown(ctx), &cut) {
		fmt.Println(cut.Channels, "connection was cut:", cut.Err)
	}
	<-served
	// Output:
	// 1 connection was cut: no time left
}

// While a listener pauses, connections wait in the backlog of the system.
func ExampleListener_Pause() {
	loop, err := core.New()
	if err != nil {
		log.Fatal(err)
	}
	defer loop.Close()
	accepted := 0
	l, err := chat.Listen(loop, "tcp", "127.0.0.1:0", func(c *chat.Channel) chat.Handler {
		accepted++
		c.CloseWhenDone()
		return chat.Lines(func(*chat.Channel, []byte) {})(c)
	})
	if err != nil {
		log.Fatal(err)
	}
	l.Pause()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		log.Fatal(err)
	}
	loop.Poll(0)
	fmt.Println("accepted while it pauses:", accepted)
	l.Resume()
	for accepted == 0 {
		loop.Poll(-1)
	}
	fmt.Println("accepted afterwards:", accepted)
	conn.Close()
	l.Close()
	loop.RunUntilEmpty(context.Background())
	// Output:
	// accepted while it pauses: 0
	// accepted afterwards: 1
}

// A channel that has left a room gets no more of its messages.
func ExampleRoom_Remove() {
	var room chat.Room
	server := &chat.Server{
		Limits: chat.Limits{Slow: chat.SlowDropOldest}, // slow readers miss messages
		Handler: func(c *chat.Channel) chat.Handler {
			room.Add(c)
			return chat.Lines(func(c *chat.Channel, line []byte) {
				room.Send(c, append(line, "\r\n"...))
				room.Remove(c)
			})(c)
		},
	}
	talk(server, "hello\r\nis anybody here?\r\n")
	// Output:
	// hello
}

// A client that reads replies, with a limit on how long it waits.
func ExampleConversation_ReadReply() {
	server := &chat.Server{Handler: chat.Lines(func(c *chat.Channel, line []byte) {
		c.PushReply(250, "you said", string(line))
	})}
	call(server, func(conn net.Conn) {
		chat.Talk(conn, func(v *chat.Conversation) error {
			v.SetDeadline(v.Now().Add(patience))
			v.WriteLine("HELO")
			code, lines, err := v.ReadReply()
			fmt.Printf("%d %q %v\n", code, lines, err)
			return nil
		})
	})
	// Output:
	// 250 ["you said" "HELO"] <nil>
}
