package fifo_test

import (
	"errors"
	"io"
	"testing"

	"github.com/go-asynchat/asynchat/fifo"
)

// A wire is what a FIFO drains into. It takes at most room bytes a call, all if room is negative,
// and fails with err.
type wire struct {
	got    []byte
	room   int
	err    error
	calls  int
	pieces int // slices offered by the last call
}

func newWire() *wire { return &wire{room: -1} }

func (w *wire) send(v [][]byte) (int, error) {
	w.calls++
	w.pieces = len(v)
	n := 0
	for _, p := range v {
		k := len(p)
		if w.room >= 0 {
			k = min(k, w.room-n)
		}
		w.got = append(w.got, p[:k]...)
		n += k
	}
	return n, w.err
}

func (w *wire) take() string {
	s := string(w.got)
	w.got = nil
	return s
}

// A script is a producer that plays what it is told, and then ends. It counts what is done to it.
type script struct {
	steps  []play
	asked  int
	closed int
	onEnd  func()
}

type play struct {
	data string
	err  error
	do   func()
}

func (s *script) More() ([]byte, error) {
	s.asked++
	if len(s.steps) == 0 {
		return nil, io.EOF
	}
	p := s.steps[0]
	s.steps = s.steps[1:]
	if p.do != nil {
		p.do()
	}
	return []byte(p.data), p.err
}

func (s *script) Close() error {
	s.closed++
	if s.onEnd != nil {
		s.onEnd()
	}
	return errors.New("nobody hears this")
}

func says(pieces ...string) *script {
	s := &script{}
	for _, p := range pieces {
		s.steps = append(s.steps, play{data: p})
	}
	return s
}

func drain(t *testing.T, f *fifo.FIFO, w *wire) {
	t.Helper()
	before := len(w.got)
	n, err := f.Drain(w.send)
	if err != nil {
		t.Errorf("Drain: %v", err)
	}
	if n != len(w.got)-before {
		t.Errorf("Drain = %d, sent %d", n, len(w.got)-before)
	}
}

func push(t *testing.T, f *fifo.FIFO, data string) {
	t.Helper()
	if err := f.Push([]byte(data)); err != nil {
		t.Errorf("Push: %v", err)
	}
}

func produce(t *testing.T, f *fifo.FIFO, p fifo.Producer) {
	t.Helper()
	if err := f.PushProducer(p); err != nil {
		t.Errorf("PushProducer: %v", err)
	}
}

func checkSent(t *testing.T, w *wire, want string) {
	t.Helper()
	if got := w.take(); got != want {
		if len(got) > 200 || len(want) > 200 {
			t.Errorf("sent %d bytes, want %d, or they differ", len(got), len(want))
			return
		}
		t.Errorf("sent %q, want %q", got, want)
	}
}

func checkIdle(t *testing.T, f *fifo.FIFO) {
	t.Helper()
	if !f.Empty() || f.Len() != 0 || f.Waiting() {
		t.Errorf("Empty() = %t, Len() = %d, Waiting() = %t, want an idle queue", f.Empty(),
			f.Len(), f.Waiting())
	}
}
