//go:build unix

package chat_test

import (
	"fmt"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/terminator"
)

// A careful session checks its first line for a foreign protocol.
type careful struct {
	*chat.Channel
	begun bool
}

func newCareful(c *chat.Channel) *careful { return &careful{Channel: c} }

func (s *careful) line(line []byte) {
	if !s.begun && chat.ForeignProtocol(line) != "" {
		s.Close()
		return
	}
	s.begun = true
	fmt.Fprintf(s, "done: %s\r\n", line)
}

func ExampleForeignProtocol() {
	server := &chat.Server{Handler: chat.Session(terminator.Line(), newCareful, (*careful).line)}
	talk(server, "delete everything\r\n")
	talk(server, "POST / HTTP/1.1\r\nHost: localhost\r\n\r\ndelete everything\r\n")
	// Output:
	// done: delete everything
}
