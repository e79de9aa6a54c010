package fifo_test

import (
	"strings"
	"testing"

	"github.com/go-asynchat/asynchat/fifo"
)

// What cannot work is refused where it is made.
func TestNilParts(t *testing.T) {
	for _, c := range []struct {
		want string
		make func()
	}{
		{"fifo: Concat: nil producer", func() { fifo.Concat(fifo.Bytes(nil), nil) }},
		{"fifo: Chunked: nil producer", func() { fifo.Chunked(nil) }},
		{"fifo: DotStuff: nil producer", func() { fifo.DotStuff(nil) }},
		{"fifo: Hook: nil producer", func() { fifo.Hook(nil, func(int64, error) {}) }},
		{"fifo: Hook: no function", func() { fifo.Hook(fifo.Bytes(nil), nil) }},
		{"fifo: Seq(nil)", func() { fifo.Seq(nil) }},
		{"fifo: Lines(nil)", func() { fifo.Lines(nil, "") }},
		{"fifo: Section: negative offset or length", func() {
			fifo.Section(strings.NewReader(""), -1, 0)
		}},
		{"fifo: Section: negative offset or length", func() {
			fifo.Section(strings.NewReader(""), 0, -1)
		}},
	} {
		func() {
			defer func() {
				if got := recover(); got != c.want {
					t.Errorf("panic %v, want %v", got, c.want)
				}
			}()
			c.make()
		}()
	}
}
