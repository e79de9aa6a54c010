package fifo_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/textproto"
	"strings"
	"testing"

	"github.com/go-asynchat/asynchat/fifo"
)

// stuffed is DotStuff, line by line.
func stuffed(text string) (string, error) {
	var out strings.Builder
	for text != "" {
		line, rest, whole := strings.Cut(text, "\r\n")
		if strings.HasPrefix(line, ".") {
			out.WriteByte('.')
		}
		if i := strings.IndexAny(line, "\r\n"); i >= 0 {
			out.WriteString(line[:i])
			return out.String(), fifo.ErrBareNewline
		}
		out.WriteString(line + "\r\n")
		if text = rest; !whole {
			break
		}
	}
	out.WriteString(".\r\n")
	return out.String(), nil
}

// stuff drains a DotStuff of p.
func stuff(t *testing.T, p fifo.Producer) (string, error) {
	t.Helper()
	var f fifo.FIFO
	produce(t, &f, fifo.DotStuff(p))
	w := newWire()
	for !f.Empty() {
		if _, err := f.Drain(w.send); err != nil {
			var failure *fifo.ProducerError
			if !errors.As(err, &failure) || !f.Empty() {
				t.Errorf("Drain: %v, Empty() = %t", err, f.Empty())
			}
			return w.take(), failure.Err
		}
	}
	return w.take(), nil
}

func TestDotStuff(t *testing.T) {
	for _, c := range []struct {
		text, want string
		err        error
	}{
		{"", ".\r\n", nil},
		{"a", "a\r\n.\r\n", nil},
		{"a\r\n", "a\r\n.\r\n", nil},
		{"\r\n", "\r\n.\r\n", nil},
		{".", "..\r\n.\r\n", nil},
		{"..", "...\r\n.\r\n", nil},
		{".\r\n", "..\r\n.\r\n", nil},
		{"a\r\n.\r\nQUIT\r\n", "a\r\n..\r\nQUIT\r\n.\r\n", nil},
		{"a.b\r\nc.", "a.b\r\nc.\r\n.\r\n", nil},
		{"a\n.\r\nQUIT", "a", fifo.ErrBareNewline},
		{"a\r.\r\nQUIT", "a", fifo.ErrBareNewline},
		{"a\r\n\n", "a\r\n", fifo.ErrBareNewline},
		{"a\r\r\n", "a", fifo.ErrBareNewline},
		{"a\n\r", "a", fifo.ErrBareNewline},
		{"a\r", "a", fifo.ErrBareNewline},
		{"\n", "", fifo.ErrBareNewline},
		{"\r", "", fifo.ErrBareNewline},
	} {
		if got, err := stuff(t, fifo.Bytes([]byte(c.text))); got != c.want || err != c.err {
			t.Errorf("DotStuff(%q) = %q, %v, want %q, %v", c.text, got, err, c.want, c.err)
		}
		if got, err := stuffed(c.text); got != c.want || err != c.err {
			t.Errorf("the reference gives %q, %v for %q, want %q, %v", got, err, c.text, c.want, c.err)
		}
	}
}

// S1, S18 of framing-security: every text of up to six bytes of CR, LF, dot and a, in every cut.
func TestDotStuffEveryCut(t *testing.T) {
	longest := 6
	if raceEnabled {
		longest = 4
	}
	for n := range longest + 1 {
		for code := range 1 << (2 * n) {
			text := make([]byte, n)
			for i := range text {
				text[i] = "\r\n.a"[code>>(2*i)&3]
			}
			want, wantErr := stuffed(string(text))
			for cuts := range 1 << max(0, n-1) {
				p := &script{}
				start := 0
				for i := range text {
					if cuts>>i&1 == 1 || i == n-1 {
						p.steps = append(p.steps, play{data: string(text[start : i+1])})
						start = i + 1
					}
				}
				if got, err := stuff(t, p); got != want || err != wantErr {
					t.Fatalf("DotStuff(%q) in cuts %b = %q, %v, want %q, %v", text, cuts, got, err, want, wantErr)
				}
			}
		}
	}
}

// Texts of several buffers, whose lines end where a buffer does or near.
func TestDotStuffLarge(t *testing.T) {
	for _, line := range []string{".\r\n", "..\r\n", "\r\n", ".ab\r\n",
		strings.Repeat("x", 997) + "\r\n"} {
		text := strings.Repeat(line, 150_000/len(line))
		for shift := range 12 {
			text := strings.Repeat("y", shift) + text + strings.Repeat("z", 70_000)
			want, _ := stuffed(text)
			if got, err := stuff(t, fifo.Bytes([]byte(text))); got != want || err != nil {
				t.Errorf("%d bytes, %v of %.5q, want %d, or they differ", len(got), err, text, len(want))
			}
		}
	}
}

// What a text is, its receiver reads.
func TestDotStuffIsReadBack(t *testing.T) {
	const text = "From: a\n\n.\n..\n.hidden\nend.\n"
	sent, err := stuff(t, fifo.Bytes([]byte(strings.ReplaceAll(text, "\n", "\r\n"))))
	if err != nil {
		t.Error(err)
	}
	got, err := io.ReadAll(textproto.NewReader(bufio.NewReader(strings.NewReader(sent))).DotReader())
	if string(got) != text || err != nil {
		t.Errorf("read back %q, %v, want %q", got, err, text)
	}
}

// A text that fails is not ended: a receiver would take the half for the whole.
func TestDotStuffFails(t *testing.T) {
	for _, steps := range [][]play{{{data: "a\r\n"}, {err: errDisk}}, {{data: "a\r\n", err: errDisk}},
		{{data: "a\r\n\r", err: errDisk}}} {
		if got, err := stuff(t, &script{steps: steps}); got != "a\r\n" || err != errDisk {
			t.Errorf("sent %q, %v, want a CR LF, the disk error", got, err)
		}
	}
}

func FuzzDotStuff(f *testing.F) {
	f.Add([]byte("a\r\n.b\r\n"), []byte{0, 1})
	f.Add([]byte(".\r\n..\r\n\r\n.a"), []byte{2})
	f.Fuzz(func(t *testing.T, text, cuts []byte) {
		if len(text) > 4000 {
			t.Skip("long enough")
		}
		text = bytes.Clone(text)
		for i, c := range text {
			if c > 127 {
				text[i] = "\r\n.a"[c&3]
			}
		}
		want, wantErr := stuffed(string(text))
		if got, err := stuff(t, cut(text, cuts)); got != want || err != wantErr {
			t.Errorf("DotStuff(%q) = %q, %v, want %q, %v", text, got, err, want, wantErr)
		}
	})
}
