package main

import (
	"io"
	"os"
	"sync"
)

type buffer [64 << 10]byte

var buffers = sync.Pool{New: func() any { return new(buffer) }}

// A stream is a fifo.Producer of a head and a part of a file. It gives out what the head has promised, whatever becomes of the
// file meanwhile, or fails, which closes the connection: a client that counts sees that something is missing.
type stream struct {
	file *os.File
	buf  *buffer
	data []byte // read and not given out
	at   int64  // where to read on
	left int64  // how much
}

// fill reads as much behind data as there is room for.
func (st *stream) fill() error {
	room := st.buf[len(st.data):]
	room = room[:min(int64(len(room)), st.left)]
	n, err := st.file.ReadAt(room, st.at)
	st.data = st.buf[:len(st.data)+n]
	st.at += int64(n)
	st.left -= int64(n)
	switch {
	case n > 0 || st.left == 0:
		return nil // should the read have failed, the next one will
	case err == io.EOF:
		return io.ErrUnexpectedEOF
	}
	return err
}

func (st *stream) More() ([]byte, error) {
	if len(st.data) == 0 {
		if err := st.fill(); err != nil {
			return nil, err
		}
	}
	data := st.data
	st.data = st.data[:0]
	if st.left == 0 {
		return data, io.EOF
	}
	return data, nil
}

func (st *stream) Close() error {
	buffers.Put(st.buf)
	st.buf, st.data = nil, nil
	return st.file.Close()
}

// send answers with h.size bytes of a file, which it closes. Head and file share a buffer, so that a small file leaves with its
// head in one write. A larger one makes the requests behind it wait: with the next file opened only when this one is sent, a
// client that asks for a thousand files at once has one of them open.
func (s *session) send(h head, file *os.File, at int64) {
	keep := s.keeps()
	st := &stream{file: file, buf: buffers.Get().(*buffer), at: at, left: h.size}
	st.data = h.append(st.buf[:0], s.req.minor, keep, s.Loop().Now())
	if s.req.method == "HEAD" {
		st.left = 0
	} else {
		st.fill() // what fails here fails again in More
	}
	if st.left == 0 {
		s.Push(st.data)
		st.Close()
	} else {
		s.PushProducer(st)
		s.state = streaming
		s.PauseReading()
	}
	s.record(h)
	s.ended(keep)
}
