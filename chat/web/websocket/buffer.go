package websocket

import (
	"slices"
	"sync"
)

// A buffer holds a message in progress, and after it a control frame that comes within. It is
// borrowed for as long as a message is not complete: an idle connection has none.
type buffer struct{ data []byte }

var buffers = sync.Pool{New: func() any { return new(buffer) }}

// maxKept is the size of the largest buffer that is kept for others.
const maxKept = 64 << 10

func borrow() *buffer { return buffers.Get().(*buffer) }

func (b *buffer) giveBack() {
	if b.data = b.data[:0]; cap(b.data) <= maxKept {
		buffers.Put(b)
	}
}

// extend makes the buffer longer by n bytes, and returns those.
func (b *buffer) extend(n int) []byte {
	at := len(b.data)
	b.data = slices.Grow(b.data, n)[:at+n]
	return b.data[at:]
}
