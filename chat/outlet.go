package chat

import (
	"errors"
	"os"
)

// outlet is the connection as a queue sees it: a fifo.Sink, and a fifo.FileSender where the kernel sends files.
type outlet Channel

func (o *outlet) Send(v [][]byte) (n int, err error) {
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
	if s := c.tls(); s == nil {
		c.passedSome(v, n)
	} else if s.plain > 0 {
		k := min(n, s.plain)
		c.passedSome(v, k)
		s.plain -= k
	}
	o.sent(n, total)
	return n, err
}

func (o *outlet) SendFile(file *os.File, off int64, size int) (int, error) {
	if (*Channel)(o).tapped() {
		return 0, errors.ErrUnsupported // so that the bytes come by
	}
	n, err := o.conn.SendFile(file, off, size)
	if err == nil {
		o.sent(n, size)
	}
	return n, err
}

func (o *outlet) sent(n, offered int) {
	if n < offered {
		o.flags |= blocked
	}
	if n > 0 {
		o.flags |= went
		o.stall = 0
		(*Channel)(o).countWritten(n)
	}
}
