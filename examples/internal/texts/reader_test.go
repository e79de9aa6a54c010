package texts

import (
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

func readAll(r *Reader) (string, error) {
	var all strings.Builder
	for {
		p, err := r.Next()
		all.Write(p)
		if err == io.EOF {
			return all.String(), nil
		}
		if err != nil {
			return all.String(), err
		}
	}
}

// However the file is read, each part of it is the same.
func TestParts(t *testing.T) {
	for _, tt := range []struct {
		file              string
		whole, head, body string
		top               [3]string // of 0, 1 and 2 lines
		lines             int64
	}{
		{"", "", "", "", [3]string{}, 0},
		{"a: b\r\n\r\n1\r\n2\r\n3\r\n", "a: b\r\n\r\n1\r\n2\r\n3\r\n", "a: b\r\n", "1\r\n2\r\n3\r\n",
			[3]string{"a: b\r\n\r\n", "a: b\r\n\r\n1\r\n", "a: b\r\n\r\n1\r\n2\r\n"}, 3},
		{"a\nb\n\n\n.\nno end", "a\r\nb\r\n\r\n\r\n.\r\nno end", "a\r\nb\r\n", "\r\n.\r\nno end",
			[3]string{"a\r\nb\r\n\r\n", "a\r\nb\r\n\r\n\r\n", "a\r\nb\r\n\r\n\r\n.\r\n"}, 3},
		{"a\rb\r\r\n\r\nc\n\r", "a\r\nb\r\n\r\n\r\nc\r\n\r\n", "a\r\nb\r\n", "\r\nc\r\n\r\n",
			[3]string{"a\r\nb\r\n\r\n", "a\r\nb\r\n\r\n\r\n", "a\r\nb\r\n\r\n\r\nc\r\n"}, 3},
		{"only a head", "only a head", "only a head", "",
			[3]string{"only a head", "only a head", "only a head"}, 0},
		{"\r\nonly a body", "\r\nonly a body", "", "only a body",
			[3]string{"\r\n", "\r\nonly a body", "\r\nonly a body"}, 1},
		{"\r", "\r\n", "", "", [3]string{"\r\n", "\r\n", "\r\n"}, 0},
	} {
		for part, want := range map[Part]string{Whole: tt.whole, Head: tt.head, Body: tt.body,
			Top(0): tt.top[0], Top(1): tt.top[1], Top(2): tt.top[2]} {
			for name, how := range map[string]func(io.Reader) io.Reader{
				"whole": func(r io.Reader) io.Reader { return r }, "by byte": iotest.OneByteReader,
				"with its end": iotest.DataErrReader,
			} {
				r := newReader(io.NopCloser(how(strings.NewReader(tt.file))), part)
				if got, err := readAll(r); got != want || err != nil {
					t.Errorf("%q, %s, %+v: %q, %v, want %q", tt.file, name, part, got, err, want)
				}
				if got := r.Lines(); part == Whole && got != tt.lines {
					t.Errorf("%q, %s: %d lines, want %d", tt.file, name, got, tt.lines)
				}
			}
		}
	}
}

// Lines of any length pass in pieces that do not grow, and a line end may be anywhere in them.
func TestLongLines(t *testing.T) {
	for _, n := range []int{readSize - 2, readSize - 1, readSize, readSize + 1,
		pieceSize, 3*pieceSize + 7} {
		file := strings.Repeat("x", n) + "\r\n\r\n" + strings.Repeat("y", n) + "\n" +
			strings.Repeat("\n", n) + strings.Repeat("\r\n", n)
		want := strings.Repeat("x", n) + "\r\n\r\n" + strings.Repeat("y", n) + "\r\n" +
			strings.Repeat("\r\n", 2*n)
		r := newReader(io.NopCloser(strings.NewReader(file)), Whole)
		got, err := readAll(r)
		if got != want || err != nil {
			t.Errorf("%d: %d bytes, %v, want %d", n, len(got), err, len(want))
		}
		if cap(r.piece) > pieceSize {
			t.Errorf("%d: a piece has grown to %d bytes", n, cap(r.piece))
		}
	}
}

func TestReadError(t *testing.T) {
	broken := errors.New("broken")
	r := newReader(io.NopCloser(io.MultiReader(strings.NewReader("a\nb"), iotest.ErrReader(broken))),
		Whole)
	if got, err := readAll(r); got != "a\r\nb" || err != broken {
		t.Errorf("%q, %v, want what precedes the error, and it", got, err)
	}
}

// What is no regular file, or outside the folder, is not opened; a FIFO is not waited for.
func TestNewReader(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(dir+"/in/folder", 0o700))
	require.NoError(t, os.WriteFile(dir+"/secret", []byte("secret"), 0o600))
	require.NoError(t, os.WriteFile(dir+"/in/file", []byte("text"), 0o600))
	names := []string{"folder", "../secret", dir + "/secret", "missing", ""}
	if os.Symlink("../secret", dir+"/in/link") == nil {
		names = append(names, "link")
	}
	if makeFIFO(dir+"/in/fifo") == nil {
		names = append(names, "fifo")
	}
	root, err := os.OpenRoot(dir + "/in")
	require.NoError(t, err)
	defer root.Close()
	for _, name := range names {
		if r, err := NewReader(root, name, Whole); err == nil {
			got, _ := readAll(r)
			r.Close()
			t.Errorf("%q is opened, and has %q", name, got)
		}
	}
	r, err := NewReader(root, "file", Whole)
	require.NoError(t, err)
	if got, err := readAll(r); got != "text" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	require.NoError(t, r.Close())
	if _, err := r.Next(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Next after Close: %v", err)
	}
}
