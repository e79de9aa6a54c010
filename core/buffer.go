package core

import "sync"

// readBufferSize is the size of the buffer that ReadBuffer returns.
const readBufferSize = 64 << 10

type readBuffer [readBufferSize]byte

var readBuffers = sync.Pool{New: func() any { return new(readBuffer) }}

// A borrowed is a buffer that is taken from those of all loops when it is needed, and given back.
type borrowed struct{ buffer *readBuffer }

func (b *borrowed) get() []byte {
	if b.buffer == nil {
		b.buffer = readBuffers.Get().(*readBuffer)
	}
	return b.buffer[:]
}

func (b *borrowed) giveBack() {
	if b.buffer != nil {
		readBuffers.Put(b.buffer)
		b.buffer = nil
	}
}
