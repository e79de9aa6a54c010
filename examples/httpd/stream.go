package main

import (
	"os"
	"sync"

	"github.com/go-asynchat/asynchat/fifo"
)

type buffer [64 << 10]byte

var buffers = sync.Pool{New: func() any { return new(buffer) }}

// send answers with h.size bytes of a file, which it closes. A small file leaves with its head in one write. A larger one is
// a producer, which gives out what the head has promised or fails, and then the connection is closed: a client that counts
// sees that something is missing. The requests behind it wait: with the next file opened only when this one is sent, a client
// that asks for a thousand files at once has one of them open.
func (s *session) send(h head, file *os.File, at int64) {
	keep := s.keeps()
	buf := buffers.Get().(*buffer)
	defer buffers.Put(buf)
	answer := h.append(buf[:0], s.req.minor, keep, s.Loop().Now())
	size := h.size
	if s.req.method == "HEAD" {
		size = 0
	}
	if body := buf[len(answer):]; size <= int64(len(body)) {
		if n, _ := file.ReadAt(body[:size], at); int64(n) == size { // if not, the producer says why
			answer, size = buf[:len(answer)+n], 0
		}
	}
	s.Push(answer)
	if size > 0 {
		s.PushProducer(fifo.Section(file, at, size))
		s.state = streaming
		s.PauseReading()
	} else {
		file.Close()
	}
	s.record(h)
	s.ended(keep)
}
