package chat_test

import (
	"fmt"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/terminator"
)

// A chat room. A member whose connection is closed leaves the room automatically.
func ExampleRoom() {
	var room chat.Room
	s := &chat.Server{Handler: func(c *chat.Channel) chat.Handler {
		room.Add(c)
		return chat.Lines(func(c *chat.Channel, line []byte) {
			room.Send(c, append(line, "\r\n"...)) // to c too, before its later pushes
			c.PushLine("heard by", fmt.Sprint(room.Len()))
		})(c)
	}}
	_ = s
}

// A heart-beat that ends with the channel.
func ExampleChannel_Every() {
	s := &chat.Server{Handler: func(c *chat.Channel) chat.Handler {
		c.Every(30*time.Second, func() { c.PushLine("PING") })
		return chat.Lines(func(c *chat.Channel, line []byte) { c.PushLine("got", string(line)) })(c)
	}}
	_ = s
}

type mailbox struct {
	*chat.Channel
	chat.Collector
	inText bool
}

func (m *mailbox) FoundTerminator() {
	switch line := string(m.Take()); {
	case m.inText:
		m.next("250 kept")
	case line == "DATA":
		m.inText = true
		m.SetTerminator(terminator.Dot(terminator.RejectBare))
		m.PushLine("354 go on")
	default:
		m.PushLine("250 ok")
	}
}

// HandleTooLong forgets the beginning of a text that is dropped.
func (m *mailbox) HandleTooLong() { m.Take() }

// HandleSkipped answers at the end of the dropped text, and goes on with commands.
func (m *mailbox) HandleSkipped() { m.next("552 too much") }

func (m *mailbox) next(reply string) {
	m.inText = false
	m.SetTerminator(terminator.String("\r\n"))
	m.PushLine(reply)
}

// A text that is too long is skipped, and the session goes on with the next command.
func ExampleSkippedHandler() {
	s := &chat.Server{Handler: func(c *chat.Channel) chat.Handler {
		c.SetTerminator(terminator.String("\r\n"))
		return &mailbox{Channel: c}
	}}
	s.MaxElement, s.SkipTooLong = 1<<20, true
}
