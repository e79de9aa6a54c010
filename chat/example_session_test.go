//go:build unix

package chat_test

import (
	"fmt"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/terminator"
)

// A numbered is what a server keeps of each connection.
type numbered struct {
	*chat.Channel
	lines int
}

func newNumbered(c *chat.Channel) *numbered { return &numbered{Channel: c} }

func (s *numbered) line(line []byte) {
	s.lines++
	fmt.Fprintf(s, "%d: %s\r\n", s.lines, line)
}

// HandleRest is one of the optional methods of a handler: a session may have them all.
func (s *numbered) HandleRest(rest []byte) { s.PushLine("no line:", string(rest)) }

var _ chat.RestHandler = (*numbered)(nil)

func ExampleSession() {
	server := &chat.Server{Handler: chat.Session(terminator.Line(), newNumbered, (*numbered).line)}
	talk(server, "one\ntwo\nthree")
	// Output:
	// 1: one
	// 2: two
	// no line: three
}
