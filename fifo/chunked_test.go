package fifo_test

import (
	"bytes"
	"errors"
	"io"
	"net/http/httputil"
	"strings"
	"testing"

	"github.com/go-asynchat/asynchat/fifo"
)

// cut returns data in pieces whose lengths cuts tells, over and over.
func cut(data []byte, cuts []byte) *script {
	s := &script{}
	for i := 0; len(data) > 0; i++ {
		n := len(data)
		if len(cuts) > 0 {
			n = min(n, 1+int(cuts[i%len(cuts)]))
		}
		s.steps = append(s.steps, play{data: string(data[:n])})
		data = data[n:]
	}
	return s
}

func TestChunked(t *testing.T) {
	x := strings.Repeat("x", 200_000)
	for _, c := range []struct {
		name, want string
		p          fifo.Producer
	}{
		{"nothing", "0\r\n\r\n", says()},
		{"EOF beside nothing", "0\r\n\r\n", says("")},
		{"one", "1\r\na\r\n0\r\n\r\n", says("a")},
		{"EOF beside data", "2\r\nab\r\n0\r\n\r\n", fifo.Bytes([]byte("ab"))},
		{"two", "1\r\na\r\n10\r\n" + x[:16] + "\r\n0\r\n\r\n", says("a", x[:16])},
		{"large", "fff0\r\n" + x[:65520] + "\r\nfff0\r\n" + x[:65520] + "\r\nfff0\r\n" + x[:65520] +
			"\r\nd70\r\n" + x[:3440] + "\r\n0\r\n\r\n",
			fifo.Bytes([]byte(x))},
		{"a reader's piece", "f000\r\n" + x[:61440] + "\r\n1\r\nx\r\n0\r\n\r\n",
			fifo.Reader(strings.NewReader(x[:61441]))},
	} {
		if got := strings.Join(pieces(t, fifo.Chunked(c.p)), ""); got != c.want {
			t.Errorf("%s: %d bytes, want %d, or they differ", c.name, len(got), len(c.want))
		}
	}
}

// A chunk leaves in one write, the last one with what ends it.
func TestChunkedInOneWrite(t *testing.T) {
	var f fifo.FIFO
	produce(t, &f, fifo.Chunked(fifo.SimpleProducer([]byte("abcd"), 2)))
	w := newWire()
	if drain(t, &f, w); w.calls != 2 {
		t.Errorf("%d sends, want 2", w.calls)
	}
	checkSent(t, w, "2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n")
}

// The peer must see that something is missing.
func TestChunkedFails(t *testing.T) {
	for _, steps := range [][]play{{{data: "ab"}, {err: errDisk}}, {{data: "ab", err: errDisk}}} {
		var f fifo.FIFO
		produce(t, &f, fifo.Chunked(&script{steps: steps}))
		w := newWire()
		if _, err := f.Drain(w.send); !errors.Is(err, errDisk) {
			t.Errorf("Drain: %v, want the disk error", err)
		}
		sent := w.take()
		got, err := io.ReadAll(httputil.NewChunkedReader(strings.NewReader(sent)))
		if string(got) != "ab" || err != io.ErrUnexpectedEOF {
			t.Errorf("the peer reads %q, %v, want ab, unexpected EOF", got, err)
		}
	}
}

func FuzzChunked(f *testing.F) {
	f.Add([]byte("hello, world"), []byte{0, 3})
	f.Add([]byte("0\r\n\r\n"), []byte(nil))
	f.Fuzz(func(t *testing.T, data, cuts []byte) {
		if len(data) > 4000 {
			t.Skip("long enough")
		}
		var q fifo.FIFO
		if err := q.PushProducer(fifo.Chunked(cut(data, cuts))); err != nil {
			t.Error(err)
		}
		w := newWire()
		for !q.Empty() {
			drain(t, &q, w)
		}
		got, err := io.ReadAll(httputil.NewChunkedReader(bytes.NewReader(w.got)))
		if err != nil || !bytes.Equal(got, data) {
			t.Errorf("read back %d bytes, %v, want %d, or they differ", len(got), err, len(data))
		}
		if !bytes.HasSuffix(w.got, []byte("0\r\n\r\n")) {
			t.Error("the last chunk is missing")
		}
	})
}

// paused gives out a large piece, says beside it that there is no more yet, and has the rest once
// it was resumed.
type paused struct {
	piece   string
	resumed bool
	ended   bool
}

func (p *paused) More() ([]byte, error) {
	switch piece := p.piece; {
	case piece != "":
		p.piece = ""
		return []byte(piece), fifo.ErrNotReady
	case !p.resumed:
		return nil, fifo.ErrNotReady
	case !p.ended:
		p.ended = true
		return []byte("end\r\n"), nil
	}
	return nil, io.EOF
}

// A filter that gives a piece out in parts passes a pause on behind the last. A Resume that comes
// between two parts is not lost: it was one too early, and there would be no other.
func TestResumeBetweenParts(t *testing.T) {
	for name, filter := range map[string]func(fifo.Producer) fifo.Producer{"Chunked": fifo.Chunked,
		"DotStuff": fifo.DotStuff} {
		var f fifo.FIFO
		p := &paused{piece: strings.Repeat("x", 100_000) + "\r\n"}
		if err := f.PushProducer(filter(p)); err != nil {
			t.Fatal(err)
		}
		var sent bytes.Buffer
		for calls := 0; !f.Empty() && calls < 100; calls++ {
			if _, err := f.Drain(func(v [][]byte) (int, error) {
				sent.Write(v[0])
				if !p.resumed { // between the first part and the second
					p.resumed = true
					f.Resume()
				}
				return len(v[0]), nil
			}); err != nil {
				t.Fatal(err)
			}
		}
		if !f.Empty() || !strings.Contains(sent.String(), "end\r\n") {
			t.Errorf("%s: %d bytes are sent, and the queue waits for ever", name, sent.Len())
		}
	}
}
