package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/terminator"
)

const (
	maxLine    = 512 // bytes of an answer of one line: RFC 3977, 3.1
	maxSilence = 30 * time.Second
)

// What the next element is.
type state uint8

const (
	greeting state = iota
	answer         // to LIST
	text           // the list
	goodbye
)

// A client asks for one list.
type client struct {
	*chat.Channel
	out   io.Writer
	state state
	line  []byte // the answer in progress
	err   error  // what has ended it; nil: the list is complete
}

func (c *client) start(channel *chat.Channel) chat.Handler {
	c.Channel = channel
	c.next(greeting)
	return c
}

// next says what the next element is: the list, of any length, or a line.
func (c *client) next(s state) {
	c.state = s
	if s == text {
		c.SetMaxElement(chat.NoLimit, false)
		c.SetTerminator(terminator.Dot(terminator.PassBare))
		return
	}
	c.SetMaxElement(maxLine, false)
	c.SetTerminator(terminator.String("\r\n"))
}

func (c *client) CollectIncomingData(data []byte) {
	if c.state != text {
		c.line = append(c.line, data...)
		return
	}
	// A terminal must not take for orders what a stranger has put into the list.
	printable := slices.DeleteFunc(slices.Clone(data), func(b byte) bool {
		return b < ' ' && b != '\n' && b != '\t' || b == 0x7f
	})
	if _, err := c.out.Write(printable); err != nil {
		c.fail(err)
	}
}

func (c *client) FoundTerminator() {
	line := string(c.line)
	c.line = c.line[:0]
	switch c.state {
	case greeting:
		if !strings.HasPrefix(line, "200") && !strings.HasPrefix(line, "201") {
			c.fail(fmt.Errorf("the server greets with %+q", line))
			return
		}
		c.PushLine("LIST")
		c.next(answer)
	case answer:
		if !strings.HasPrefix(line, "215") {
			c.fail(fmt.Errorf("the answer to LIST is %+q", line))
			return
		}
		c.next(text)
	case text:
		c.PushLine("QUIT")
		c.next(goodbye)
	case goodbye:
		c.Close()
	}
}

func (c *client) fail(err error) {
	c.err = err
	c.Close()
}

var _ chat.CloseHandler = (*client)(nil)

// HandleClose is the end in any case. Behind the list nothing matters any more.
func (c *client) HandleClose(err error) {
	switch {
	case c.err != nil || c.state == goodbye:
	case errors.Is(err, io.EOF):
		c.err = io.ErrUnexpectedEOF
	default:
		c.err = err
	}
}
