package fifo_test

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/go-asynchat/asynchat/fifo"
)

// S159: a producer is asked only when all before it has been sent, and S160: for more only when its
// last piece has.
func TestAskedInTime(t *testing.T) {
	var f fifo.FIFO
	p, q := says("cd", "ef"), says("gh")
	push(t, &f, "ab")
	produce(t, &f, p)
	produce(t, &f, q)
	w := &wire{room: 1}
	asked := []struct{ p, q int }{{0, 0}, {0, 0}, {1, 0}, {1, 0}, {2, 0}, {2, 0}, {3, 1}, {3, 1}}
	for !f.Empty() {
		_, err := f.Drain(func(v [][]byte) (int, error) {
			if sent, want := len(w.got), asked[len(w.got)]; p.asked != want.p || q.asked != want.q {
				t.Errorf("after %d bytes: asked %d and %d times, want %d and %d", sent, p.asked,
					q.asked, want.p, want.q)
			}
			return w.send(v)
		})
		if err != nil {
			t.Error(err)
		}
	}
	checkSent(t, w, "abcdefgh")
	checkIdle(t, &f)
}

// S166, B47: a producer may have nothing yet; what is behind it waits with it, and nothing polls
// it.
func TestNotReady(t *testing.T) {
	var f fifo.FIFO
	p := &script{steps: []play{{data: "a"},
		{err: fmt.Errorf("later: %w", fifo.ErrNotReady)}, {data: "b"}}}
	produce(t, &f, p)
	push(t, &f, "c")
	w := newWire()
	for range 3 {
		drain(t, &f, w)
	}
	if !f.Waiting() || f.Empty() || f.Len() != 1 || p.asked != 2 || p.closed != 0 {
		t.Errorf("Waiting() = %t, Len() = %d, asked %d times, closed %d times, want true, 1, 2, 0",
			f.Waiting(), f.Len(), p.asked, p.closed)
	}
	checkSent(t, w, "a")
	if f.Resume(); f.Waiting() {
		t.Error("Waiting() after Resume")
	}
	drain(t, &f, w)
	checkSent(t, w, "bc")
	checkIdle(t, &f)
}

// The bytes beside ErrNotReady go first, in short writes too: the queue waits only when they are
// sent, for a channel that asks Waiting whether to wait for the peer would else wait for the
// producer, and stall.
func TestNotReadyBesideData(t *testing.T) {
	var f fifo.FIFO
	p := &script{steps: []play{{data: "ab", err: fifo.ErrNotReady}, {data: "c", err: io.EOF}}}
	produce(t, &f, p)
	w := &wire{room: 1}
	if drain(t, &f, w); f.Waiting() || f.Len() != 1 {
		t.Errorf("Waiting() = %t, Len() = %d with a byte left, want false, 1", f.Waiting(), f.Len())
	}
	if drain(t, &f, w); !f.Waiting() || f.Len() != 0 || p.asked != 1 {
		t.Errorf("Waiting() = %t, Len() = %d, asked %d times, want true, 0, 1",
			f.Waiting(), f.Len(), p.asked)
	}
	f.Resume()
	drain(t, &f, w)
	checkSent(t, w, "abc")
	checkIdle(t, &f)
}

// S163, B48: a failed producer reports once, after the bytes beside its failure, and is gone.
func TestProducerFails(t *testing.T) {
	disk := errors.New("disk")
	for _, c := range []struct {
		name, data string
		room       int
	}{{"at once", "", -1}, {"beside data", "abc", -1}, {"beside data, short writes", "abc", 2}} {
		var f fifo.FIFO
		p := &script{steps: []play{{data: c.data, err: disk}}}
		push(t, &f, "x")
		produce(t, &f, p)
		push(t, &f, "behind")
		w := &wire{room: c.room}
		var err error
		for i := 0; err == nil && i < 5; i++ {
			_, err = f.Drain(w.send)
		}
		var failure *fifo.ProducerError
		if !errors.As(err, &failure) || failure.Err != disk || p.closed != 1 || f.Len() != 6 {
			t.Errorf("%s: Drain: %v, closed %d times, Len() = %d, want a ProducerError, 1, 6", c.name,
				err, p.closed, f.Len())
		}
		checkSent(t, w, "x"+c.data)
		w.room = -1
		drain(t, &f, w)
		checkSent(t, w, "behind")
	}
}

// S164: what a producer pushes while it is asked goes behind all that was pushed before.
func TestPushWithinMore(t *testing.T) {
	var f fifo.FIFO
	inner := says("5", "6")
	p := &script{steps: []play{
		{data: "1", do: func() { push(t, &f, "4") }},
		{data: "2", do: func() { produce(t, &f, inner) }},
	}}
	produce(t, &f, p)
	push(t, &f, "3")
	w := newWire()
	drain(t, &f, w)
	checkSent(t, w, "123456")
	checkIdle(t, &f)
}

// More may discard the queue and itself; what it returns then is not sent, and what it pushes
// afterwards is.
func TestDiscardWithinMore(t *testing.T) {
	for _, c := range []struct {
		name, want string
		again      func(*fifo.FIFO) error
	}{
		{"nothing", "", func(*fifo.FIFO) error { return nil }},
		{"data", "bye", func(f *fifo.FIFO) error { return f.Push([]byte("bye")) }},
		{"string", "bye", func(f *fifo.FIFO) error { return f.PushString("bye") }},
		{"producer", "goodbye", func(f *fifo.FIFO) error { return f.PushProducer(says("good", "bye")) }},
	} {
		for _, end := range []error{nil, io.EOF, fifo.ErrNotReady, errors.New("disk")} {
			var f fifo.FIFO
			p := &script{steps: []play{{data: "gone", err: end, do: func() {
				f.Discard()
				if err := c.again(&f); err != nil {
					t.Error(err)
				}
			}}}}
			push(t, &f, "hi")
			produce(t, &f, p)
			push(t, &f, "gone too")
			w := newWire()
			drain(t, &f, w)
			if got := w.take(); got != "hi"+c.want || p.closed != 1 || p.asked != 1 {
				t.Errorf("%s, %v: sent %q, closed %d times, asked %d times, want %q, 1, 1", c.name, end, got,
					p.closed, p.asked, "hi"+c.want)
			}
			checkIdle(t, &f)
		}
	}
}

// A false producer ate the next entry in asynchat (S165); here nil is refused where it is pushed.
func TestNilProducer(t *testing.T) {
	var f fifo.FIFO
	defer func() {
		if got, want := recover(), "fifo: PushProducer(nil)"; got != want {
			t.Errorf("PushProducer(nil) panicked with %v, want %v", got, want)
		}
		checkIdle(t, &f)
	}()
	f.PushProducer(nil)
}
