package fifo

import (
	"errors"
	"io"
	"os"
)

// A Sink takes the output of [FIFO.DrainTo]. If it is also a [FileSender], it gets files themselves
// and not their bytes.
type Sink interface {
	// Send takes the slices in order, as many bytes as it can, and returns their number. Less than all
	// bytes means that there is no more room now. It must neither change nor keep the slices.
	Send(pieces [][]byte) (int, error)
}

// A FileSender sends a part of a file without reading it into this process, as sendfile does.
type FileSender interface {
	// SendFile sends up to n bytes of file from off on, n > 0, without moving the file's own position,
	// and returns how many it sent. Less than n and no error means that there is no more room now. At
	// the end of the file it returns io.EOF, and for a file from which it cannot send,
	// errors.ErrUnsupported. In both cases DrainTo calls the producer for the bytes instead. If the
	// file has become shorter, the producer fails with io.ErrUnexpectedEOF. Any other error ends
	// DrainTo, as an error of Send does.
	SendFile(file *os.File, off int64, n int) (int, error)
}

// DrainTo drains the queue as Drain does, into a sink. If the sink is a [FileSender], it gets the
// file itself from a [File] or a [Section] of an *os.File, also inside Concat and Hook, and the
// bytes count as taken. With or without a FileSender, the caller waits for the disk if the file is
// not in the system's cache.
func (f *FIFO) DrainTo(s Sink) (int, error) { return f.drain(s) }

// fileBacked is a producer whose next bytes may be a part of a file.
type fileBacked interface {
	// part returns what comes next, and a length of 0 if that is not in a file, or is the end, or the
	// producer is closed.
	part() (file *os.File, off, n int64)
	// advance says that n bytes of the part have been sent.
	advance(n int64)
}

// part returns the part of a file that p gives out next, if there is one.
func part(p Producer) (*os.File, int64, int64) {
	if b, ok := p.(fileBacked); ok {
		return b.part()
	}
	return nil, 0, 0
}

// offerFile hands a part of a file that is at the head to files, once, at most room bytes of it.
func (f *FIFO) offerFile(files FileSender, room int) (sent, offered int, err error) {
	n := f.head
	if files == nil || n == nil || n.producer == nil || len(n.data) > 0 || n.err != nil {
		return 0, 0, nil
	}
	producer := n.producer // n may be gone before it is used
	file, off, left := part(producer)
	if left == 0 {
		return 0, 0, nil
	}
	f.discarded = false
	offered = int(min(left, int64(room)))
	sent, err = files.SendFile(file, off, offered)
	if !f.discarded {
		producer.(fileBacked).advance(int64(sent))
	}
	if err == io.EOF || errors.Is(err, errors.ErrUnsupported) {
		return sent, sent, nil
	}
	return sent, offered, err
}
