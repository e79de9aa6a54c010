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
