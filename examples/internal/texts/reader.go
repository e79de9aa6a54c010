// Package texts sends texts that are files, such as mail and news, to the line with a single dot. A
// file is read off the loop, piece by piece, as the client takes it: A file of any size needs the
// memory of a few pieces, and a slow disk delays only the client that has requested the file.
package texts

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"syscall"
)

// A Part says which part of a text to send.
type Part struct {
	head, body bool
	most       int64 // lines of the body; -1: all
}

var (
	Whole = Part{head: true, body: true, most: -1}
	Head  = Part{head: true} // without the empty line behind it
	Body  = Part{body: true, most: -1}
)

// Top is the head, the empty line, and the first n lines of the body.
func Top(n int64) Part { return Part{head: true, body: true, most: n} }

const (
	pieceSize = 60 << 10
	readSize  = 16 << 10
)

// A Reader reads a part of a text. Its lines end with CR LF. A CR or an LF alone in the file also
// counts as a line end, and becomes CR LF. Bytes after the last line end are returned unchanged.
type Reader struct {
	file   io.Closer
	in     *bufio.Reader
	part   Part
	inBody bool
	inLine bool // the line in progress is not empty
	lines  int64
	piece  []byte
}

// NewReader opens a regular file, and may wait for the disk. It opens without waiting, since
// opening a FIFO would wait for its other end, and refuses any file that is not regular.
func NewReader(root *os.Root, name string, part Part) (*Reader, error) {
	f, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a regular file", name)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return newReader(f, part), nil
}

// newReader reads from file, which it owns.
func newReader(file io.ReadCloser, part Part) *Reader {
	return &Reader{file: file, in: bufio.NewReaderSize(file, readSize), part: part}
}

// Close closes the file. It may be called while Next runs.
func (r *Reader) Close() error { return r.file.Close() }

// Lines returns the number of lines of the body that Next has come across.
func (r *Reader) Lines() int64 { return r.lines }

// Next returns the next piece, which is valid until the next call, and returns io.EOF with the last
// piece.
func (r *Reader) Next() ([]byte, error) {
	if r.piece == nil {
		r.piece = make([]byte, 0, pieceSize)
	}
	out := r.piece[:0]
	for len(out) <= pieceSize-readSize {
		if r.inBody && (!r.part.body || r.part.most >= 0 && r.lines >= r.part.most) {
			return out, io.EOF
		}
		p, err := r.fragment()
		if err != nil {
			if r.inBody && r.inLine {
				r.lines++ // the last one has no end
			}
			return out, err
		}
		if r.wants(p) {
			out = append(out, p...)
		}
	}
	return out, nil
}

// crlf is the end of a line.
var crlf = []byte("\r\n")

// fragment returns the next bytes of a line, or its end, which is CR LF whatever it is in the file.
// They are valid until the next call.
func (r *Reader) fragment() ([]byte, error) {
	if _, err := r.in.Peek(1); err != nil {
		return nil, err
	}
	p, _ := r.in.Peek(r.in.Buffered())
	switch i := bytes.IndexAny(p, "\r\n"); {
	case i > 0:
		p = p[:i]
		fallthrough
	case i < 0:
		r.in.Discard(len(p))
		return p, nil
	}
	n := 1
	if p, _ = r.in.Peek(2); bytes.Equal(p, crlf) {
		n = 2
	}
	r.in.Discard(n)
	return crlf, nil
}

// wants takes a fragment to where it belongs, and reports whether that is in the part.
func (r *Reader) wants(p []byte) bool {
	isEnd := p[0] == '\r'
	wasInLine := r.inLine
	r.inLine = !isEnd
	switch {
	case r.inBody:
		if isEnd {
			r.lines++
		}
		return r.part.body
	case isEnd && !wasInLine:
		r.inBody = true
		return r.part.head && r.part.body
	}
	return r.part.head
}
