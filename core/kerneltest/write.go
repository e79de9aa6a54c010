package kerneltest

import (
	"bytes"
	"syscall"
	"time"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/kernel"
)

// fill calls write until the connection takes no more, nor makes room by itself, and returns how
// much it took.
func (e *env) fill(fd int, write func() (n, of int, err error)) (total int) {
	e.Helper()
	short := false
	var events [1]kernel.Event
	for range 1 << 16 {
		n, of, err := write()
		switch {
		case err == syscall.EINTR:
		case err == syscall.EAGAIN:
			if len(e.wait(events[:], 20*time.Millisecond)) == 0 {
				if !short {
					e.Error("no write was short")
				}
				return total
			}
		case err != nil:
			e.Fatalf("Write: %v", err)
		case n <= 0 || n > of:
			e.Fatalf("Write of %d bytes = %d", of, n)
		}
		total += n
		short = short || n < of
	}
	e.Fatalf("the connection takes everything, %d bytes already", total)
	return 0
}

func testFullWrite(e *env) {
	a, b := e.pair()
	e.add(a, 7, core.Writable)
	e.await(7, core.Writable)
	chunk := pattern(1 << 20)
	sent := 0
	sent = e.fill(a, func() (int, int, error) {
		p := chunk[sent%251:]
		n, err := e.k.Write(a, p)
		sent += n
		return n, len(p), err
	})
	e.quiet("the connection is full")
	e.readPattern(b, sent)
	e.await(7, core.Writable)
	e.expectEmpty(b)
	e.write(a, "more")
	e.expect(b, "more")
}

// pattern returns n bytes and some more of a pattern with the period 251.
func pattern(n int) []byte {
	p := make([]byte, n+251)
	for i := range p {
		p[i] = byte(i % 251)
	}
	return p
}

func (e *env) readPattern(fd, n int) {
	e.Helper()
	want := pattern(64 << 10)
	for got := 0; got < n; {
		p := e.read(fd, min(64<<10, n-got))
		if !bytes.Equal([]byte(p), want[got%251:][:len(p)]) || p == "" {
			e.Fatalf("after %d of %d bytes, %d came that are not those that were sent", got, n, len(p))
		}
		got += len(p)
	}
}

func testWritev(e *env) {
	a, b := e.pair()
	tests := [][]string{
		{"one"},
		{"one, ", "two"},
		{"", "one, ", "", "", "two", ""},
		make([]string, 64),
	}
	for i := range 64 {
		tests[3][i] = string(rune('0'+i)) + "|"
	}
	for _, slices := range tests {
		var v [][]byte
		want := ""
		for _, s := range slices {
			v = append(v, []byte(s))
			want += s
		}
		n, err := e.k.Writev(a, v)
		if n != len(want) || err != nil {
			e.Fatalf("Writev(%q) = %d, %v, want %d", slices, n, err, len(want))
		}
		e.expect(b, want)
		e.expectEmpty(b)
	}
}

// A Writev that is short has sent a prefix of the concatenation.
func testFullWritev(e *env) {
	a, b := e.pair()
	e.add(a, 7, core.Writable)
	chunk := pattern(7 * 64 * 2510)
	sent := 0
	sent = e.fill(a, func() (int, int, error) {
		var v [][]byte
		of := 0
		for i := range 64 {
			size := 1000 * (i % 7)
			v = append(v, chunk[(sent+of)%251:][:size])
			of += size
		}
		n, err := e.k.Writev(a, v)
		sent += n
		return n, of, err
	})
	e.readPattern(b, sent)
	e.expectEmpty(b)
}
