package main

import (
	"bytes"
	"fmt"

	"github.com/panjf2000/gnet/v2"
)

// gnetPeek counts lines, and answers the line "?" with their number and that of their bytes: Peek and Discard, once an event.
type gnetPeek struct{ gnet.BuiltinEventEngine }

// A tally is what has come in on a connection.
type tally struct {
	lines, bytes int64
	rest         []byte
}

func (*gnetPeek) OnOpen(c gnet.Conn) ([]byte, gnet.Action) {
	c.SetContext(new(tally))
	return nil, gnet.None
}

func (*gnetPeek) OnTraffic(c gnet.Conn) gnet.Action {
	in, err := c.Peek(-1)
	if err != nil {
		return gnet.Close
	}
	n := c.Context().(*tally).take(c, in)
	if n == 0 {
		return gnet.None
	}
	if _, err := c.Discard(n); err != nil {
		return gnet.Close
	}
	return gnet.None
}

// take counts the whole CRLF lines of in, and returns how many bytes that was.
func (t *tally) take(c gnet.Conn, in []byte) int {
	begin := 0
	for from := 0; ; {
		lf := bytes.IndexByte(in[from:], '\n')
		if lf < 0 {
			return begin
		}
		from += lf + 1
		if from-begin >= 2 && in[from-2] == '\r' {
			t.line(c, in[begin:from-2])
			begin = from
		}
	}
}

func (t *tally) line(c gnet.Conn, line []byte) {
	if len(line) == 1 && line[0] == '?' {
		fmt.Fprintf(c, "%d %d\r\n", t.lines, t.bytes)
		return
	}
	t.lines++
	t.bytes += int64(len(line))
}

// gnetNext is gnetPeek that takes all, and keeps the rest itself.
type gnetNext struct{ gnetPeek }

func (*gnetNext) OnTraffic(c gnet.Conn) gnet.Action {
	in, err := c.Next(-1)
	if err != nil {
		return gnet.Close
	}
	t := c.Context().(*tally)
	for len(t.rest) > 0 {
		lf := bytes.IndexByte(in, '\n')
		if lf < 0 {
			t.rest = append(t.rest, in...)
			return gnet.None
		}
		t.rest = append(t.rest, in[:lf+1]...)
		in = in[lf+1:]
		if t.take(c, t.rest) > 0 {
			t.rest = t.rest[:0]
		}
	}
	n := t.take(c, in)
	t.rest = append(t.rest, in[n:]...)
	return gnet.None
}

func serveGnetBulk(h gnet.EventHandler) func(addr string) error {
	return func(addr string) error { return gnet.Run(h, "tcp://"+addr, gnet.WithNumEventLoop(1)) }
}
