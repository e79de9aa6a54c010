package main

import (
	"errors"
	"io"
	"os"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/fifo"
)

// A transfer is what goes over a data connection, one way. What it is read from or written to is
// off the loop, and no more than a piece of it is in memory.
type transfer struct {
	session *session
	what    string        // for the client
	channel *chat.Channel // its data connection; nil: it waits for one
	timer   *core.Timer   // how long
	moved   int64         // bytes
	source  source        // what is sent; nil: it receives
	file    *os.File      // what is written
	closed  bool
}

// A source gives out what is sent. Next may block; its pieces are valid until the next call, and
// io.EOF may come beside the last. Close may be called while Next runs.
type source interface {
	next() ([]byte, error)
	io.Closer
}

// Close releases the file, also while it is read or written.
func (t *transfer) Close() error {
	switch {
	case t.closed:
	case t.source != nil:
		t.source.Close()
	default:
		t.file.Close()
	}
	t.closed = true
	if t.timer != nil {
		t.timer.Stop()
	}
	return nil
}

func (t *transfer) newHandler(c *chat.Channel) chat.Handler {
	l := c.Limits()
	l.StallTimeout = t.session.site.stall
	c.SetLimits(l)
	if t.source != nil {
		return &sender{Channel: c, transfer: t}
	}
	return &receiver{Channel: c, transfer: t}
}

// A sender is the handler of a data connection to the client, and its own producer: it reads on
// when it is asked for more, and says until then that it is not ready.
type sender struct {
	*chat.Channel
	transfer *transfer
	piece    []byte // what was read, and not given out
	err      error  // what came beside it
	ready    bool
	reading  bool
}

func (s *sender) CollectIncomingData([]byte) {} // nobody has asked for it
func (s *sender) FoundTerminator()           {}

// HandleEOF is there because the channel would end otherwise, and could not read on: the client
// may end its direction, in which nothing goes.
func (s *sender) HandleEOF() {}

func (s *sender) HandleConnect() { s.PushProducer(s) }
func (s *sender) HandleDrained() { s.CloseWhenDone() }

func (s *sender) More() ([]byte, error) {
	if s.ready {
		s.ready = false
		s.transfer.moved += int64(len(s.piece))
		return s.piece, s.err
	}
	if !s.reading {
		s.reading = true
		if err := s.Go(s.read); err != nil {
			return nil, err
		}
	}
	return nil, fifo.ErrNotReady
}

func (s *sender) read() func() {
	piece, err := s.transfer.source.next()
	return func() {
		s.piece, s.err = piece, err
		s.ready, s.reading = true, false
		s.ResumeProducer()
	}
}

// HandleClose gets nil when the client has closed too, and so has everything.
func (s *sender) HandleClose(err error) {
	var failed *fifo.ProducerError
	switch t := s.transfer; {
	case err == nil:
		t.session.finish(t, "226 That was all")
	case errors.As(err, &failed):
		t.session.complain(err)
		t.session.finish(t, "451 It cannot be read to its end")
	default:
		t.session.finish(t, "426 "+whyBroken(err))
	}
}

// A receiver is the handler of a data connection from the client. While a piece is written, the
// next one is not read: a client is never faster than the disk.
type receiver struct {
	*chat.Channel
	transfer *transfer
	piece    []byte
}

func (r *receiver) FoundTerminator() {}

func (r *receiver) CollectIncomingData(data []byte) {
	r.piece = append(r.piece[:0], data...)
	t := r.transfer
	r.Go(func() func() {
		_, err := t.file.Write(r.piece)
		return func() {
			if t.moved += int64(len(r.piece)); err != nil {
				r.fail(err)
			}
		}
	})
}

// HandleEOF answers when the file is closed, which may fail.
func (r *receiver) HandleEOF() {
	t := r.transfer
	r.Go(func() func() {
		err := t.file.Close()
		return func() {
			if err != nil {
				r.fail(err)
				return
			}
			r.CloseWhenDone()
			t.session.finish(t, "226 It is stored")
		}
	})
}

// fail ends the transfer. If that has ended before, the file was closed, and err is of that.
func (r *receiver) fail(err error) {
	r.Close()
	if s := r.transfer.session; s.transfer == r.transfer {
		s.finish(r.transfer, s.refusal(err))
	}
}

func (r *receiver) HandleClose(err error) {
	r.transfer.session.finish(r.transfer, "426 "+whyBroken(err))
}

// whyBroken is the reason of a close, for the client.
func whyBroken(err error) string {
	return "The data connection has ended: " + chat.ReasonOf(err).String()
}
