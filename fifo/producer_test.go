package fifo_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/go-asynchat/asynchat/fifo"
)

// pieces asks p until it ends, and returns what it gave at each call.
func pieces(t *testing.T, p fifo.Producer) []string {
	t.Helper()
	var all []string
	for range 1000 {
		data, err := p.More()
		if len(data) > 0 {
			all = append(all, string(data))
		}
		if err == io.EOF || err == nil && len(data) == 0 {
			return all
		}
		if err != nil {
			t.Errorf("More: %v", err)
		}
	}
	t.Error("a producer without end")
	return all
}

// S167, and 512 bytes a piece where no size is given.
func TestSimpleProducer(t *testing.T) {
	x := strings.Repeat("x", 1100)
	for _, c := range []struct {
		data string
		size int
		want string
	}{
		{"abcdefg", 3, "abc|def|g"},
		{"abcdef", 3, "abc|def"},
		{"abc", 10, "abc"},
		{"abc", 1, "a|b|c"},
		{"", 3, ""},
		{x, 0, x[:512] + "|" + x[:512] + "|" + x[:76]},
		{x, -1, x[:512] + "|" + x[:512] + "|" + x[:76]},
	} {
		got := strings.Join(pieces(t, fifo.SimpleProducer([]byte(c.data), c.size)), "|")
		if got != c.want {
			t.Errorf("SimpleProducer(%q, %d) gave %q, want %q", c.data, c.size, got, c.want)
		}
	}
	if got := pieces(t, fifo.Bytes([]byte(x))); len(got) != 1 || got[0] != x {
		t.Errorf("Bytes gave %d pieces", len(got))
	}
	if got := pieces(t, fifo.Bytes(nil)); len(got) != 0 {
		t.Errorf("Bytes(nil) gave %q", got)
	}
}

// EOF comes beside the last piece: S161's extra write event is not needed to learn that a producer
// is exhausted.
func TestSimpleProducerEndsWithItsData(t *testing.T) {
	var f fifo.FIFO
	produce(t, &f, fifo.SimpleProducer([]byte("abcd"), 2))
	w := newWire()
	if drain(t, &f, w); w.calls != 2 {
		t.Errorf("%d sends, want 2", w.calls)
	}
	checkIdle(t, &f)
	data, err := fifo.SimpleProducer([]byte("abcd"), 4).More()
	if string(data) != "abcd" || err != io.EOF {
		t.Errorf("More = %q, %v, want abcd, EOF", data, err)
	}
	checkSent(t, w, "abcd")
}

type closer struct {
	io.Reader
	closed int
}

func (c *closer) Close() error {
	c.closed++
	return nil
}

func TestReader(t *testing.T) {
	text := strings.Repeat("0123456789", 20_000)
	for _, c := range []struct {
		name string
		r    io.Reader
	}{
		{"whole", strings.NewReader(text)},
		{"EOF beside data", iotest.DataErrReader(strings.NewReader(text))},
		{"halves", iotest.HalfReader(strings.NewReader(text))},
	} {
		var f fifo.FIFO
		r := &closer{Reader: c.r}
		produce(t, &f, fifo.Reader(r))
		push(t, &f, "end")
		w := newWire()
		drain(t, &f, w)
		checkSent(t, w, text+"end")
		checkIdle(t, &f)
		if r.closed != 1 {
			t.Errorf("%s: closed %d times, want 1", c.name, r.closed)
		}
	}
}

// A reader that is not a Closer is left alone.
func TestReaderWithoutClose(t *testing.T) {
	var f fifo.FIFO
	produce(t, &f, fifo.Reader(strings.NewReader("abc")))
	w := newWire()
	drain(t, &f, w)
	checkSent(t, w, "abc")
	checkIdle(t, &f)
}

// io.Reader allows 0, nil, which means nothing: it is not the end, and is asked again (W14), but
// not forever.
func TestReaderOfNothing(t *testing.T) {
	var f fifo.FIFO
	reads := 0
	produce(t, &f, fifo.Reader(readFunc(func(p []byte) (int, error) {
		reads++
		switch {
		case reads == 1:
			return copy(p, "ab"), nil
		case reads == 3:
			return copy(p, "cd"), nil
		case reads < 104:
			return 0, nil
		default:
			return copy(p, "ef"), io.EOF
		}
	})))
	w := newWire()
	drain(t, &f, w)
	drain(t, &f, w)
	if !f.Waiting() || reads != 103 {
		t.Errorf("Waiting() = %t after %d reads, want true after 103", f.Waiting(), reads)
	}
	checkSent(t, w, "abcd")
	f.Resume()
	drain(t, &f, w)
	checkSent(t, w, "ef")
	checkIdle(t, &f)
}

type readFunc func([]byte) (int, error)

func (f readFunc) Read(p []byte) (int, error) { return f(p) }

func TestReaderFails(t *testing.T) {
	var f fifo.FIFO
	r := &closer{Reader: io.MultiReader(strings.NewReader("abc"),
		iotest.ErrReader(io.ErrUnexpectedEOF))}
	produce(t, &f, fifo.Reader(r))
	push(t, &f, "behind")
	w := newWire()
	n, err := f.Drain(w.send)
	var failure *fifo.ProducerError
	if n != 3 || !errors.As(err, &failure) || !errors.Is(err, io.ErrUnexpectedEOF) || r.closed != 1 {
		t.Errorf("Drain = %d, %v, closed %d times, want 3, a ProducerError, 1", n, err, r.closed)
	}
	if got, want := err.Error(), "fifo: producer: unexpected EOF"; got != want {
		t.Errorf("Error() = %q, want %q", got, want)
	}
	checkSent(t, w, "abc")
	drain(t, &f, w)
	checkSent(t, w, "behind")
}
