package fifo

import (
	"errors"
	"io"
	"iter"
	"testing"
)

// A leased is a producer with a buffer.
type leased interface {
	Producer
	io.Closer
}

// asker is a source of every kind.
type asker func() (string, error)

func (a asker) More() ([]byte, error) {
	s, err := a()
	return []byte(s), err
}

func (a asker) Read(p []byte) (int, error) {
	s, err := a()
	return copy(p, s), err
}

func (a asker) ReadAt(p []byte, _ int64) (int, error) { return a.Read(p) }

func (a asker) lines() iter.Seq[string] {
	return func(yield func(string) bool) {
		for {
			s, err := a()
			if err != nil || !yield(s) {
				return
			}
		}
	}
}

// leases returns each kind of producer that has a buffer, and its lease.
func leases(a asker) map[string]func() (leased, *lease) {
	return map[string]func() (leased, *lease){
		"Reader":  func() (leased, *lease) { p := &reader{r: a}; return p, &p.lease },
		"Section": func() (leased, *lease) { p := &section{r: a, left: 1 << 20}; return p, &p.lease },
		"Lines": func() (leased, *lease) {
			p := &joined{puller: puller[string]{seq: a.lines()}}
			return p, &p.lease
		},
		"Chunked": func() (leased, *lease) { p := &chunked{filter{p: a}}; return p, &p.lease },
		"DotStuff": func() (leased, *lease) {
			p := &dotStuffed{filter: filter{p: a}}
			return p, &p.lease
		},
	}
}

// A producer takes a buffer when it is asked, and gives it back when it is closed.
func TestLeaseEnds(t *testing.T) {
	asked := 0
	for name, build := range leases(func() (string, error) {
		if asked++; asked > 3 {
			return "", io.EOF
		}
		return "a", nil
	}) {
		asked = 0
		p, l := build()
		if l.buf != nil {
			t.Errorf("%s: has a buffer at once", name)
		}
		if _, err := p.More(); err != nil && err != io.EOF || l.buf == nil {
			t.Errorf("%s: More: %v, has a buffer: %t", name, err, l.buf != nil)
		}
		if err := p.Close(); err != nil || l.buf != nil || l.busy {
			t.Errorf("%s: Close: %v, has a buffer: %t", name, err, l.buf != nil)
		}
	}
}

// Ten thousand producers that wait must not hold 64 KiB apiece.
func TestLeaseWaits(t *testing.T) {
	for name, build := range leases(func() (string, error) { return "", ErrNotReady }) {
		p, l := build()
		data, err := p.More()
		if name != "Lines" && !errors.Is(err, ErrNotReady) || len(data) != 0 || l.buf != nil {
			t.Errorf("%s: More = %q, %v, has a buffer: %t", name, data, err, l.buf != nil)
		}
		p.Close()
	}
}

// While a source writes to the buffer, it must not be another producer's.
func TestLeaseClosedWithin(t *testing.T) {
	var p leased
	var l *lease
	for name, build := range leases(func() (string, error) {
		held := l.buf
		p.Close()
		if l.buf != held {
			t.Error("the buffer was given back while it was in use")
		}
		return "gone", nil
	}) {
		p, l = build()
		data, err := p.More()
		if len(data) != 0 || err != io.EOF || l.buf != nil {
			t.Errorf("%s: More = %q, %v, has a buffer: %t, want nothing, EOF, false", name,
				data, err, l.buf != nil)
		}
	}
}

// A buffer that is given back is the next one taken. A pool may lose one now and then, so the first
// of many will do.
func TestBufferIsUsedAgain(t *testing.T) {
	for range 100 {
		var l lease
		l.take()
		old := l.buf
		l.filled(1)
		l.close()
		if l.take(); l.buf == old {
			return
		}
	}
	t.Error("buffers are lost")
}
