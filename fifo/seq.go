package fifo

import (
	"io"
	"iter"
)

// Seq returns a producer of the slices that seq yields; empty slices are skipped. A slice must stay
// unchanged until yield returns, and yield returns only after the slice has been sent. seq runs as
// a coroutine, which starts with the first piece. It runs to its end, except that yield returns
// false when the producer is closed. So the deferred calls of seq always run. seq runs while the
// queue is drained, and must not block. It panics if seq is nil.
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
