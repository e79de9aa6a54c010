package fifo_test

import (
	"os"
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
		{"PushShared", func() {
			for range 30 {
				f.PushShared(line)
			}
		}},
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

type endless []byte

func (e endless) More() ([]byte, error) { return e, nil }

func (e endless) Read(p []byte) (int, error) { return copy(p, e), nil }

func (e endless) ReadAt(p []byte, _ int64) (int, error) { return len(p), nil }

func (e endless) seq(yield func([]byte) bool) {
	for yield(e) {
	}
}

func (e endless) lines(yield func(string) bool) {
	for yield("250 ok") {
	}
}

// A producer that is under way allocates nothing.
func TestProducersNoAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector empties pools at random")
	}
	e := endless("250-ok\r\n.250 ok\r\n")
	for name, p := range map[string]fifo.Producer{
		"Reader":   fifo.Reader(e),
		"Section":  fifo.Section(e, 0, 1<<40),
		"Seq":      fifo.Seq(e.seq),
		"Lines":    fifo.Lines(e.lines, "\r\n"),
		"DotStuff": fifo.DotStuff(e),
		"Chunked":  fifo.Chunked(e),
		"all": fifo.Hook(fifo.Concat(fifo.Chunked(fifo.DotStuff(fifo.Reader(e)))),
			func(int64, error) {}),
	} {
		var f fifo.FIFO
		produce(t, &f, p)
		if n := testing.AllocsPerRun(100, func() { f.Drain(sink) }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
		f.Discard()
	}
}

// discard is a sink for data and files.
type discard struct{}

func (*discard) Send(v [][]byte) (int, error) { return sink(v) }

func (*discard) SendFile(_ *os.File, _ int64, n int) (int, error) { return n, nil }

func TestDrainToNoAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector empties pools at random")
	}
	var f fifo.FIFO
	line := []byte("250 ok\r\n")
	produce(t, &f, fifo.Section(openFile(t, ""), 0, 1<<40))
	if n := testing.AllocsPerRun(100, func() { f.DrainTo(&discard{}) }); n != 0 {
		t.Errorf("a file: %v allocations", n)
	}
	f.Discard()
	if n := testing.AllocsPerRun(100, func() {
		f.Push(line)
		f.DrainTo(&discard{})
	}); n != 0 {
		t.Errorf("a line: %v allocations", n)
	}
}

func BenchmarkProducers(b *testing.B) {
	large := make([]byte, 1<<20)
	for i := range large {
		large[i] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcd\r\n"[i%64]
	}
	for _, c := range []struct {
		name string
		make func(fifo.Producer) fifo.Producer
	}{
		{"plain", func(p fifo.Producer) fifo.Producer { return p }},
		{"DotStuff", fifo.DotStuff},
		{"Chunked", fifo.Chunked},
	} {
		b.Run(c.name, func(b *testing.B) {
			var f fifo.FIFO
			b.SetBytes(int64(len(large)))
			b.ReportAllocs()
			for b.Loop() {
				f.PushProducer(c.make(fifo.Bytes(large)))
				for !f.Empty() {
					f.Drain(sink)
				}
			}
		})
	}
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
