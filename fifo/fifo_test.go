package fifo_test

import (
	"errors"
	"strings"
	"testing"
	"unsafe"

	"github.com/go-asynchat/asynchat/fifo"
)

// S150: bytes leave in the order in which they, and the producers between them, were pushed.
func TestOrder(t *testing.T) {
	var f fifo.FIFO
	large := strings.Repeat("L", 10_000)
	push(t, &f, "one,")
	if err := f.PushString("two,"); err != nil {
		t.Error(err)
	}
	produce(t, &f, says("three,", "four,"))
	push(t, &f, "five,")
	push(t, &f, large)
	produce(t, &f, says())
	if err := f.PushString(large); err != nil {
		t.Error(err)
	}
	if err := f.Borrow([]byte("six,")); err != nil {
		t.Error(err)
	}
	push(t, &f, "seven")
	w := newWire()
	drain(t, &f, w)
	checkSent(t, w, "one,two,three,four,five,"+large+large+"six,seven")
	checkIdle(t, &f)
}

// B49, S153: what was pushed does not change with the slice that it came in.
func TestPushCopies(t *testing.T) {
	for _, size := range []int{1, 100, 4095, 4096, 20_000} {
		var f fifo.FIFO
		p := []byte(strings.Repeat("a", size))
		want := string(p) + string(p)
		for range 2 {
			if err := f.Push(p); err != nil {
				t.Error(err)
			}
		}
		clear(p)
		w := newWire()
		drain(t, &f, w)
		checkSent(t, w, want)
	}
}

func address(p []byte) *byte { return unsafe.SliceData(p) }

// Borrow offers the caller's own bytes; Keep copies what is left of them, from where on they may
// change.
func TestBorrowAndKeep(t *testing.T) {
	var f fifo.FIFO
	p := []byte("hello, world")
	if err := f.Borrow(p); err != nil {
		t.Error(err)
	}
	push(t, &f, "!")
	n, err := f.Drain(func(v [][]byte) (int, error) {
		if address(v[0]) != address(p) {
			t.Error("Borrow copied")
		}
		return 7, nil
	})
	if n != 7 || err != nil || f.Len() != 6 {
		t.Errorf("Drain = %d, %v, Len() = %d, want 7, nil, 6", n, err, f.Len())
	}
	f.Keep()
	clear(p)
	var kept [2]*byte
	for i := range kept {
		if _, err := f.Drain(func(v [][]byte) (int, error) {
			kept[i] = address(v[0])
			return 0, nil
		}); err != nil {
			t.Error(err)
		}
		f.Keep()
	}
	if kept[0] != kept[1] {
		t.Error("Keep copied what was the queue's own")
	}
	w := newWire()
	drain(t, &f, w)
	checkSent(t, w, "world!")
	checkIdle(t, &f)
}

// A long string is neither copied when it is pushed nor by Keep: it cannot change. Its rest is
// still the string's.
func TestPushStringKeepsLongStrings(t *testing.T) {
	var f fifo.FIFO
	s := strings.Repeat("s", 4096)
	if err := f.PushString(s); err != nil {
		t.Error(err)
	}
	f.Keep()
	for _, from := range []int{0, 1000} {
		_, err := f.Drain(func(v [][]byte) (int, error) {
			if address(v[0]) != address(unsafe.Slice(unsafe.StringData(s[from:]), 1)) {
				t.Errorf("copied, at %d", from)
			}
			return 1000, nil
		})
		if err != nil {
			t.Error(err)
		}
	}
	if f.Len() != 2096 {
		t.Errorf("Len() = %d, want 2096", f.Len())
	}
}

// B43, S150: small pushes leave in one send, as one slice while they fit in a chunk, and all in one
// send beyond.
func TestPushesAreJoined(t *testing.T) {
	for _, c := range []struct{ pushes, size, pieces int }{
		{1, 10, 1}, {1000, 16, 1}, {1024, 16, 1}, {1025, 16, 2}, {5, 4000, 2}, {64, 16 << 10, 16},
	} {
		var f fifo.FIFO
		for range c.pushes {
			push(t, &f, strings.Repeat("x", c.size))
		}
		w := newWire()
		n, err := f.Drain(func(v [][]byte) (int, error) {
			if w.calls == 0 && len(v) != c.pieces {
				t.Errorf("%d pushes of %d bytes: %d slices, want %d", c.pushes, c.size, len(v), c.pieces)
			}
			return w.send(v)
		})
		if want := min(c.pushes*c.size, 256<<10); n != want || err != nil || w.calls != 1 {
			t.Errorf("%d pushes of %d bytes: Drain = %d, %v in %d sends, want %d in one", c.pushes, c.size,
				n, err, w.calls, want)
		}
	}
}

// A send gets at most 64 slices; the rest follows in the same Drain.
func TestManyPieces(t *testing.T) {
	var f fifo.FIFO
	var want strings.Builder
	for i := range 150 {
		s := strings.Repeat(string(rune('a'+i%26)), 5)
		if err := f.Borrow([]byte(s)); err != nil {
			t.Error(err)
		}
		want.WriteString(s)
	}
	w := newWire()
	drain(t, &f, w)
	if w.calls != 3 || w.pieces != 150-2*64 {
		t.Errorf("%d sends, %d slices in the last, want 3 and 22", w.calls, w.pieces)
	}
	checkSent(t, w, want.String())
}

// S157: a push of nothing is no push.
func TestEmptyPush(t *testing.T) {
	var f fifo.FIFO
	for _, err := range []error{f.Push(nil), f.Push([]byte{}), f.PushString(""), f.Borrow(nil),
		f.PushShared(nil)} {
		if err != nil {
			t.Error(err)
		}
	}
	checkIdle(t, &f)
	w := newWire()
	if drain(t, &f, w); w.calls != 0 {
		t.Errorf("%d sends of an empty queue", w.calls)
	}
	push(t, &f, "a")
	push(t, &f, "")
	if drain(t, &f, w); w.calls != 1 {
		t.Errorf("%d sends, want 1", w.calls)
	}
	checkIdle(t, &f)
}

// S170, S171: what send took before its error is gone, the rest stays.
func TestSendError(t *testing.T) {
	var f fifo.FIFO
	broken := errors.New("broken pipe")
	push(t, &f, "hello")
	w := &wire{room: 2, err: broken}
	if n, err := f.Drain(w.send); n != 2 || err != broken || f.Len() != 3 {
		t.Errorf("Drain = %d, %v, Len() = %d, want 2, broken pipe, 3", n, err, f.Len())
	}
	w.room, w.err = -1, nil
	drain(t, &f, w)
	checkSent(t, w, "hello")
}

// One Drain ends after 256 KiB, with whatever send took last, so that one reader cannot keep the
// loop.
func TestDrainBudget(t *testing.T) { // S149, S169, S179
	const total = 1 << 20
	var f fifo.FIFO
	produce(t, &f, fifo.SimpleProducer(make([]byte, total), 1000))
	w := newWire()
	n, err := f.Drain(w.send)
	if n < 256<<10 || n >= 256<<10+1000 || err != nil {
		t.Errorf("Drain = %d, %v, want 256 KiB and less than a piece", n, err)
	}
	rounds := 1
	for ; !f.Empty(); rounds++ {
		drain(t, &f, w)
	}
	if rounds != 4 || len(w.got) != total {
		t.Errorf("%d bytes in %d rounds, want 1 MiB in 4", len(w.got), rounds)
	}
	for range 128 {
		push(t, &f, strings.Repeat("x", 4<<10))
	}
	if n, err := f.Drain(w.send); n != 256<<10 || err != nil {
		t.Errorf("Drain of chunks = %d, %v, want 256 KiB", n, err)
	}
}

// S164: Drain from within send or More does nothing, so nothing overtakes.
func TestReentrantDrain(t *testing.T) {
	var f fifo.FIFO
	w := newWire()
	again := func() {
		if n, err := f.Drain(w.send); n != 0 || err != nil {
			t.Errorf("inner Drain = %d, %v, want 0, nil", n, err)
		}
	}
	p := &script{steps: []play{{data: "a", do: again}, {data: "b", do: again}}}
	produce(t, &f, p)
	push(t, &f, "c")
	n, err := f.Drain(func(v [][]byte) (int, error) {
		again()
		return w.send(v)
	})
	if n != 3 || err != nil || p.asked != 3 {
		t.Errorf("Drain = %d, %v, More called %d times, want 3, nil, 3", n, err, p.asked)
	}
	checkSent(t, w, "abc")
	push(t, &f, "d")
	drain(t, &f, w)
	checkSent(t, w, "d")
}

// A panic of send leaves the queue as it was.
func TestPanicInSend(t *testing.T) {
	var f fifo.FIFO
	push(t, &f, "hello")
	func() {
		defer func() {
			if recover() == nil {
				t.Error("no panic")
			}
		}()
		f.Drain(func([][]byte) (int, error) { panic("send") })
	}()
	w := newWire()
	drain(t, &f, w)
	checkSent(t, w, "hello")
}
