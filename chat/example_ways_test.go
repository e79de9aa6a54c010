//go:build unix

package chat_test

import (
	"fmt"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/terminator"
)

// One function that is called with each line is enough for many servers.
func ExampleLines() {
	server := &chat.Server{Handler: chat.Lines(func(c *chat.Channel, line []byte) {
		if string(line) == "quit" {
			c.PushLine("bye")
			c.CloseWhenDone()
			return
		}
		c.PushLine("you said", string(line))
	})}
	talk(server, "hello\nquit\nnot heard\n")
	// Output:
	// you said hello
	// bye
}

// Messages that end with a zero byte.
func ExampleMessages() {
	server := &chat.Server{
		Handler: chat.Messages(terminator.String("\x00"), func(c *chat.Channel, msg []byte) {
			fmt.Fprintf(c, "%d bytes: %q\n", len(msg), msg)
		}),
	}
	talk(server, "one\x00two\nlines\x00\x00")
	// Output:
	// 3 bytes: "one"
	// 9 bytes: "two\nlines"
	// 0 bytes: ""
}

// A quoter reads a line with a number, then that many bytes. The Collector gathers the data.
type quoter struct {
	*chat.Channel
	chat.Collector
	inBody bool
}

func newQuoter(c *chat.Channel) chat.Handler {
	c.SetTerminator(terminator.String("\r\n"))
	return &quoter{Channel: c}
}

func (q *quoter) FoundTerminator() {
	data := q.Take()
	if q.inBody {
		fmt.Fprintf(q, "%q\r\n", data)
		q.inBody = false
		q.SetTerminator(terminator.String("\r\n"))
		return
	}
	n, err := terminator.ParseLength(data, 1000)
	if err != nil {
		q.PushLine("a number up to 1000, please")
		q.CloseWhenDone()
		return
	}
	q.inBody = true
	q.SetTerminator(terminator.Length(n))
}

// A state machine: the terminator changes with the state.
func ExampleHandler() {
	talk(&chat.Server{Handler: newQuoter}, "5\r\nhello2\r\n\r\nten\r\n")
	// Output:
	// "hello"
	// "\r\n"
	// a number up to 1000, please
}

// adds reads numbers, each on a line of its own, until an empty line, and returns the sum.
func adds(v *chat.Conversation) error {
	v.SetTimeout(10 * time.Second) // for the whole session
	sum := int64(0)
	for {
		line, err := v.ReadLine()
		if err != nil {
			return err
		}
		if line == "" {
			return v.WriteLine("the sum is", fmt.Sprint(sum))
		}
		n, err := terminator.ParseLength(line, 1000)
		if err != nil {
			v.WriteLine("a number up to 1000, please")
			continue
		}
		sum += n
	}
}

// Straight-line code: it waits in its reads, while the loop goes on with other channels.
func ExampleConverse() {
	talk(&chat.Server{Handler: chat.Converse(adds)}, "17\r\n-4\r\n25\r\n\r\n")
	// Output:
	// a number up to 1000, please
	// the sum is 42
}

// The same function on a goroutine of its own, where it may also block on other things.
func ExampleThreaded() {
	talk(&chat.Server{Handler: chat.Threaded(func(v *chat.Conversation) error {
		<-time.After(time.Millisecond) // blocks only this goroutine
		return adds(v)
	})}, "1\r\n2\r\n\r\n")
	// Output:
	// the sum is 3
}
