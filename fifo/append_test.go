package fifo_test

import (
	"strings"
	"testing"

	"github.com/go-asynchat/asynchat/fifo"
)

// Append takes what fits behind an earlier small push, all of it or nothing.
func TestAppend(t *testing.T) {
	for name, tt := range map[string]struct {
		before func(f *fifo.FIFO)
		p      string
		want   bool // of Append, and of AppendString
		asText bool
	}{
		"nothing before":    {func(*fifo.FIFO) {}, "x", false, false},
		"a small push":      {func(f *fifo.FIFO) { f.PushString("a") }, "xyz", true, true},
		"nothing to append": {func(f *fifo.FIFO) { f.PushString("a") }, "", true, true},
		"all that fits": {func(f *fifo.FIFO) { f.PushString("a") },
			strings.Repeat("x", 16<<10-1), true, false},
		"a byte too much": {func(f *fifo.FIFO) { f.PushString("a") },
			strings.Repeat("x", 16<<10), false, false},
		"a string to keep": {func(f *fifo.FIFO) { f.PushString("a") },
			strings.Repeat("x", 4<<10), true, false},
		"borrowed":     {func(f *fifo.FIFO) { f.Borrow([]byte("a")) }, "x", false, false},
		"a large push": {func(f *fifo.FIFO) { f.Push(make([]byte, 5000)) }, "x", false, false},
		"a producer": {func(f *fifo.FIFO) {
			f.PushString("a")
			f.PushProducer(fifo.Bytes([]byte("b")))
		}, "x", false, false},
		"behind the end": {func(f *fifo.FIFO) { f.PushString("a"); f.CloseWhenDone() },
			"x", false, false},
	} {
		for _, text := range []bool{false, true} {
			var f fifo.FIFO
			tt.before(&f)
			queued, want := f.Len(), tt.want
			got := false
			if text {
				got, want = f.AppendString(tt.p), tt.asText
			} else {
				got = f.Append([]byte(tt.p))
			}
			if got {
				queued += len(tt.p)
			}
			if got != want || f.Len() != queued {
				t.Errorf("%s, text=%t: %t and %d bytes, want %t and %d", name, text, got, f.Len(), want, queued)
			}
		}
	}
}
