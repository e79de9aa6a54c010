package fifo_test

import (
	"errors"
	"io"
	"testing"

	"github.com/go-asynchat/asynchat/fifo"
)

// A report is what a hook was told.
type report struct {
	calls int
	n     int64
	err   error
}

func (r *report) done(n int64, err error) { r.calls, r.n, r.err = r.calls+1, n, err }

func TestHook(t *testing.T) {
	for _, c := range []struct {
		name string
		p    *script
		want report
	}{
		{"nothing", says(), report{1, 0, nil}},
		{"no bytes", says(""), report{1, 0, nil}},
		{"pieces", says("ab", "c"), report{1, 3, nil}},
		{"EOF beside data", &script{steps: []play{{data: "ab", err: io.EOF}}}, report{1, 2, nil}},
		{"failure", &script{steps: []play{{data: "ab"}, {err: errDisk}}}, report{1, 2, errDisk}},
		{"failure beside data", &script{steps: []play{{data: "ab", err: errDisk}}},
			report{1, 2, errDisk}},
		{"waits", &script{steps: []play{{data: "ab", err: fifo.ErrNotReady}, {err: fifo.ErrNotReady},
			{data: "c"}}}, report{1, 3, nil}},
	} {
		for _, room := range []int{-1, 1} {
			var f fifo.FIFO
			var got report
			p := *c.p
			produce(t, &f, fifo.Hook(&p, got.done))
			w := &wire{room: room}
			for i := 0; !f.Empty() && i < 10; i++ {
				if got.calls != 0 || p.closed != 0 {
					t.Errorf("%s: told and closed %d, %d times before the end", c.name, got.calls, p.closed)
				}
				f.Drain(w.send)
				f.Resume()
			}
			if f.Discard(); got != c.want || p.closed != 1 {
				t.Errorf("%s: told %v, closed %d times, want %v, 1", c.name, got, p.closed, c.want)
			}
		}
	}
}

// A transfer is complete when its last byte has been sent, however its end was told.
func TestHookOfDiscarded(t *testing.T) {
	for _, step := range []play{{data: "ab"}, {data: "ab", err: io.EOF}, {data: "ab", err: errDisk}} {
		for sent, want := range []report{{1, 0, fifo.ErrDiscarded}, {1, 2, fifo.ErrDiscarded}} {
			var f fifo.FIFO
			var got report
			produce(t, &f, fifo.Hook(&script{steps: []play{step}}, got.done))
			for range sent {
				drain(t, &f, &wire{room: 1})
			}
			if f.Discard(); got != want {
				t.Errorf("ab, %v, %d sent: told %v, want %v", step.err, sent, got, want)
			}
		}
	}
}

// Files that are sent without being read here are counted too.
func TestHookOfFile(t *testing.T) {
	var f fifo.FIFO
	var got report
	produce(t, &f,
		fifo.Hook(fifo.Concat(fifo.Bytes([]byte("a")), fileProducer(t, openFile(t, "bcde"))), got.done))
	w := &fileWire{wire: wire{room: 2}}
	drainTo(t, &f, w)
	if f.Discard(); got != (report{1, 3, fifo.ErrDiscarded}) {
		drainTo(t, &f, w)
		t.Errorf("told %v after %q, want 3 bytes and ErrDiscarded", got, w.got)
	}
}

// done may use the queue.
func TestHookPushes(t *testing.T) {
	var f fifo.FIFO
	produce(t, &f, fifo.Hook(says("a"), func(int64, error) { push(t, &f, "c") }))
	push(t, &f, "b")
	w := newWire()
	drain(t, &f, w)
	checkSent(t, w, "abc")
}

// The cause for which a queue is discarded reaches a hook inside of whatever holds it, and a source
// that has a CloseWithError (W35).
func TestHookLearnsTheCause(t *testing.T) {
	for name, holder := range map[string]func(fifo.Producer) fifo.Producer{
		"itself":  func(p fifo.Producer) fifo.Producer { return p },
		"Concat":  func(p fifo.Producer) fifo.Producer { return fifo.Concat(p, fifo.Bytes([]byte("z"))) },
		"later":   func(p fifo.Producer) fifo.Producer { return fifo.Concat(fifo.Bytes([]byte("z")), p) },
		"Chunked": fifo.Chunked,
		"Dots":    fifo.DotStuff,
		"Hook":    func(p fifo.Producer) fifo.Producer { return fifo.Hook(p, func(int64, error) {}) },
	} {
		r, w := io.Pipe()
		var f fifo.FIFO
		var got report
		produce(t, &f, holder(fifo.Hook(fifo.Reader(r), got.done)))
		f.DiscardWith(errDisk)
		if !errors.Is(got.err, errDisk) || !errors.Is(got.err, fifo.ErrDiscarded) || got.calls != 1 {
			t.Errorf("%s: told %v, %d times", name, got.err, got.calls)
		}
		if _, err := w.Write([]byte("a")); err != errDisk {
			t.Errorf("%s: the pipe says %v", name, err)
		}
	}
	var f fifo.FIFO
	var got report
	f.CloseWhenDone()
	if f.PushProducer(fifo.Hook(says("a"), got.done)); !errors.Is(got.err, fifo.ErrClosed) {
		t.Errorf("of a push too late: told %v", got.err)
	}
}
