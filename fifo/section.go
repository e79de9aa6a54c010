package fifo

import (
	"fmt"
	"io"
	"os"
)

// Section returns a producer of the n bytes of r from off on, in pieces of 60 KiB. It holds a
// pooled buffer from its first call until it is closed. If r ends early, the producer fails with
// [io.ErrUnexpectedEOF], so a part is never sent as the whole. It closes r, if r is an io.Closer.
// If r is an *os.File or a [KeptFile], [FIFO.DrainTo] may send it without reading it. It panics if
// off or n is negative.
func Section(r io.ReaderAt, off, n int64) Producer {
	if off < 0 || n < 0 {
		panic("fifo: Section: negative offset or length")
	}
	return &section{r: r, at: off, left: n}
}

// A KeptFile is a file that a [Section] does not close. The caller closes it after the producer has
// ended.
type KeptFile struct{ *os.File }

// Close does nothing.
func (KeptFile) Close() error { return nil }

// File returns a producer of a whole regular file, with its current size: data that is appended
// later is not sent, and a file that becomes shorter is an error. Otherwise it works as a
// [Section], and closes the file. If File itself fails, the caller still has to close the file.
func File(file *os.File) (Producer, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("fifo: %s is not a regular file", file.Name())
	}
	return Section(file, 0, info.Size()), nil
}

type section struct {
	r    io.ReaderAt
	at   int64
	left int64
	lease
}

func (s *section) More() ([]byte, error) {
	if s.left == 0 {
		return nil, io.EOF
	}
	piece := s.take()[:min(pieceSize, s.left)]
	n, err := s.r.ReadAt(piece, s.at)
	if !s.filled(n) {
		return nil, io.EOF
	}
	s.advance(int64(n))
	switch {
	case s.left == 0:
		err = io.EOF
	case err == io.EOF:
		err = io.ErrUnexpectedEOF
	case n == 0 && err == nil:
		err = io.ErrNoProgress // no bytes and no error would be the end
	}
	return piece[:n], err
}

func (s *section) part() (*os.File, int64, int64) {
	switch r := s.r.(type) {
	case *os.File:
		return r, s.at, s.left
	case KeptFile:
		return r.File, s.at, s.left
	}
	return nil, 0, 0
}

func (s *section) advance(n int64) {
	s.at += n
	s.left -= n
}

func (s *section) Close() error { return s.CloseWithError(nil) }

func (s *section) CloseWithError(cause error) error {
	s.lease.close()
	return closeSource(s.r, cause)
}
