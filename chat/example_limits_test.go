//go:build unix

package chat_test

import (
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/terminator"
)

// A peer that sends nothing for a minute is disconnected, even if it gets output. A living peer
// sends pings.
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

// When MaxConns is reached, new connections wait in the backlog of the system instead of being
// refused. The server has one loop for each processor.
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

// A channel gets its own broadcast in order with its other pushes.
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

// Each subscriber gets the number of its own subscription. All share one body.
func ExampleChannel_BroadcastEach() {
	ids := map[*chat.Channel]string{} // used on one loop, so without a lock
	server := &chat.Server{Handler: func(c *chat.Channel) chat.Handler {
		ids[c] = fmt.Sprint("sub-", len(ids))
		return chat.Lines(func(c *chat.Channel, line []byte) {
			subscribers := slices.Collect(maps.Keys(ids))
			c.BroadcastEach(subscribers, func(to *chat.Channel) []byte {
				return []byte("MESSAGE " + ids[to] + "\r\n")
			}, append(line, "\r\n"...))
			c.CloseWhenDone()
		})(c)
	}}
	talk(server, "the news\r\n")
	// Output:
	// MESSAGE sub-0
	// the news
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

// The bytes that a session keeps for its client count for the limits of the server, and for its
// Stats.
func ExampleChannel_SetHeld() {
	server := &chat.Server{MaxTotalBuffered: 1 << 30}
	newNotes := func(c *chat.Channel) *notes { return &notes{Channel: c} }
	server.Handler = chat.Session(terminator.Line(), newNotes,
		func(n *notes, line []byte) {
			n.kept = append(n.kept, string(line))
			n.size += len(line)
			n.SetHeld(n.size)
			n.PushLine("kept", fmt.Sprint(len(n.kept)))
		})
	talk(server, "a note\r\nanother\r\n")
	// Output:
	// kept 1
	// kept 2
}

type notes struct {
	*chat.Channel
	kept []string
	size int
}

// A program that keeps a channel can get the reason of the close later.
func ExampleChannel_CloseReason() {
	var last *chat.Channel
	server := &chat.Server{Handler: func(c *chat.Channel) chat.Handler {
		last = c
		return chat.Lines(func(c *chat.Channel, line []byte) {
			fmt.Println(c.CloseReason())
			panic("oops")
		})(c)
	}}
	server.Logger = slog.New(slog.DiscardHandler)
	talk(server, "a line\r\n")
	fmt.Println(last.CloseReason())
	// Output:
	// <nil>
	// panic in a handler: oops
}

func ExampleChannel_Dialled() {
	server := &chat.Server{Handler: chat.Lines(func(c *chat.Channel, line []byte) {
		fmt.Println("dialled by us:", c.Dialled())
	})}
	talk(server, "x\r\n")
	// Output:
	// dialled by us: false
}

// A message to a room may begin differently for each member.
func ExampleRoom_SendEach() {
	var room chat.Room
	server := &chat.Server{Handler: func(c *chat.Channel) chat.Handler {
		room.Add(c)
		return chat.Lines(func(c *chat.Channel, line []byte) {
			room.SendEach(c, func(to *chat.Channel) []byte {
				if to == c {
					return []byte("you say: ")
				}
				return []byte("somebody says: ")
			}, append(line, "\r\n"...))
			c.CloseWhenDone()
		})(c)
	}}
	talk(server, "hello\r\n")
	// Output:
	// you say: hello
}
