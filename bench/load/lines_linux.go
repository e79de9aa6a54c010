package main

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
)

const (
	maxBatch = 64 << 10
	letters  = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/"
)

// lines is an endless stream of different lines of one size: a ring, of which each connection sends
// from a place of its own, so that an answer that comes twice, too late or on another connection is
// noticed. Its beginning is repeated at its end, for a batch to be in one piece.
type lines struct {
	ring []byte
	size int // of a line
	wrap int // of the ring
}

func newLines(size int) *lines {
	count := max(64, 128<<10/size)
	l := &lines{size: size, wrap: count * size}
	l.ring = make([]byte, l.wrap)
	r := rand.New(rand.NewPCG(1, uint64(size)))
	for i := range l.ring {
		l.ring[i] = letters[r.IntN(len(letters))]
	}
	for end := size; end <= l.wrap; end += size {
		copy(l.ring[end-2:], "\r\n")
	}
	l.repeat()
	return l
}

// streams returns what is sent and what comes back: the same lines, or what is in files.
func (j *job) streams() (requests, answers *lines, err error) {
	if j.requests == "" {
		l := newLines(j.size)
		return l, l, nil
	}
	if requests, err = fromFile(j.requests, j.inFiles); err == nil {
		answers, err = fromFile(j.answers, j.inFiles)
	}
	return requests, answers, err
}

func fromFile(name string, units int) (*lines, error) {
	ring, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	if units < 1 || len(ring) < units || len(ring)%units != 0 {
		return nil, fmt.Errorf("%s is not %d units of one size", name, units)
	}
	l := &lines{ring: ring, size: len(ring) / units, wrap: len(ring)}
	l.repeat()
	return l, nil
}

// repeat puts the beginning behind the end.
func (l *lines) repeat() {
	l.ring = slices.Grow(l.ring[:l.wrap], maxBatch)
	for len(l.ring) < l.wrap+maxBatch {
		l.ring = append(l.ring, l.ring[:min(l.wrap, l.wrap+maxBatch-len(l.ring))]...)
	}
}

// place returns where in the ring connection i begins: each time another line.
func (l *lines) place(i int) int64 { return int64(i * 61 % (l.wrap / l.size) * l.size) }

// at returns n bytes of the stream, at most maxBatch.
func (l *lines) at(off int64, n int) []byte {
	o := int(off % int64(l.wrap))
	return l.ring[o : o+n]
}

var errWrong = errors.New("an answer is not what was sent")

// check compares what was received with the stream at off.
func (l *lines) check(p []byte, off int64) error {
	for len(p) > 0 {
		n := min(len(p), maxBatch)
		if !bytes.Equal(p[:n], l.at(off, n)) {
			return errWrong
		}
		p, off = p[n:], off+int64(n)
	}
	return nil
}
