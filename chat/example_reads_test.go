//go:build unix

package chat_test

import (
	"fmt"
	"strconv"

	"github.com/go-asynchat/asynchat/chat"
)

// A store takes a line with a number, then that many bytes, as often as the client likes.
type store struct {
	chat.Reads
	total int64
}

func newStore(c *chat.Channel) chat.Handler {
	s := &store{Reads: chat.Reads{Channel: c}}
	s.Line(s.header)
	return s
}

func (s *store) header(line []byte) {
	n, err := strconv.ParseUint(string(line), 10, 16)
	if err != nil {
		s.PushLine("a number, please")
		s.CloseWhenDone()
		return
	}
	s.Bytes(int64(n), s.body)
	s.Line(s.header)
}

func (s *store) body(data []byte) {
	s.total += int64(len(data))
	fmt.Fprintf(s, "%q, %d bytes in all\r\n", data, s.total)
}

func ExampleReads() {
	talk(&chat.Server{Handler: newStore}, "5\r\nhello3\r\n\r\n!0\r\nend\r\n")
	// Output:
	// "hello", 5 bytes in all
	// "\r\n!", 8 bytes in all
	// "", 8 bytes in all
	// a number, please
}
