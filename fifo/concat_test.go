package fifo_test

import (
	"io"
	"strings"
	"testing"

	"github.com/go-asynchat/asynchat/fifo"
)

func TestConcat(t *testing.T) {
	eof := func(data string) fifo.Producer { return &script{steps: []play{{data: data, err: io.EOF}}} }
	for _, c := range []struct {
		want  string
		parts []fifo.Producer
	}{
		{"", nil},
		{"", []fifo.Producer{says()}},
		{"", []fifo.Producer{says(""), eof(""), says()}},
		{"a", []fifo.Producer{eof("a")}},
		{"a|b|c", []fifo.Producer{says("a"), eof("b"), says("c")}},
		{"a|b", []fifo.Producer{says(), says("a", "b", ""), says()}},
		{"a|b", []fifo.Producer{fifo.Concat(fifo.Concat(), eof("a")), fifo.Concat(says("b"))}},
	} {
		if got := strings.Join(pieces(t, fifo.Concat(c.parts...)), "|"); got != c.want {
			t.Errorf("Concat gave %q, want %q", got, c.want)
		}
	}
}

// A part is closed when its last piece has been sent and not before, for the piece may be in a
// buffer of its own.
func TestConcatClosesInTime(t *testing.T) {
	var f fifo.FIFO
	first, last := &script{steps: []play{{data: "ab", err: io.EOF}}}, says("c")
	parts := []fifo.Producer{first, last}
	produce(t, &f, fifo.Concat(parts...))
	clear(parts) // Concat has its own
	w := &wire{room: 1}
	for range 2 {
		_, err := f.Drain(func(v [][]byte) (int, error) {
			n := 0
			if len(w.got) == 2 {
				n = 1
			}
			if first.closed != n || last.asked != n || last.closed != 0 {
				t.Errorf("after %d bytes: closed %d times, then asked %d and closed %d times, want %d, %d, 0",
					len(w.got), first.closed, last.asked, last.closed, n, n)
			}
			return w.send(v)
		})
		if err != nil {
			t.Error(err)
		}
	}
	checkSent(t, w, "abc")
	checkIdle(t, &f)
	if first.closed != 1 || last.closed != 1 {
		t.Errorf("closed %d and %d times, want 1, 1", first.closed, last.closed)
	}
}

// Parts that are discarded, or behind a failure, are closed in their order.
func TestConcatClosesTheRest(t *testing.T) {
	var f fifo.FIFO
	var closed strings.Builder
	part := func(name string, steps ...play) fifo.Producer {
		return &script{steps: steps, onEnd: func() { closed.WriteString(name) }}
	}
	produce(t, &f,
		fifo.Concat(part("1", play{data: "a"}), part("2", play{err: errDisk}), part("3"), part("4")))
	if n, err := f.Drain(sink); n != 1 || err == nil {
		t.Errorf("Drain = %d, %v, want 1 and an error", n, err)
	}
	if closed.String() != "1234" {
		t.Errorf("closed %q, want 1234", closed.String())
	}
}

// A part's Close may discard the queue, and the Concat with it.
func TestConcatDiscardedByPart(t *testing.T) {
	var f fifo.FIFO
	first, last := says("a"), says("b")
	first.onEnd = f.Discard
	produce(t, &f, fifo.Concat(first, last))
	w := newWire()
	drain(t, &f, w)
	checkSent(t, w, "a")
	checkIdle(t, &f)
	if first.closed != 1 || last.closed != 1 || last.asked != 0 {
		t.Errorf("closed %d and %d times, asked %d times, want 1, 1, 0", first.closed,
			last.closed, last.asked)
	}
}
