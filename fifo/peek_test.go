package fifo_test

import (
	"strings"
	"testing"

	"github.com/go-asynchat/asynchat/fifo"
)

// Peek has what is in one piece, and nothing else.
func TestPeek(t *testing.T) {
	for name, tt := range map[string]struct {
		push func(f *fifo.FIFO)
		want string
	}{
		"nothing":      {func(*fifo.FIFO) {}, ""},
		"small pushes": {func(f *fifo.FIFO) { f.Push([]byte("one ")); f.PushString("two") }, "one two"},
		"a large one": {func(f *fifo.FIFO) { f.Push([]byte(strings.Repeat("x", 9000))) },
			strings.Repeat("x", 9000)},
		"two pieces": {func(f *fifo.FIFO) {
			f.Push([]byte("one"))
			f.PushString(strings.Repeat("x", 9000))
		}, ""},
		"a producer": {func(f *fifo.FIFO) { f.PushProducer(fifo.Bytes([]byte("one"))) }, ""},
		"a producer that was asked": {func(f *fifo.FIFO) {
			f.PushProducer(fifo.Bytes([]byte("one")))
			f.Drain(func([][]byte) (int, error) { return 1, nil })
		}, ""},
		"bytes, then a producer": {func(f *fifo.FIFO) {
			f.Push([]byte("one"))
			f.PushProducer(fifo.Bytes([]byte("two")))
		}, ""},
	} {
		var f fifo.FIFO
		tt.push(&f)
		if got := string(f.Peek()); got != tt.want {
			t.Errorf("%s: Peek() = %.20q, want %.20q", name, got, tt.want)
		}
	}
}

// In the middle of a drain what is queued is somebody else's.
func TestPeekInDrain(t *testing.T) {
	var f fifo.FIFO
	f.PushString("one")
	f.Drain(func([][]byte) (int, error) {
		if p := f.Peek(); p != nil {
			t.Errorf("Peek() = %q in a drain, want nil", p)
		}
		return 3, nil
	})
}

func TestSkip(t *testing.T) {
	var f fifo.FIFO
	f.SetMarks(2, 5)
	f.PushString("a line")
	f.Skip(3)
	if got := string(f.Peek()); got != "ine" || f.Len() != 3 || !f.High() {
		t.Errorf("Peek() = %q, Len() = %d, High() = %t; want ine, 3, true", got, f.Len(), f.High())
	}
	f.Skip(0)
	f.Skip(3)
	f.Skip(0)
	if f.Peek() != nil || !f.Empty() || f.Len() != 0 || f.High() {
		t.Errorf("Peek() = %q, Len() = %d, High() = %t; want nothing, 0, false",
			f.Peek(), f.Len(), f.High())
	}
	f.PushString("more")
	defer func() {
		if recover() == nil || f.Len() != 4 {
			t.Errorf("Skip of more than there is did not panic, or took some: %d bytes are left", f.Len())
		}
	}()
	f.Skip(5)
}
