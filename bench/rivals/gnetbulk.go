package main

import (
	"bytes"
	"fmt"

	"github.com/panjf2000/gnet/v2"
)

// A gnetSink counts CRLF lines, and answers the line "?" with their number and that of their bytes
// without the ends. It takes all that there is, and keeps the beginning of a line itself: what is
// left to gnet costs a copy of all that comes next.
type gnetSink struct{ gnet.BuiltinEventEngine }

// A tally is what has come in on a connection.
type tally struct {
	lines, bytes int64
	rest         []byte // a line that has begun
}

func (*gnetSink) OnOpen(c gnet.Conn) ([]byte, gnet.Action) {
	c.SetContext(new(tally))
	return nil, gnet.None
}

func (*gnetSink) OnTraffic(c gnet.Conn) gnet.Action {
	in, err := c.Next(-1)
	if err != nil {
		return gnet.Close
	}
	t := c.Context().(*tally)
	for len(t.rest) > 0 && len(in) > 0 {
		end := bytes.IndexByte(in, '\n') + 1
		if end == 0 {
			end = len(in)
		}
		t.rest = append(t.rest, in[:end]...)
		in = in[end:]
		if t.take(c, t.rest) > 0 {
			t.rest = t.rest[:0]
		}
	}
	t.rest = append(t.rest, in[t.take(c, in):]...)
	return gnet.None
}

// take counts the whole lines of in, and returns how many bytes that was.
func (t *tally) take(c gnet.Conn, in []byte) int {
	begin := 0
	for from := 0; ; {
		lf := bytes.IndexByte(in[from:], '\n')
		if lf < 0 {
			return begin
		}
		from += lf + 1
		if from-begin >= 2 && in[from-2] == '\r' {
			t.count(c, in[begin:from-2])
			begin = from
		}
	}
}

func (t *tally) count(c gnet.Conn, line []byte) {
	if len(line) == 1 && line[0] == '?' {
		fmt.Fprintf(c, "%d %d\r\n", t.lines, t.bytes)
		return
	}
	t.lines++
	t.bytes += int64(len(line))
}

func serveGnetBulk(addr string) error {
	return gnet.Run(&gnetSink{}, "tcp://"+addr, gnet.WithNumEventLoop(1))
}
