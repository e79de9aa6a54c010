package fifo

import (
	"errors"
	"strings"
	"testing"
)

// take returns a send function that takes n bytes in all.
func take(n int) func([][]byte) (int, error) {
	return func(v [][]byte) (int, error) {
		k := 0
		for _, p := range v {
			k += len(p)
		}
		k = min(k, n)
		n -= k
		return k, nil
	}
}

// Ten thousand stalled peers with a line each must not hold a chunk of 16 KiB apiece.
func TestShortRestGivesItsChunkBack(t *testing.T) {
	for _, c := range []struct {
		name    string
		pushed  int
		taken   int
		compact bool
	}{
		{"a line, nothing taken", 100, 0, true},
		{"1 KiB left", 5 << 10 >> 1, 3 << 9, true},
		{"one byte more", 5 << 10 >> 1, 3<<9 - 1, false},
		{"much left", 4000, 100, false},
	} {
		var f FIFO
		data := strings.Repeat("0123456789", c.pushed/10+1)[:c.pushed]
		if err := f.Push([]byte(data)); err != nil {
			t.Error(err)
		}
		if _, err := f.Drain(take(c.taken)); err != nil {
			t.Error(err)
		}
		if got := f.head.chunk == nil; got != c.compact {
			t.Errorf("%s: chunk given back: %t, want %t", c.name, got, c.compact)
		}
		if rest := c.pushed - c.taken; c.compact && cap(f.head.data) > 2*rest {
			t.Errorf("%s: %d bytes hold %d", c.name, rest, cap(f.head.data))
		}
		if err := f.Push([]byte("more")); err != nil {
			t.Error(err)
		}
		var sent strings.Builder
		if _, err := f.Drain(func(v [][]byte) (int, error) {
			n := 0
			for _, p := range v {
				n += len(p)
				sent.Write(p)
			}
			return n, nil
		}); err != nil {
			t.Error(err)
		}
		if sent.String() != data[c.taken:]+"more" {
			t.Errorf("%s: the rest is wrong", c.name)
		}
	}
}

// The chunk that is given back may be another queue's at once: nothing here may still point into
// it.
func TestCompactedRestIsItsOwn(t *testing.T) {
	var f FIFO
	if err := f.Push([]byte("0123456789")); err != nil {
		t.Error(err)
	}
	old := f.head.chunk
	if _, err := f.Drain(take(4)); err != nil {
		t.Error(err)
	}
	clear(old.memory[:])
	if got := string(f.head.data); got != "456789" {
		t.Errorf("rest %q, want 456789", got)
	}
}

// A short write by Peek and Skip gives the chunk back, too, also one of nothing.
func TestSkipCompacts(t *testing.T) {
	for _, n := range []int{0, 4} {
		var f FIFO
		f.PushString("0123456789")
		if f.Skip(n); f.head.chunk != nil || f.Len() != 10-n {
			t.Errorf("after Skip(%d) the chunk is kept, or %d bytes are left", n, f.Len())
		}
	}
}

// Several entries stay as they are: the tail chunk is where the next push goes.
func TestCompactOnlyTheLast(t *testing.T) {
	var f FIFO
	if err := errors.Join(f.Push([]byte("0123456789")), f.Borrow([]byte("x")),
		f.Push([]byte("tail"))); err != nil {
		t.Error(err)
	}
	if _, err := f.Drain(take(4)); err != nil {
		t.Error(err)
	}
	if f.head.chunk == nil || f.tail.chunk == nil {
		t.Error("a chunk was given back with more behind it")
	}
}

// An empty queue owns nothing.
func TestEmptyOwnsNothing(t *testing.T) {
	var f FIFO
	f.PushString("ab")
	f.PushProducer(Bytes([]byte("cd")))
	if _, err := f.Drain(take(10)); err != nil {
		t.Error(err)
	}
	if f != (FIFO{}) {
		t.Errorf("a drained queue is %+v", f)
	}
}

// What an entry held must not live on in the pools, nor what was offered.
func TestPoolsKeepNothing(t *testing.T) {
	var f FIFO
	f.PushString(strings.Repeat("x", ownNode))
	n := f.head
	if _, err := f.Drain(take(1 << 20)); err != nil {
		t.Error(err)
	}
	if n.data != nil || n.next != nil || n.producer != nil || n.err != nil ||
		n.chunk != nil || n.borrowed {
		t.Errorf("a released node is %+v", *n)
	}
	f.PushString("ab")
	var offered [][]byte
	if _, err := f.Drain(func(v [][]byte) (int, error) {
		offered = v
		return 2, nil
	}); err != nil {
		t.Error(err)
	}
	if offered[0] != nil {
		t.Error("the slices offered are kept")
	}
}

// A chunk that is given back is the next one taken. A pool may lose one now and then, so the first
// of many will do.
func TestChunkIsUsedAgain(t *testing.T) {
	for range 100 {
		var f FIFO
		if err := f.Push([]byte("0123456789")); err != nil {
			t.Error(err)
		}
		old := f.head.chunk
		if _, err := f.Drain(take(4)); err != nil {
			t.Error(err)
		}
		if newChunk(nil).chunk == old {
			return
		}
	}
	t.Error("chunks are lost")
}
