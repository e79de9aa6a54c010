package texts

import (
	"fmt"
	"io"
	"os"
	"syscall"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/fifo"
)

// A Text is a part of a file that is about to be sent.
type Text struct {
	r     *Reader
	piece []byte // has been read, and not given out
	err   error  // what came beside it
}

// Open opens a file and reads the first piece of it, both of which take their time: what cannot be read is an error before the client is promised anything,
// and what is small needs no second turn off the loop.
func Open(root *os.Root, name string, part Part) (*Text, error) {
	f, err := open(root, name)
	if err != nil {
		return nil, err
	}
	t := &Text{r: NewReader(f, part)}
	if t.piece, t.err = t.r.Next(); len(t.piece) == 0 && t.err != io.EOF {
		f.Close()
		return nil, t.err
	}
	return t, nil
}

// open never waits for a file: to open a FIFO is to wait for its other end, so what is no regular file is
// refused before, and should a FIFO take the place of the file in between, it is opened without waiting, and refused then.
func open(root *os.Root, name string) (*os.File, error) {
	info, err := root.Stat(name)
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a regular file", name)
	}
	if err != nil {
		return nil, err
	}
	f, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	if info, err = f.Stat(); err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a regular file", name)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// Producer returns a producer of the text for a channel, with dots stuffed, and the line with a single dot behind it. If the file cannot be read to its end,
// the channel is closed without that line: a client never takes a part for the whole. The channel must not end gracefully before the text has, which
// PauseReading prevents: the next piece could not be read any more.
func (t *Text) Producer(c *chat.Channel) fifo.Producer {
	return fifo.DotStuff(&source{Text: t, c: c, ready: true})
}

// A source reads on when it is asked for more, by Channel.Go, and says until then that it is not ready.
type source struct {
	*Text
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
		if err := s.c.Go(s.read); err != nil {
			return nil, err
		}
	}
	return nil, fifo.ErrNotReady
}

func (s *source) read() func() {
	piece, err := s.r.Next()
	return func() {
		s.piece, s.err = piece, err
		s.ready, s.asked = true, false
		s.c.ResumeProducer()
	}
}

// Close may come while the file is being read: that ends with an error then.
func (s *source) Close() error { return s.r.Close() }
