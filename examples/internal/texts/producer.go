package texts

import (
	"context"
	"io"
	"os"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/fifo"
)

// A text is a part of a file that is about to be sent.
type text struct {
	r     *Reader
	piece []byte // has been read, and not given out
	err   error  // what came beside it
}

// openText opens a file and reads the first piece of it, both of which take their time: what cannot
// be read is an error before the client is promised anything, and what is small needs no second
// turn off the loop.
func openText(root *os.Root, name string, part Part) (*text, error) {
	r, err := NewReader(root, name, part)
	if err != nil {
		return nil, err
	}
	t := &text{r: r}
	if t.piece, t.err = t.r.Next(); len(t.piece) == 0 && t.err != io.EOF {
		r.Close()
		return nil, t.err
	}
	return t, nil
}

// producer returns a producer of the text for a channel, with dots stuffed, and the line with a
// single dot behind it. If the file cannot be read to its end, the channel is closed without that
// line: a client never takes a part for the whole. The channel must not end gracefully before the
// text has: then the rest could not be read any more.
func (t *text) producer(c *chat.Channel) fifo.Producer {
	return fifo.DotStuff(&source{text: t, c: c, ready: true})
}

// A source reads on when it is asked for more, by chat.Do, and says until then that it is not
// ready.
type source struct {
	*text
	c     *chat.Channel
	ready bool // the piece is there
	asked bool
}

func (s *source) More() ([]byte, error) {
	if s.ready {
		s.ready = false
		return s.piece, s.err
	}
	if !s.asked {
		s.asked = true
		if err := chat.Do(s.c, s.read, s.got); err != nil {
			return nil, err
		}
	}
	return nil, fifo.ErrNotReady
}

func (s *source) read(context.Context) ([]byte, error) { return s.r.Next() }

func (s *source) got(piece []byte, err error) {
	s.piece, s.err = piece, err
	s.ready, s.asked = true, false
	s.c.ResumeProducer()
}

// Close may come while the file is being read: that ends with an error then.
func (s *source) Close() error { return s.r.Close() }
