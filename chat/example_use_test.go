//go:build unix

package chat_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/terminator"
)

// A command that changes the protocol: after it, another handler has the channel.
func ExampleChannel_Use() {
	shout := chat.Messages(terminator.String("!"), func(c *chat.Channel, msg []byte) {
		c.Push(append(bytes.ToUpper(msg), '\n'))
	})
	talk(&chat.Server{Handler: chat.Lines(func(c *chat.Channel, line []byte) {
		c.PushLine("you said", string(line))
		if string(line) == "shout" {
			c.Use(shout)
		}
	})}, "hello\nshout\nhey!you there!")
	// Output:
	// you said hello
	// you said shout
	// HEY
	// YOU THERE
}

// A goroutine gets the connection, and first reads the input that came before.
func ExampleChannel_Detach() {
	talk(&chat.Server{Handler: chat.Lines(func(c *chat.Channel, line []byte) {
		conn, unread, err := c.Detach()
		if err != nil {
			c.Close()
			return
		}
		go func() {
			defer conn.Close()
			all, _ := io.ReadAll(io.MultiReader(bytes.NewReader(unread), conn))
			fmt.Fprintf(conn, "%s: %q", line, all)
		}()
	})}, "raw\none\ntwo")
	// Output: raw: "one\ntwo"
}

// A client in straight-line code: the loop runs until the function returns.
func ExampleRun() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	go func() {
		if conn, err := l.Accept(); err == nil {
			fmt.Fprintf(conn, "220 ready\r\nhalf a line")
			conn.Close()
		}
	}()
	loop, err := core.New()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer loop.Close()
	err = chat.Run(context.Background(), loop, func(v *chat.Conversation) error {
		peer, err := v.Dial("tcp", l.Addr().String())
		if err != nil {
			return err
		}
		peer.SetTimeout(10 * time.Second)
		for {
			line, err := peer.ReadLine()
			if err != nil {
				fmt.Printf("rest %q\n", peer.Rest())
				return err
			}
			fmt.Println(line)
		}
	})
	fmt.Println(err)
	// Output:
	// 220 ready
	// rest "half a line"
	// unexpected EOF
}

// restSession prints a line that came without its end.
type restSession struct{ chat.Reads }

func (s *restSession) line(line []byte) {
	s.PushLine("line", string(line))
	s.Line(s.line)
}

func (s *restSession) HandleRest(rest []byte) { s.PushLine("rest", string(rest)) }

func ExampleRestHandler() {
	talk(&chat.Server{Handler: func(c *chat.Channel) chat.Handler {
		s := &restSession{chat.Reads{Channel: c}}
		s.Line(s.line)
		return s
	}}, "one\r\ntwo")
	// Output:
	// line one
	// rest two
}
