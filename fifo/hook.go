package fifo

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// ErrDiscarded is reported by [Hook] if a producer was closed before its end. The error wraps the
// cause too, if there is one: see [FIFO.DiscardWith].
var ErrDiscarded = errors.New("fifo: producer was discarded")

// Hook returns a producer of the output of p that calls done exactly once, when p has been closed.
// n is the number of bytes that p has returned. err is nil if p has ended and its last piece was
// sent. If p has failed, err is its error. If p was closed before either, err is [ErrDiscarded].
// Inside another producer a piece has been sent when that producer asks for the next one. done may
// use the queue. It panics if p or done is nil.
func Hook(p Producer, done func(n int64, err error)) Producer {
	mustNotBeNil(p, "Hook")
	if done == nil {
		panic("fifo: Hook: no function")
	}
	return &hook{p: p, done: done}
}

type hook struct {
	p     Producer
	done  func(int64, error)
	n     int64
	err   error // how p ended
	ended bool  // all before err has been sent
}

// More gives out the end of p only after its last bytes: being asked again is what proves that they
// were sent.
func (h *hook) More() ([]byte, error) {
	if h.err != nil {
		h.ended = true
		return nil, h.err
	}
	data, err := h.p.More()
	h.n += int64(len(data))
	if err == nil && len(data) == 0 {
		err = io.EOF
	}
	if err == nil || errors.Is(err, ErrNotReady) {
		return data, err
	}
	h.err, h.ended = err, len(data) == 0
	if h.ended {
		return nil, err
	}
	return data, nil
}

func (h *hook) part() (*os.File, int64, int64) {
	if h.err != nil {
		return nil, 0, 0
	}
	return part(h.p)
}

func (h *hook) advance(n int64) {
	h.n += n
	h.p.(fileBacked).advance(n)
}

func (h *hook) Close() error { return h.CloseWithError(nil) }

func (h *hook) CloseWithError(cause error) error {
	Discard(h.p, cause)
	switch {
	case !h.ended && cause != nil:
		h.done(h.n, fmt.Errorf("%w: %w", ErrDiscarded, cause))
	case !h.ended:
		h.done(h.n, ErrDiscarded)
	case h.err == io.EOF:
		h.done(h.n, nil)
	default:
		h.done(h.n, h.err)
	}
	return nil
}
