package fifo_test

import (
	"math"
	"testing"
	"unsafe"

	"github.com/go-asynchat/asynchat/fifo"
)

// B42: high from above the one mark until at or below the other, however the queue grows and
// shrinks.
func TestMarks(t *testing.T) {
	var f fifo.FIFO
	f.SetMarks(4, 10)
	for i, c := range []struct {
		push, take int
		high       bool
	}{
		{push: 10}, {push: 1, high: true}, {take: 6, high: true}, {take: 1}, {push: 6},
		{push: 1, high: true}, {take: 7},
		{push: 9, high: true}, {take: 13},
	} {
		if err := f.Borrow(make([]byte, c.push)); err != nil {
			t.Error(err)
		}
		if c.take > 0 {
			if _, err := f.Drain(func([][]byte) (int, error) { return c.take, nil }); err != nil {
				t.Error(err)
			}
		}
		if f.High() != c.high {
			t.Errorf("step %d: High() = %t with %d bytes, want %t", i, f.High(), f.Len(), c.high)
		}
	}
}

// What was above the mark in between counts, though nobody asked then; each way of growing and
// shrinking is seen.
func TestMarksSeeAll(t *testing.T) {
	ten := make([]byte, 10)
	for name, grow := range map[string]func(*fifo.FIFO) error{
		"Push":         func(f *fifo.FIFO) error { return f.Push(ten) },
		"PushString":   func(f *fifo.FIFO) error { return f.PushString(string(make([]byte, 5000))) },
		"Borrow":       func(f *fifo.FIFO) error { return f.Borrow(ten) },
		"PushProducer": func(f *fifo.FIFO) error { return f.PushProducer(fifo.Bytes(ten)) },
	} {
		var f fifo.FIFO
		f.SetMarks(1, 7)
		if err := grow(&f); err != nil {
			t.Error(err)
		}
		if _, err := f.Drain(func([][]byte) (int, error) { return 5, nil }); err != nil {
			t.Error(err)
		}
		if !f.High() {
			t.Errorf("%s: not high", name)
		}
		if f.Discard(); f.High() {
			t.Errorf("%s: high after Discard", name)
		}
	}
}

func TestSetMarks(t *testing.T) {
	var f fifo.FIFO
	push(t, &f, "0123456789")
	for _, c := range []struct {
		low, high int
		want      bool
	}{
		{0, 0, false}, {0, 9, true}, {0, 10, false}, {9, 9, true}, {0, 0, false},
		{0, math.MaxInt, false}, {math.MaxInt, math.MaxInt, false},
		// A mark of 2 GiB and more is one of 2 GiB.
		{0, math.MaxInt>>32<<32 | 5, math.MaxInt == math.MaxInt32},
	} {
		if f.SetMarks(c.low, c.high); f.High() != c.want {
			t.Errorf("SetMarks(%d, %d): High() = %t, want %t", c.low, c.high, f.High(), c.want)
		}
	}
	for _, c := range []struct{ low, high int }{{-1, 5}, {6, 5}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("SetMarks(%d, %d) did not panic", c.low, c.high)
				}
			}()
			f.SetMarks(c.low, c.high)
		}()
	}
}

// There is one in every connection.
func TestSize(t *testing.T) {
	if size := unsafe.Sizeof(fifo.FIFO{}); size > 40 {
		t.Errorf("a FIFO is %d bytes, want at most 40", size)
	}
}
