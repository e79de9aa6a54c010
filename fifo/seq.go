package fifo

import (
	"io"
	"iter"
)

// Seq returns a producer of the slices that seq yields; an empty one is passed over. A slice must
// stay unchanged until seq runs on, and seq runs on only when it has been sent. seq is a coroutine
// from the first piece on: it is not started if no piece is asked for, and else runs to its end, or
// is stopped, its yield returning false, when the producer is closed, so that its deferred calls
// are made in any case. It runs while the queue is drained and must not block. It panics if seq is
// nil.
func Seq(seq iter.Seq[[]byte]) Producer {
	if seq == nil {
		panic("fifo: Seq(nil)")
	}
	return &sequence{puller[[]byte]{seq: seq}}
}

type sequence struct{ puller[[]byte] }

func (s *sequence) More() ([]byte, error) {
	for {
		p, ok := s.pull()
		if !ok {
			return nil, io.EOF
		}
		if len(p) > 0 {
			return p, nil
		}
	}
}

func (s *sequence) Close() error {
	s.close()
	return nil
}
