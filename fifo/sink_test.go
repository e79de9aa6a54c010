package fifo_test

import (
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/go-asynchat/asynchat/fifo"
)

// A fileWire is a wire with a SendFile that behaves as sendfile does: it takes room bytes a call at
// most, also all there is.
type fileWire struct {
	wire
	files   int   // calls of SendFile that took something
	fromPos int   // bytes that it took
	fileErr error // what it fails with
	do      func()
}

func (w *fileWire) Send(v [][]byte) (int, error) { return w.send(v) }

func (w *fileWire) SendFile(file *os.File, off int64, n int) (int, error) {
	if w.do != nil {
		w.do()
	}
	if w.fileErr != nil {
		return 0, w.fileErr
	}
	if n <= 0 {
		panic("SendFile of nothing")
	}
	if w.room == 0 {
		return 0, nil
	}
	if w.room > 0 {
		n = min(n, w.room)
	}
	p := make([]byte, n)
	n, err := file.ReadAt(p, off)
	if n == 0 {
		return 0, err
	}
	w.files++
	w.fromPos += n
	w.got = append(w.got, p[:n]...)
	return n, nil
}

func drainTo(t *testing.T, f *fifo.FIFO, w *fileWire) {
	t.Helper()
	before := len(w.got)
	n, err := f.DrainTo(w)
	if err != nil {
		t.Errorf("DrainTo: %v", err)
	}
	if n != len(w.got)-before {
		t.Errorf("DrainTo = %d, sent %d", n, len(w.got)-before)
	}
}

// S150: files between data and producers, alone and in others, by SendFile and by Send, in writes
// of every size.
func TestDrainToFiles(t *testing.T) {
	const want = "head|" + "file1" + "file2" + "mid|" + "<" + "ile" + "e3" + ">" + "tail"
	for room := -1; room <= len(want); room++ {
		if room == 0 {
			continue
		}
		var f fifo.FIFO
		var files []*os.File
		file := func(text string) *os.File {
			files = append(files, openFile(t, text))
			return files[len(files)-1]
		}
		var hooked int64
		push(t, &f, "head|")
		produce(t, &f, fileProducer(t, file("file1")))
		produce(t, &f, fifo.Hook(fileProducer(t, file("file2")), func(n int64, err error) {
			if hooked = n; err != nil {
				t.Errorf("Hook: %v", err)
			}
		}))
		push(t, &f, "mid|")
		third := file("file3")
		last := fifo.Concat(fifo.Bytes(nil), fifo.Section(third, 3, 2))
		produce(t, &f, fifo.Concat(fifo.Bytes([]byte("<")), fifo.Section(file("file3"), 1, 3),
			fifo.Bytes(nil), fifo.Hook(last, func(int64, error) {}), fifo.Bytes([]byte(">"))))
		push(t, &f, "tail")
		w := &fileWire{wire: wire{room: room}}
		for i := 0; !f.Empty() && i < 100; i++ {
			drainTo(t, &f, w)
		}
		checkSent(t, &w.wire, want)
		checkIdle(t, &f)
		if hooked != 5 || w.fromPos < 13 {
			t.Errorf("room %d: hook told %d bytes, %d by SendFile, want 5, at least 13",
				room, hooked, w.fromPos)
		}
		for _, file := range files {
			checkClosed(t, file)
		}
	}
}

// A KeptFile is sent as the file that it is, and stays open.
func TestDrainToKeptFile(t *testing.T) {
	for _, room := range []int{-1, 2} {
		file := openFile(t, "0123456789")
		var f fifo.FIFO
		produce(t, &f, fifo.Section(fifo.KeptFile{File: file}, 3, 5))
		w := &fileWire{wire: wire{room: room}}
		for i := 0; !f.Empty() && i < 100; i++ {
			drainTo(t, &f, w)
		}
		checkSent(t, &w.wire, "34567")
		checkIdle(t, &f)
		if _, err := file.Stat(); err != nil || w.fromPos != 5 {
			t.Errorf("room %d: %d bytes by SendFile, want 5; the file: %v", room, w.fromPos, err)
		}
	}
}

// A sink with Send alone is given the bytes.
func TestDrainToWithoutSendFile(t *testing.T) {
	var f fifo.FIFO
	produce(t, &f, fileProducer(t, openFile(t, "abc")))
	w := &fileWire{wire: wire{room: -1}}
	n, err := f.DrainTo(struct{ fifo.Sink }{w})
	if n != 3 || err != nil || w.fromPos != 0 {
		t.Errorf("DrainTo = %d, %v, %d by SendFile, want 3, nil, 0", n, err, w.fromPos)
	}
	checkSent(t, &w.wire, "abc")
	checkIdle(t, &f)
}

// Where the system cannot send from a file, or at its end, the bytes are read instead.
func TestSendFileFallsBack(t *testing.T) {
	text := strings.Repeat("0123456789", 10_000)
	for _, err := range []error{errors.ErrUnsupported, io.EOF,
		&os.PathError{Op: "sendfile", Err: errors.ErrUnsupported}} {
		var f fifo.FIFO
		file := openFile(t, text)
		produce(t, &f, fileProducer(t, file))
		push(t, &f, "tail")
		w := &fileWire{wire: wire{room: -1}, fileErr: err}
		drainTo(t, &f, w)
		checkSent(t, &w.wire, text+"tail")
		checkIdle(t, &f)
		checkClosed(t, file)
	}
}

// B50: a file that shrinks fails its producer, told once, and is no peer that is never ready.
func TestFileShrinks(t *testing.T) {
	for _, left := range []int64{0, 4, 9} {
		var f fifo.FIFO
		file := openFile(t, "0123456789")
		var told error
		produce(t, &f, fifo.Hook(fileProducer(t, file), func(_ int64, err error) { told = err }))
		push(t, &f, "behind")
		if err := file.Truncate(left); err != nil {
			t.Error(err)
		}
		w := &fileWire{wire: wire{room: -1}}
		var err error
		for i := 0; err == nil && i < 5; i++ {
			_, err = f.DrainTo(w)
		}
		var failure *fifo.ProducerError
		if !errors.As(err, &failure) || failure.Err != io.ErrUnexpectedEOF ||
			told != io.ErrUnexpectedEOF {
			t.Errorf("DrainTo: %v, Hook: %v, want unexpected EOF", err, told)
		}
		checkClosed(t, file)
		checkSent(t, &w.wire, "0123456789"[:left])
		drainTo(t, &f, w)
		checkSent(t, &w.wire, "behind")
	}
}

// What has failed stays so, though its file could be sent again.
func TestFailedFileIsNotSentOn(t *testing.T) {
	for _, hooked := range []bool{false, true} {
		var f fifo.FIFO
		file := openFile(t, "0123456789")
		p := fileProducer(t, file)
		if hooked {
			p = fifo.Hook(p, func(int64, error) {})
		}
		produce(t, &f, p)
		if err := file.Truncate(4); err != nil {
			t.Error(err)
		}
		w := &fileWire{wire: wire{room: 3}, fileErr: errors.ErrUnsupported}
		drainTo(t, &f, w)
		if _, err := file.WriteAt([]byte("0123456789"), 0); err != nil {
			t.Error(err)
		}
		w.fileErr = nil
		if _, err := f.DrainTo(w); !errors.Is(err, io.ErrUnexpectedEOF) || w.files != 0 {
			t.Errorf("DrainTo: %v, %d files sent, want unexpected EOF, 0", err, w.files)
		}
		checkSent(t, &w.wire, "0123")
	}
}

// No room is no error, and nothing is read for it.
func TestSendFileWouldBlock(t *testing.T) {
	var f fifo.FIFO
	f.Discard() // concerns nothing that is pushed later
	produce(t, &f, fileProducer(t, openFile(t, "abc")))
	w := &fileWire{}
	for range 3 {
		drainTo(t, &f, w)
	}
	if f.Empty() || f.Waiting() || f.Len() != 0 || w.calls != 0 {
		t.Errorf("Empty() = %t, Waiting() = %t, Len() = %d, %d sends",
			f.Empty(), f.Waiting(), f.Len(), w.calls)
	}
	w.room = 2
	drainTo(t, &f, w)
	checkSent(t, &w.wire, "ab")
	drainTo(t, &f, w)
	checkSent(t, &w.wire, "c")
	checkIdle(t, &f)
}

// An error of SendFile is one of the sink: the file stays, as data does.
func TestSendFileFails(t *testing.T) {
	var f fifo.FIFO
	file := openFile(t, "abc")
	produce(t, &f, fileProducer(t, file))
	push(t, &f, "behind")
	w := &fileWire{wire: wire{room: -1}, fileErr: io.ErrClosedPipe}
	if n, err := f.DrainTo(w); n != 0 || err != io.ErrClosedPipe || f.Empty() {
		t.Errorf("DrainTo = %d, %v, Empty() = %t, want 0, closed pipe, false", n, err, f.Empty())
	}
	f.Discard()
	checkClosed(t, file)
	checkSent(t, &w.wire, "")
}

// A fast reader cannot keep the caller for ever with a large file: 256 KiB, as with data.
func TestSendFileIsBounded(t *testing.T) {
	text := strings.Repeat("0123456789", 60_000)
	var f fifo.FIFO
	push(t, &f, "head")
	produce(t, &f, fileProducer(t, openFile(t, text)))
	w := &fileWire{wire: wire{room: -1}}
	for _, want := range []int{256 << 10, 256 << 10, 4 + len(text) - 512<<10} {
		if n, err := f.DrainTo(w); n != want || err != nil {
			t.Errorf("DrainTo = %d, %v, want %d", n, err, want)
		}
	}
	checkSent(t, &w.wire, "head"+text)
	checkIdle(t, &f)
}

// A sink that finds the peer gone discards the queue within SendFile.
func TestDiscardWithinSendFile(t *testing.T) {
	var f fifo.FIFO
	file := openFile(t, "abc")
	produce(t, &f, fifo.Concat(fileProducer(t, file), fifo.Bytes([]byte("gone"))))
	push(t, &f, "gone")
	w := &fileWire{wire: wire{room: -1}}
	w.do = func() {
		f.Discard()
		push(t, &f, "bye")
		w.fileErr = io.ErrClosedPipe
	}
	if _, err := f.DrainTo(w); err != io.ErrClosedPipe || f.Len() != 3 {
		t.Errorf("DrainTo: %v, Len() = %d, want closed pipe, 3", err, f.Len())
	}
	checkClosed(t, file)
	drainTo(t, &f, w)
	checkSent(t, &w.wire, "bye")
	checkIdle(t, &f)
}

// A part's Close may discard the queue when the next part, a file, comes to its turn.
func TestDiscardBeforeFile(t *testing.T) {
	var f fifo.FIFO
	file := openFile(t, "abc")
	p := &script{steps: []play{{data: "a", err: io.EOF}}}
	p.onEnd = func() {
		f.Discard()
		push(t, &f, "bye")
	}
	produce(t, &f, fifo.Concat(p, fileProducer(t, file)))
	w := &fileWire{wire: wire{room: -1}}
	drainTo(t, &f, w)
	checkSent(t, &w.wire, "abye")
	checkIdle(t, &f)
	checkClosed(t, file)
	if p.closed != 1 || w.files != 0 {
		t.Errorf("closed %d times, %d files sent, want 1, 0", p.closed, w.files)
	}
}

// A file behind a producer that is not ready waits with it.
func TestFileWaits(t *testing.T) {
	var f fifo.FIFO
	produce(t, &f, fifo.Concat(&script{steps: []play{{err: fifo.ErrNotReady}, {data: "a"}}},
		fileProducer(t, openFile(t, "bc"))))
	w := &fileWire{wire: wire{room: -1}}
	for range 2 {
		if drainTo(t, &f, w); !f.Waiting() {
			t.Error("not waiting")
		}
	}
	f.Resume()
	drainTo(t, &f, w)
	checkSent(t, &w.wire, "abc")
	checkIdle(t, &f)
}
