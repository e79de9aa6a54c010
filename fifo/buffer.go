package fifo

import "sync"

const (
	bufferSize = 64 << 10
	// A piece read from a source leaves room in a buffer for what a filter adds to it, so that Chunked
	// makes one chunk of it and not one of 64 KiB and one of a few bytes. It is a multiple of a page.
	pieceSize = bufferSize - 4<<10
)

type buffer [bufferSize]byte

var buffers = sync.Pool{New: func() any { return new(buffer) }}

// A lease is a producer's hold on a pooled buffer: from when it is asked until it has nothing to
// give or is closed. Close may come while More is filling the buffer, when the source discards the
// queue: then it goes back when More is done, or it would be another producer's while the source
// still writes to it.
type lease struct {
	buf    *buffer
	busy   bool
	closed bool
}

// take returns the buffer, which is not given back before filled is called.
func (l *lease) take() []byte {
	if l.buf == nil {
		l.buf = buffers.Get().(*buffer)
	}
	l.busy = true
	return l.buf[:]
}

// filled says that n bytes of the buffer are in use now. It reports whether the producer is still
// open.
func (l *lease) filled(n int) bool {
	l.busy = false
	if l.closed || n == 0 {
		l.giveBack()
	}
	return !l.closed
}

func (l *lease) close() {
	l.closed = true
	if !l.busy {
		l.giveBack()
	}
}

func (l *lease) giveBack() {
	if l.buf != nil {
		buffers.Put(l.buf)
		l.buf = nil
	}
}
