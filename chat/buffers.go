package chat

import "sync"

// Small buffers are for most lines, large ones for as much as a loop reads at once.
const (
	smallBuffer = 4 << 10
	largeBuffer = 64 << 10
)

var smallBuffers = sync.Pool{New: func() any { return new([smallBuffer]byte) }}
var largeBuffers = sync.Pool{New: func() any { return new([largeBuffer]byte) }}

// roomFor returns b, or a buffer with what is in it, that has room for n more bytes.
func roomFor(b []byte, n int) []byte {
	if n <= cap(b)-len(b) {
		return b
	}
	larger := append(takeBuffer(len(b)+n), b...)
	giveBuffer(b)
	return larger
}

func takeBuffer(n int) []byte {
	switch {
	case n <= smallBuffer:
		return smallBuffers.Get().(*[smallBuffer]byte)[:0]
	case n <= largeBuffer:
		return largeBuffers.Get().(*[largeBuffer]byte)[:0]
	}
	return make([]byte, 0, n)
}

// giveBuffer gives one back that is not used any more.
func giveBuffer(b []byte) {
	switch cap(b) {
	case smallBuffer:
		smallBuffers.Put((*[smallBuffer]byte)(b[:smallBuffer]))
	case largeBuffer:
		largeBuffers.Put((*[largeBuffer]byte)(b[:largeBuffer]))
	}
}
