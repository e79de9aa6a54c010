package fifo

import (
	"io"
	"iter"
)

// Lines returns a producer of lines, each followed by end, joined to pieces of up to 64 KiB in a
// pooled buffer, so that many short lines leave in one write. The contents of a line are not
// checked. The sequence runs as a sequence of [Seq] does, except that it goes on until a piece is
// full. It panics if lines is nil.
func Lines(lines iter.Seq[string], end string) Producer {
	if lines == nil {
		panic("fifo: Lines(nil)")
	}
	return &joined{puller: puller[string]{seq: lines}, end: end}
}

type joined struct {
	puller[string]
	lease
	end  string
	rest [2]string // of the last line and of its end, what did not fit
}

func (j *joined) More() ([]byte, error) {
	piece := j.take()
	n, err := j.fill(piece)
	if !j.filled(n) {
		return nil, io.EOF
	}
	return piece[:n], err
}

func (j *joined) fill(piece []byte) (int, error) {
	n := 0
	for {
		for i, s := range j.rest {
			k := copy(piece[n:], s)
			j.rest[i] = s[k:]
			n += k
		}
		if n == len(piece) {
			return n, nil
		}
		line, ok := j.pull()
		if !ok {
			return n, io.EOF
		}
		j.rest = [2]string{line, j.end}
	}
}

func (j *joined) Close() error {
	j.puller.close()
	j.lease.close()
	return nil
}
