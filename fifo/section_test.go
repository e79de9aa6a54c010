package fifo_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/go-asynchat/asynchat/fifo"
)

func TestSection(t *testing.T) {
	text := strings.Repeat("0123456789", 20_000)
	for _, c := range []struct{ off, n int64 }{
		{0, 0}, {0, 1}, {5, 7}, {0, 60 << 10}, {3, 60<<10 + 1}, {1, 180 << 10}, {0, 200_000},
		{199_999, 1}, {200_000, 0}, {999_999, 0},
	} {
		want := text[min(c.off, 200_000):min(c.off+c.n, 200_000)]
		p := pieces(t, fifo.Section(strings.NewReader(text), c.off, c.n))
		if got := strings.Join(p, ""); got != want {
			t.Errorf("Section(%d, %d) gave %d bytes, want %d, or they differ", c.off, c.n,
				len(got), len(want))
		}
		if want := int(c.n+60<<10-1) / (60 << 10); len(p) != want {
			t.Errorf("Section(%d, %d) gave %d pieces, want %d", c.off, c.n, len(p), want)
		}
	}
}

type readAtFunc func([]byte, int64) (int, error)

func (f readAtFunc) ReadAt(p []byte, off int64) (int, error) { return f(p, off) }

// What there is is sent first, then it fails: a peer that was told a length sees that something is
// missing.
func TestSectionFails(t *testing.T) {
	for _, c := range []struct {
		name, want string
		r          io.ReaderAt
		err        error
	}{
		{"too short", "abc", strings.NewReader("xxabc"), io.ErrUnexpectedEOF},
		{"nothing", "", strings.NewReader(""), io.ErrUnexpectedEOF},
		{"failing", "", readAtFunc(func([]byte, int64) (int, error) { return 0, errDisk }), errDisk},
		{"failing beside data", "a",
			readAtFunc(func(p []byte, _ int64) (int, error) { return copy(p, "a"), errDisk }), errDisk},
		{"nothing, without an error", "", readAtFunc(func([]byte, int64) (int, error) { return 0, nil }),
			io.ErrNoProgress},
	} {
		var f fifo.FIFO
		produce(t, &f, fifo.Section(c.r, 2, 4))
		w := newWire()
		_, err := f.Drain(w.send)
		var failure *fifo.ProducerError
		if !errors.As(err, &failure) || failure.Err != c.err {
			t.Errorf("%s: Drain: %v, want %v", c.name, err, c.err)
		}
		checkSent(t, w, c.want)
		checkIdle(t, &f)
	}
}

// An error beside the last byte is of no interest.
func TestSectionEndsAtItsLength(t *testing.T) {
	p := fifo.Section(readAtFunc(func(p []byte, _ int64) (int, error) {
		return copy(p, "ab"), errDisk
	}), 0, 2)
	if data, err := p.More(); string(data) != "ab" || err != io.EOF {
		t.Errorf("More = %q, %v, want ab, EOF", data, err)
	}
}

// openFile returns a file of that text, open for reading, and closed at the end of the test if
// nothing else does.
func openFile(t *testing.T, text string) *os.File {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return file
}

func fileProducer(t *testing.T, file *os.File) fifo.Producer {
	t.Helper()
	p, err := fifo.File(file)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func checkClosed(t *testing.T, file *os.File) {
	t.Helper()
	if _, err := file.Seek(0, io.SeekCurrent); !errors.Is(err, os.ErrClosed) {
		t.Errorf("the file is not closed: %v", err)
	}
}

// A file is sent as long as it was at the start, whatever its position.
func TestFile(t *testing.T) {
	text := strings.Repeat("0123456789", 10_000)
	file := openFile(t, text)
	if _, err := file.Seek(50, io.SeekStart); err != nil {
		t.Error(err)
	}
	var f fifo.FIFO
	produce(t, &f, fileProducer(t, file))
	if _, err := file.WriteAt([]byte("appended"), int64(len(text))); err != nil {
		t.Error(err)
	}
	w := newWire()
	drain(t, &f, w)
	checkSent(t, w, text)
	checkIdle(t, &f)
	checkClosed(t, file)
}

// A file that File refuses is not closed.
func TestFileFails(t *testing.T) {
	folder, err := os.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if p, err := fifo.File(folder); p != nil || err == nil ||
		!strings.Contains(err.Error(), folder.Name()) {
		t.Errorf("File(folder) = %v, %v, want an error with its name", p, err)
	}
	if err := folder.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	p, err := fifo.File(folder)
	// Windows calls the handle invalid.
	if p != nil || err == nil || runtime.GOOS != "windows" && !errors.Is(err, os.ErrClosed) {
		t.Errorf("File(closed) = %v, %v, want ErrClosed", p, err)
	}
}

// A section of what is not a file is read.
func TestSectionInMemory(t *testing.T) {
	var f fifo.FIFO
	produce(t, &f, fifo.Section(strings.NewReader("abc"), 1, 2))
	w := &fileWire{wire: wire{room: -1}}
	drainTo(t, &f, w)
	checkSent(t, &w.wire, "bc")
	checkIdle(t, &f)
}
