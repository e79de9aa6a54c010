package fifo_test

import (
	"testing"

	"github.com/go-asynchat/asynchat/fifo"
)

func sink(v [][]byte) (int, error) {
	n := 0
	for _, p := range v {
		n += len(p)
	}
	return n, nil
}

// A queue that fills and empties with every event allocates nothing.
func TestNoAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector empties pools at random")
	}
	line, large := []byte("250 ok\r\n"), make([]byte, 10_000)
	long := string(large)
	p := &again{data: line}
	var f fifo.FIFO
	for _, c := range []struct {
		name string
		push func()
	}{
		{"Push", func() { f.Push(line) }},
		{"many", func() {
			for range 3000 {
				f.Push(line)
			}
		}},
		{"PushString", func() { f.PushString("250 ok\r\n") }},
		{"long string", func() { f.PushString(long) }},
		{"Borrow", func() { f.Borrow(large) }},
		{"producer", func() { f.PushProducer(p) }},
		{"Discard", func() {
			f.Push(line)
			f.Discard()
		}},
	} {
		n := testing.AllocsPerRun(100, func() {
			c.push()
			f.Drain(sink)
		})
		if n != 0 {
			t.Errorf("%s: %v allocations", c.name, n)
		}
	}
}

// again gives out its data once a push, without an allocation of its own.
type again struct {
	data  []byte
	given bool
}

func (a *again) More() ([]byte, error) {
	if a.given = !a.given; a.given {
		return a.data, nil
	}
	return nil, nil
}

func BenchmarkPushDrain(b *testing.B) {
	line := []byte("250 2.1.0 sender ok\r\n")
	for _, c := range []struct {
		name   string
		pushes int
	}{{"one line", 1}, {"hundred lines", 100}} {
		b.Run(c.name, func(b *testing.B) {
			var f fifo.FIFO
			b.SetBytes(int64(c.pushes * len(line)))
			b.ReportAllocs()
			for b.Loop() {
				for range c.pushes {
					f.Push(line)
				}
				f.Drain(sink)
			}
		})
	}
	b.Run("a large slice", func(b *testing.B) {
		var f fifo.FIFO
		large := make([]byte, 64<<10)
		b.SetBytes(int64(len(large)))
		b.ReportAllocs()
		for b.Loop() {
			f.Borrow(large)
			f.Drain(sink)
		}
	})
}
