package chat

import (
	"errors"
	"os"
)

// connSink is the connection as a queue sees it: a fifo.Sink, and a fifo.FileSender where the
// kernel sends files.
type connSink Channel

func (o *connSink) Send(v [][]byte) (n int, err error) {
	total := len(v[0])
	if len(v) == 1 {
		n, err = o.conn.Send(v[0])
	} else {
		for _, p := range v[1:] {
			total += len(p)
		}
		n, err = o.conn.SendV(v)
	}
	c := (*Channel)(o)
	if c.special&actsTLS == 0 {
		c.tapSent(v, n)
	} else if s := c.ext.tls; s.plain > 0 {
		k := min(n, s.plain)
		c.tapSent(v, k)
		s.plain -= k
	}
	c.sent(n, total)
	return n, err
}

func (o *connSink) SendFile(file *os.File, off int64, size int) (int, error) {
	c := (*Channel)(o)
	if c.special&actsTap != 0 {
		return 0, errors.ErrUnsupported // so that the bytes come by
	}
	n, err := o.conn.SendFile(file, off, size)
	if err == nil {
		c.sent(n, size)
	}
	return n, err
}
