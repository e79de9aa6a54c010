package main

import (
	"bufio"
	"fmt"
	"net"

	"github.com/go-asynchat/asynchat/chat"
)

// A tally is what has come in on a connection. The servers of this file take each whole line, count
// it, and answer the line "?" with the number of lines and of their bytes.
type tally struct{ lines, bytes int64 }

// add counts a line, and reports whether it asks for the counts.
func (t *tally) add(line []byte) (asked bool) {
	if len(line) == 1 && line[0] == '?' {
		return true
	}
	t.lines++
	t.bytes += int64(len(line))
	return false
}

func (t *tally) String() string { return fmt.Sprintf("%d %d\r\n", t.lines, t.bytes) }

// take is the function of Lines and Messages.
func (t *tally) take(c *chat.Channel, line []byte) {
	if t.add(line) {
		c.PushString(t.String())
	}
}

func serveBulkLines(addr string) error {
	return listen(addr, func(c *chat.Channel) chat.Handler {
		return chat.Lines(new(tally).take)(c)
	})
}

func serveBulkMessages(addr string) error {
	return listen(addr, func(c *chat.Channel) chat.Handler {
		return chat.Messages(crlf, new(tally).take)(c)
	})
}

// A reuser is a handler with a buffer of its own, which it uses again for each line: the least that
// a handler can do to get whole lines.
type reuser struct {
	*chat.Channel
	tally
	line []byte
}

func (r *reuser) CollectIncomingData(data []byte) { r.line = append(r.line, data...) }

func (r *reuser) FoundTerminator() {
	r.take(r.Channel, r.line)
	r.line = r.line[:0]
}

func serveBulkHandler(addr string) error {
	return listen(addr, func(c *chat.Channel) chat.Handler {
		c.SetTerminator(crlf)
		return &reuser{Channel: c}
	})
}

// A taker is a handler that owns each line: it allocates one each time.
type taker struct {
	*chat.Channel
	chat.Collector
	tally
}

func (t *taker) FoundTerminator() { t.take(t.Channel, t.Take()) }

func serveBulkCollector(addr string) error {
	return listen(addr, func(c *chat.Channel) chat.Handler {
		c.SetTerminator(crlf)
		return &taker{Channel: c}
	})
}

// A reader asks for one line after the other. Its function is made once: a method value allocates.
type reader struct {
	chat.Reads
	tally
	next func([]byte)
}

func (r *reader) command(line []byte) {
	r.take(r.Channel, line)
	r.Line(r.next)
}

func serveBulkReads(addr string) error {
	return listen(addr, func(c *chat.Channel) chat.Handler {
		r := &reader{Reads: chat.Reads{Channel: c}}
		r.next = r.command
		r.Line(r.next)
		return r
	})
}

// count is a conversation that reads lines by read.
func count(v *chat.Conversation, read func() ([]byte, error)) error {
	for t := new(tally); ; {
		line, err := read()
		if err != nil {
			return err
		}
		if t.add(line) {
			if _, err := v.WriteString(t.String()); err != nil {
				return err
			}
		}
	}
}

func serveBulkConversation(addr string) error {
	return listen(addr, chat.Converse(func(v *chat.Conversation) error {
		return count(v, v.ReadElement)
	}))
}

func serveBulkUntil(addr string) error {
	return listen(addr, chat.Converse(func(v *chat.Conversation) error {
		return count(v, func() ([]byte, error) { return v.ReadUntil(crlf) })
	}))
}

func serveBulkThreaded(addr string) error {
	return listen(addr, chat.Threaded(func(v *chat.Conversation) error {
		return count(v, v.ReadElement)
	}))
}

// serveBulkNet is a bufio.Scanner, with a buffer for the longest line that our limits let pass.
func serveBulkNet(addr string) error {
	return each(addr, func(conn net.Conn) func() { return func() { scan(conn) } })
}

func scan(conn net.Conn) {
	defer conn.Close()
	s := bufio.NewScanner(conn)
	s.Buffer(make([]byte, 64<<10), 64<<10)
	for t := new(tally); s.Scan(); {
		if t.add(s.Bytes()) {
			if _, err := conn.Write([]byte(t.String())); err != nil {
				return
			}
		}
	}
}
