package fifo_test

import (
	"errors"
	"io"
	"testing"

	"github.com/go-asynchat/asynchat/fifo"
)

// S151, B45: a push after CloseWhenDone is refused, and takes nothing with it.
func TestPushAfterCloseWhenDone(t *testing.T) {
	var f fifo.FIFO
	push(t, &f, "bye")
	f.CloseWhenDone()
	p := says("late")
	long := string(make([]byte, 5000))
	for i, err := range []error{
		f.Push([]byte("x")), f.Push(nil), f.PushString("x"), f.PushString(long), f.Borrow([]byte("x")),
		f.PushShared([]byte("x")), f.PushProducer(p),
	} {
		if err != fifo.ErrClosed {
			t.Errorf("push %d: %v, want ErrClosed", i, err)
		}
	}
	if p.closed != 1 || p.asked != 0 || f.Len() != 3 {
		t.Errorf("closed %d times, asked %d times, Len() = %d, want 1, 0, 3", p.closed, p.asked, f.Len())
	}
	w := newWire()
	drain(t, &f, w)
	checkSent(t, w, "bye")
}

// S173, B46: an empty queue is done at once, and no queue is done before all is sent.
func TestDone(t *testing.T) {
	var f fifo.FIFO
	if f.Done() {
		t.Error("Done() before CloseWhenDone")
	}
	if f.CloseWhenDone(); !f.Done() {
		t.Error("an empty queue is not done")
	}
	var g fifo.FIFO
	push(t, &g, "ab")
	produce(t, &g, says("c"))
	g.CloseWhenDone()
	w := &wire{room: 1}
	for range 5 {
		_, err := g.Drain(func(v [][]byte) (int, error) {
			if g.Done() {
				t.Errorf("Done() with %q sent", w.got)
			}
			return w.send(v)
		})
		if err != nil {
			t.Error(err)
		}
	}
	if !g.Done() {
		t.Error("not done")
	}
	checkSent(t, w, "abc")
}

// S180: Discard forgets the data and closes the producers; a pending end of the queue stays.
func TestDiscard(t *testing.T) {
	var f fifo.FIFO
	p, q := &script{steps: []play{{err: fifo.ErrNotReady}}}, says("never")
	produce(t, &f, p)
	push(t, &f, "never")
	produce(t, &f, q)
	w := newWire()
	if drain(t, &f, w); !f.Waiting() || f.Len() != 5 {
		t.Errorf("Waiting() = %t, Len() = %d, want true, 5", f.Waiting(), f.Len())
	}
	f.Discard()
	f.Discard()
	checkIdle(t, &f)
	if p.closed != 1 || q.closed != 1 || q.asked != 0 || f.Done() {
		t.Errorf("closed %d and %d times, asked %d times, Done() = %t, want 1, 1, 0, false", p.closed,
			q.closed, q.asked, f.Done())
	}
	push(t, &f, "a")
	drain(t, &f, w)
	checkSent(t, w, "a")
	push(t, &f, "b")
	f.CloseWhenDone()
	if f.Discard(); !f.Done() || f.Push(nil) != fifo.ErrClosed {
		t.Error("Discard reopened a closing queue")
	}
}

// B48: whatever ends a producer closes it, once.
func TestClosedExactlyOnce(t *testing.T) {
	failure := errors.New("disk")
	for _, c := range []struct {
		name string
		p    *script
		room int
	}{
		{"empty", says(), -1},
		{"no bytes", says(""), -1},
		{"pieces", says("a", "b"), -1},
		{"EOF beside data", &script{steps: []play{{data: "ab", err: io.EOF}}}, -1},
		{"EOF beside data, short writes", &script{steps: []play{{data: "ab", err: io.EOF}}}, 1},
		{"failure", &script{steps: []play{{err: failure}}}, -1},
		{"failure beside data", &script{steps: []play{{data: "ab", err: failure}}}, -1},
		{"failure beside data, short writes", &script{steps: []play{{data: "ab", err: failure}}}, 1},
	} {
		var f fifo.FIFO
		produce(t, &f, c.p)
		w := &wire{room: c.room}
		for range 6 {
			if c.p.closed > 0 && !f.Empty() || c.p.closed == 0 && f.Empty() {
				t.Errorf("%s: closed %d times, Empty() = %t", c.name, c.p.closed, f.Empty())
			}
			f.Drain(w.send)
		}
		if f.Discard(); c.p.closed != 1 {
			t.Errorf("%s: closed %d times, want 1", c.name, c.p.closed)
		}
		checkIdle(t, &f)
	}
}

// A producer may use the queue while it is closed: what it pushes then is sent last.
func TestPushWhileClosing(t *testing.T) {
	var f fifo.FIFO
	p := &script{steps: []play{{data: "a", err: io.EOF}}, onEnd: func() { push(t, &f, "c") }}
	produce(t, &f, p)
	push(t, &f, "b")
	w := newWire()
	drain(t, &f, w)
	checkSent(t, w, "abc")
}

// Close during a send may discard what the same send took: none of it may be charged to what is
// pushed next.
func TestDiscardWhileClosing(t *testing.T) {
	var f fifo.FIFO
	p := &script{steps: []play{{data: "a", err: io.EOF}}}
	p.onEnd = func() {
		f.Discard()
		push(t, &f, "later")
	}
	produce(t, &f, p)
	push(t, &f, "bcd")
	w := newWire()
	drain(t, &f, w)
	checkSent(t, w, "abcdlater")
	checkIdle(t, &f)
	if p.closed != 1 {
		t.Errorf("closed %d times, want 1", p.closed)
	}
}

// A send that finds the peer gone discards the queue: what is pushed then is new, and none of it
// was sent.
func TestDiscardWithinSend(t *testing.T) {
	var f fifo.FIFO
	p := says("x")
	push(t, &f, "hello")
	produce(t, &f, p)
	n, err := f.Drain(func([][]byte) (int, error) {
		f.Discard()
		push(t, &f, "bye")
		return 5, io.ErrClosedPipe
	})
	if n != 5 || err != io.ErrClosedPipe || f.Len() != 3 || p.closed != 1 {
		t.Errorf("Drain = %d, %v, Len() = %d, closed %d times, want 5, closed pipe, 3, 1", n,
			err, f.Len(), p.closed)
	}
	w := newWire()
	drain(t, &f, w)
	checkSent(t, w, "bye")
	checkIdle(t, &f)
}
