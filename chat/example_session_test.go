//go:build unix

package chat_test

import (
	"fmt"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/terminator"
)

// A linesSeen has the state that a server keeps for each connection.
type linesSeen struct {
	*chat.Channel
	lines int
}

func newLinesSeen(c *chat.Channel) *linesSeen { return &linesSeen{Channel: c} }

func (s *linesSeen) line(line []byte) {
	s.lines++
	fmt.Fprintf(s, "%d: %s\r\n", s.lines, line)
}

// HandleRest is one of the optional methods of a handler: a session may have them all.
func (s *linesSeen) HandleRest(rest []byte) { s.PushLine("no line:", string(rest)) }

var _ chat.RestHandler = (*linesSeen)(nil)

func ExampleSession() {
	server := &chat.Server{Handler: chat.Session(terminator.Line(), newLinesSeen, (*linesSeen).line)}
	talk(server, "one\ntwo\nthree")
	// Output:
	// 1: one
	// 2: two
	// no line: three
}
