//go:build unix

package chat_test

import (
	"fmt"
	"time"

	"github.com/go-asynchat/asynchat/chat"
)

// A peer that sends nothing for a minute is closed, whatever goes out to it: its pings say that it
// is there.
func ExampleLimits_silenceTimeout() {
	server := &chat.Server{
		Limits: chat.Limits{SilenceTimeout: time.Minute},
		Handler: func(c *chat.Channel) chat.Handler {
			c.Every(10*time.Second, func() { c.PushLine("NEWS") })
			return chat.Lines(func(c *chat.Channel, line []byte) { c.PushLine("PONG") })(c)
		},
	}
	talk(server, "PING\r\n")
	// Output:
	// PONG
}

// At the bound connections wait in the backlog of the system, instead of being refused. There is
// one loop for each processor.
func ExampleServer_waitAtMaxConns() {
	server := &chat.Server{
		MaxConns:       1000,
		WaitAtMaxConns: true,
		Loops:          chat.EveryProcessor,
		Handler: chat.Lines(func(c *chat.Channel, line []byte) {
			c.PushLine("hello", string(line))
		}),
	}
	talk(server, "you\r\n")
	// Output:
	// hello you
}

// What is broadcast to oneself stands where it was said.
func ExampleChannel_Broadcast() {
	server := &chat.Server{Handler: chat.Lines(func(c *chat.Channel, line []byte) {
		c.PushLine("before")
		c.Broadcast([]*chat.Channel{c}, append(line, "\r\n"...))
		c.PushLine("behind")
		c.CloseWhenDone()
	})}
	talk(server, "to all\r\n")
	// Output:
	// before
	// to all
	// behind
}

// Broadcast may be called on any goroutine.
func ExampleBroadcast() {
	server := &chat.Server{Handler: func(c *chat.Channel) chat.Handler {
		return chat.Lines(func(c *chat.Channel, line []byte) {
			members := []*chat.Channel{c}
			c.Go(func() func() {
				chat.Broadcast(members, []byte("the news\r\n"))
				return nil
			})
		})(c)
	}}
	talk(server, "what is new?\r\n")
	// Output:
	// the news
}

func ExampleChannel_Closed() {
	server := &chat.Server{Handler: chat.Lines(func(c *chat.Channel, line []byte) {
		c.Close()
		fmt.Println(c.Closed(), c.Push(line))
	})}
	talk(server, "x\r\n")
	// Output:
	// true use of closed network connection
}
