package fifo

import (
	"errors"
	"io"
)

// A Producer yields data piece by piece, as asynchat's more() does. More is called when all earlier
// data has been sent, and never from within itself. The slice that it returns must stay unchanged
// until the next call of More or of Close. io.EOF ends the producer, after the bytes returned with
// it have been sent; no bytes and a nil error end it too. [ErrNotReady] means that no further data
// is ready: More is called again after Resume. If More is called earlier, it returns ErrNotReady
// again. Any other error is reported once the bytes returned with it have been sent, and ends the
// producer.
//
// A Producer that is an io.Closer is closed exactly once, whatever happens to the queue: when it
// has ended or failed, or is discarded. It may be discarded during its own More. A Producer with
// the method CloseWithError(error) error, such as an *io.PipeReader, is closed by this method: with
// nil if it has ended or failed itself, else with the cause, see [FIFO.DiscardWith]. Producers that
// contain others, such as [Concat], pass the cause on to them.
type Producer interface {
	More() ([]byte, error)
}

// ErrNotReady is returned by a producer that has no data yet, but will have more later.
var ErrNotReady = errors.New("fifo: producer is not ready")

// A ProducerError reports that a producer failed in the middle of its output.
type ProducerError struct{ Err error }

func (e *ProducerError) Error() string { return "fifo: producer: " + e.Err.Error() }

// Unwrap returns the error that the producer returned.
func (e *ProducerError) Unwrap() error { return e.Err }

// Discard closes a producer as [FIFO.DiscardWith] does, for a producer outside of a queue. An error
// of its Close is ignored.
func Discard(p Producer, cause error) { closeSource(p, cause) }

// A causeCloser wants to know why it is closed.
type causeCloser interface{ CloseWithError(cause error) error }

// closeSource closes v if that can be closed.
func closeSource(v any, cause error) error {
	switch c := v.(type) {
	case causeCloser:
		return c.CloseWithError(cause)
	case io.Closer:
		return c.Close()
	}
	return nil
}

func mustNotBeNil(p Producer, name string) {
	if p == nil {
		panic("fifo: " + name + ": nil producer")
	}
}

// Bytes returns a producer of data, in one piece. It keeps data, which must not be changed until it
// has been sent.
func Bytes(data []byte) Producer { return &simple{data: data, size: max(1, len(data))} }

// SimpleProducer is asynchat's simple_producer: it yields data in pieces of size bytes; a size of 0
// or less means 512. It keeps data, which must not be changed until it has been sent.
func SimpleProducer(data []byte, size int) Producer {
	if size <= 0 {
		size = 512
	}
	return &simple{data: data, size: size}
}

type simple struct {
	data []byte
	size int
}

func (s *simple) More() ([]byte, error) {
	n := min(s.size, len(s.data))
	piece := s.data[:n]
	s.data = s.data[n:]
	if len(s.data) == 0 {
		return piece, io.EOF
	}
	return piece, nil
}

// Reader returns a producer of everything that r reads, in pieces of 60 KiB at most. It holds a
// pooled buffer from its first call until it has no data or is closed. It closes r, if r is an
// io.Closer. A Read that blocks blocks the loop that drains the queue: r should be a file or in
// memory. If Read returns no bytes and no error, it is called again, at most 100 times in a row;
// then the producer returns [ErrNotReady].
func Reader(r io.Reader) Producer { return &reader{r: r} }

// maxEmptyReads is as many as those of package bufio.
const maxEmptyReads = 100

type reader struct {
	r io.Reader
	lease
}

func (p *reader) More() ([]byte, error) {
	piece := p.take()[:pieceSize]
	n, err := p.r.Read(piece)
	for tries := 1; n == 0 && err == nil && tries < maxEmptyReads; tries++ {
		n, err = p.r.Read(piece)
	}
	if !p.filled(n) {
		return nil, io.EOF
	}
	if n == 0 && err == nil {
		err = ErrNotReady
	}
	return piece[:n], err
}

func (p *reader) Close() error { return p.CloseWithError(nil) }

func (p *reader) CloseWithError(cause error) error {
	p.lease.close()
	return closeSource(p.r, cause)
}
