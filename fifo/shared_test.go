package fifo_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/go-asynchat/asynchat/fifo"
)

// Two queues send the same bytes, of which neither has a copy, nor makes one by Keep.
func TestPushSharedKeeps(t *testing.T) {
	for _, size := range []int{1, 511, 512, 100_000} {
		shared := bytes.Repeat([]byte("s"), size)
		var f, g fifo.FIFO
		for _, q := range []*fifo.FIFO{&f, &g} {
			if err := q.PushShared(shared); err != nil {
				t.Error(err)
			}
			q.Keep()
			push(t, q, "next") // must not be written behind the shared bytes
			if _, err := q.Drain(func(v [][]byte) (int, error) {
				if address(v[0]) != address(shared) || len(v[0]) != size {
					t.Errorf("%d bytes were copied", size)
				}
				return 0, nil
			}); err != nil {
				t.Error(err)
			}
			w := newWire()
			drain(t, q, w)
			checkSent(t, w, string(shared)+"next")
		}
	}
}

// Of many small ones that wait, most are joined: 1,000 of ten bytes are not 1,000 entries. Larger
// ones never are. One send takes 64 pieces, or 256 KiB.
func TestManySmallSharedAreJoined(t *testing.T) {
	for _, c := range []struct{ size, pieces int }{{10, 18}, {511, 17 + 16}, {512, 64}} {
		var f fifo.FIFO
		var want strings.Builder
		shared := bytes.Repeat([]byte("0123456789"), 60)[:c.size]
		for range 1000 {
			if err := f.PushShared(shared); err != nil {
				t.Error(err)
			}
			want.Write(shared)
		}
		w := newWire()
		if _, err := f.Drain(func(v [][]byte) (int, error) {
			if w.calls == 0 && len(v) != c.pieces {
				t.Errorf("%d bytes each: the first send has %d pieces, want %d", c.size, len(v), c.pieces)
			}
			return w.send(v)
		}); err != nil {
			t.Error(err)
		}
		for !f.Empty() {
			drain(t, &f, w)
		}
		checkSent(t, w, want.String())
	}
}

// What lies right behind the last entry is a part of it, whatever of that has been sent; all else,
// and what only looks like it, is an entry of its own.
func TestPushSharedGoesOn(t *testing.T) {
	all := []byte("0123456789")
	pieces := func(f *fifo.FIFO) (n int, text string) {
		f.Drain(func(v [][]byte) (int, error) {
			n = len(v)
			text = string(bytes.Join(v, nil))
			return 0, nil
		})
		return n, text
	}
	for _, tt := range []struct {
		name string
		push func(f *fifo.FIFO)
		n    int
		text string
	}{
		{"one behind the other", func(f *fifo.FIFO) {
			f.PushShared(all[:3])
			f.PushShared(all[3:5])
			f.PushShared(all[5:])
		}, 1, "0123456789"},
		{"a part is sent", func(f *fifo.FIFO) {
			f.PushShared(all[:3])
			f.Skip(2)
			f.PushShared(all[3:5])
		}, 1, "234"},
		{"a gap", func(f *fifo.FIFO) { f.PushShared(all[:3]); f.PushShared(all[4:]) }, 2, "012456789"},
		{"the same", func(f *fifo.FIFO) { f.PushShared(all[:3]); f.PushShared(all[:3]) }, 2, "012012"},
		{"before it", func(f *fifo.FIFO) {
			f.PushShared(all[3:])
			f.PushShared(all[:3])
		}, 2, "3456789012"},
		{"a capacity that ends", func(f *fifo.FIFO) {
			f.PushShared(all[:3:3])
			f.PushShared(all[3:])
		}, 2, "0123456789"},
		{"a push between", func(f *fifo.FIFO) {
			f.PushShared(all[:3])
			f.Push([]byte("x"))
			f.PushShared(all[3:])
		}, 2, "012x3456789"},
		{"all is sent", func(f *fifo.FIFO) {
			f.PushShared(all[:3])
			f.Skip(3)
			f.PushShared(all[3:])
		}, 1, "3456789"},
	} {
		f := &fifo.FIFO{}
		tt.push(f)
		size := f.Len()
		if n, text := pieces(f); n != tt.n || text != tt.text || size != len(text) {
			t.Errorf("%s: %d pieces %q of %d bytes, want %d of %q", tt.name, n, text, size, tt.n, tt.text)
		}
	}
	f := &fifo.FIFO{}
	f.PushShared(all[:3])
	f.CloseWhenDone()
	if err := f.PushShared(all[3:]); err != fifo.ErrClosed {
		t.Errorf("behind the end: %v", err)
	}
}
