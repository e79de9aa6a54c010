package sim

import (
	"fmt"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/terminator"
)

// A reader is a session that asks for what it reads next, and has a table of commands.
type reader struct {
	chat.Reads
	*audit
	next func([]byte) // what is called with the next line
}

func (w *world) newReader(c *chat.Channel) chat.Handler {
	s := &reader{Reads: chat.Reads{Channel: c}, audit: w.newAudit("reads", c)}
	limits := c.Limits()
	limits.MaxElement = maxData
	c.SetLimits(limits)
	s.next = s.line
	s.Until(crlf, s.next)
	return s
}

var readerCommands = chat.Commands[*reader]{
	Verbs: map[string]chat.Command[*reader]{
		"HELLO": {Run: func(s *reader, args [][]byte) { s.PushLine("HELLO", string(args[0])); s.again() },
			Max: 1, Rest: true, Min: 1},
		"PUT":   {Run: (*reader).put, Min: 1, Max: 1},
		"GET":   {Run: (*reader).get, Min: 2, Max: 2},
		"WAIT":  {Run: (*reader).wait, Min: 1, Max: 1},
		"UNTIL": {Run: (*reader).until, Min: 1, Max: 1},
		"QUIT":  {Run: (*reader).quit},
	},
	Bad: func(s *reader, _ []byte, _ error) { s.PushLine("ERR"); s.again() },
}

func (s *reader) again() { s.Until(crlf, s.next) }

func (s *reader) line(line []byte) {
	defer s.enter("a line")()
	s.input(len(line))
	if text, ok := cutPrefix(line, "ECHO "); ok { // which may have blanks at its ends
		s.Push(text)
		s.PushString("\r\n")
		s.again()
		return
	}
	if string(line) == "BUSY" {
		s.w.takeTime()
		s.PushLine("BUSY")
		s.again()
		return
	}
	if string(line) == "LAST" {
		s.words++
		s.again()
		return
	}
	readerCommands.Call(s, line)
}

func cutPrefix(line []byte, prefix string) ([]byte, bool) {
	if len(line) < len(prefix) || string(line[:len(prefix)]) != prefix {
		return nil, false
	}
	return line[len(prefix):], true
}

func (s *reader) put(args [][]byte) {
	n, _ := numbers(string(args[0]))
	n = min(max(n, 0), maxData)
	s.Bytes(int64(n), func(data []byte) {
		defer s.enter("bytes")()
		s.input(len(data))
		s.PushLine("PUT", fmt.Sprintf("%d %08x", n, sum(data)))
	})
	s.again()
}

func (s *reader) get(args [][]byte) {
	n, _ := numbers(string(args[0]))
	s.PushLine("GET", string(args[0]))
	s.Push(pattern(min(max(n, 0), maxData)))
	s.again()
}

// wait asks for nothing meanwhile.
func (s *reader) wait(args [][]byte) {
	n, _ := numbers(string(args[0]))
	s.After(milliseconds(n), func() {
		defer s.enter("timer")()
		fmt.Fprintf(s, "WAIT %d\r\n", n)
		s.again()
	})
}

func (s *reader) until(args [][]byte) {
	which, _ := numbers(string(args[0]))
	s.Until(terminator.String(delimiters[min(max(which, 0), len(delimiters)-1)]), func(data []byte) {
		defer s.enter("an element")()
		s.input(len(data))
		fmt.Fprintf(s, "UNTIL %d %08x\r\n", len(data), sum(data))
	})
	s.again()
}

func (s *reader) quit([][]byte) {
	s.PushString("BYE\r\n")
	s.CloseWhenDone()
	s.finished = true
}

func (s *reader) HandleConnect() {
	defer s.enter("HandleConnect")()
	s.connected()
}

func (s *reader) HandleClose(err error) {
	defer s.enter("HandleClose")()
	s.ended(err)
}
