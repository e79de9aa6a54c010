package web

import (
	"io"
	"os"
	"sync"

	"github.com/go-asynchat/asynchat/fifo"
)

type buffer [64 << 10]byte

var buffers = sync.Pool{New: func() any { return new(buffer) }}

// SendFile answers with h.Size bytes of a file, which it closes. A small file leaves with its head
// in one write. A larger file is sent by a producer. If the file becomes shorter, the connection is
// closed, so the client notices that bytes are missing.
func (x *Exchange) SendFile(h Head, file *os.File, at int64) {
	s := x.session
	keep := s.keeps()
	buf := buffers.Get().(*buffer)
	defer buffers.Put(buf)
	answer := h.append(buf[:0], x.minor, keep, s.Loop().Now())
	size := h.Size
	if x.Method == "HEAD" {
		size = 0
	}
	if body := buf[len(answer):]; size <= int64(len(body)) {
		if n, _ := file.ReadAt(body[:size], at); int64(n) == size { // if not, the producer says why
			answer, size = buf[:len(answer)+n], 0
		}
	}
	s.Push(answer)
	if size > 0 {
		s.produce(fifo.Section(file, at, size))
	} else {
		file.Close()
	}
	s.record(h)
	s.ended(keep)
}

// Produce answers with the output of p, which must be h.Size bytes. A negative h.Size means an
// unknown size: a client of HTTP/1.1 gets chunks, and for a client of HTTP/1.0 the connection ends
// with the body. p is closed as by Channel.PushProducer, also if the client wants only the head.
func (x *Exchange) Produce(h Head, p fifo.Producer) {
	s := x.session
	if h.Size < 0 && x.minor == 0 {
		x.close = true
	}
	keep := s.keeps()
	if h.Size < 0 && keep {
		p = fifo.Chunked(p)
	}
	buf := buffers.Get().(*buffer)
	s.Push(h.append(buf[:0], x.minor, keep, s.Loop().Now()))
	buffers.Put(buf)
	if x.Method != "HEAD" {
		s.produce(p)
	} else if c, ok := p.(io.Closer); ok {
		c.Close()
	}
	s.record(h)
	s.ended(keep)
}

// produce has the requests after this one wait: with the next file opened only when this one is
// sent, a client that asks for a thousand files at once has one of them open.
func (s *session) produce(p fifo.Producer) {
	s.PushProducer(p)
	s.state = streaming
	s.PauseReading()
}
