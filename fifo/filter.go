package fifo

import (
	"errors"
	"io"
)

// A filter rewrites what a producer gives out, in a buffer of its own, so that the producer's piece
// is kept until it is used up.
type filter struct {
	lease
	p    Producer
	rest []byte // of the last piece, what is still to be rewritten
	err  error  // what came beside it
	cut  bool   // of the last piece a part has been given out before
}

// fill asks the producer for more if all it gave is used up.
func (f *filter) fill() {
	if len(f.rest) > 0 || f.err != nil {
		return
	}
	f.rest, f.err = f.p.More()
	f.cut = false
	switch {
	case f.closed:
		f.rest, f.err = nil, io.EOF // what More returned is not valid after Close
	case len(f.rest) == 0 && f.err == nil:
		f.err = io.EOF
	}
}

// verdict returns the error that came with the last piece, once that piece is used up.
func (f *filter) verdict() error {
	if len(f.rest) > 0 {
		return nil
	}
	err := f.err
	if errors.Is(err, ErrNotReady) {
		f.err = nil // the producer is asked again
		if f.cut {
			return nil // and at once: a Resume that came between the parts would be lost
		}
	}
	return err
}

// give returns out, which is in the buffer.
func (f *filter) give(out []byte, err error) ([]byte, error) {
	if !f.filled(len(out)) {
		return nil, io.EOF
	}
	f.cut = len(f.rest) > 0
	return out, err
}

func (f *filter) Close() error { return f.CloseWithError(nil) }

func (f *filter) CloseWithError(cause error) error {
	f.rest = nil
	f.lease.close()
	Discard(f.p, cause)
	return nil
}
