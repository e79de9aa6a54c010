package fifo_test

import (
	"errors"
	"io"
	"iter"
	"strings"
	"testing"

	"github.com/go-asynchat/asynchat/fifo"
)

var errDisk = errors.New("disk")

// An origin is whatever a producer is made from: a Producer, an io.Reader, an io.ReaderAt, a
// sequence. It counts how often it is closed, or as a sequence, how often its deferred calls are
// made.
type origin struct {
	pieces  []string
	fail    error  // how it ends; nil: io.EOF
	lazy    bool   // not ready before each piece
	do      func() // when it is asked
	asked   int
	started int
	closed  int
}

func (s *origin) next() (string, error) {
	s.asked++
	if s.do != nil {
		s.do()
	}
	switch {
	case s.lazy && s.asked%2 == 1:
		return "", fifo.ErrNotReady
	case len(s.pieces) > 0:
		piece := s.pieces[0]
		s.pieces = s.pieces[1:]
		return piece, nil
	case s.fail != nil:
		return "", s.fail
	}
	return "", io.EOF
}

func (s *origin) More() ([]byte, error) {
	piece, err := s.next()
	return []byte(piece), err
}

func (s *origin) Read(p []byte) (int, error) {
	piece, err := s.next()
	return copy(p, piece), err
}

func (s *origin) ReadAt(p []byte, _ int64) (int, error) { return s.Read(p) }

func (s *origin) Close() error {
	s.closed++
	return nil
}

func (s *origin) seq(yield func([]byte) bool) {
	s.started++
	defer func() { s.closed++ }()
	for {
		piece, err := s.next()
		if err != nil || !yield([]byte(piece)) {
			return
		}
	}
}

func (s *origin) lines() iter.Seq[string] {
	return func(yield func(string) bool) {
		s.seq(func(p []byte) bool { return yield(string(p)) })
	}
}

// A rig makes a producer from sources, of which only the first is lazy, fails, or does something.
type rig struct {
	name     string
	sequence bool // it cannot wait or fail
	make     func(s, t *origin) fifo.Producer
	second   bool // it uses t
	want     string
}

var rigPieces = []string{"ab\r\n", ".c", "\r", "\n"}

const rigText = "ab\r\n.c\r\n"

func rigs() []rig {
	concat := func(s, t *origin) fifo.Producer { return fifo.Concat(s, fifo.Bytes([]byte("|")), t) }
	return []rig{
		{name: "producer", make: func(s, _ *origin) fifo.Producer { return s }, want: rigText},
		{name: "Reader", make: func(s, _ *origin) fifo.Producer { return fifo.Reader(s) }, want: rigText},
		{name: "Section", make: func(s, _ *origin) fifo.Producer {
			return fifo.Section(s, 0, int64(len(rigText)))
		}, want: rigText},
		{name: "Seq", sequence: true,
			make: func(s, _ *origin) fifo.Producer { return fifo.Seq(s.seq) }, want: rigText},
		{name: "Lines", sequence: true, make: func(s, _ *origin) fifo.Producer {
			return fifo.Lines(s.lines(), "!")
		},
			want: "ab\r\n!.c!\r!\n!"},
		{name: "Concat", make: concat, second: true, want: rigText + "|" + rigText},
		{name: "DotStuff", make: func(s, _ *origin) fifo.Producer { return fifo.DotStuff(s) },
			want: "ab\r\n..c\r\n.\r\n"},
		{name: "Chunked", make: func(s, _ *origin) fifo.Producer { return fifo.Chunked(s) },
			want: "4\r\nab\r\n\r\n2\r\n.c\r\n1\r\n\r\r\n1\r\n\n\r\n0\r\n\r\n"},
		{name: "Hook", make: func(s, _ *origin) fifo.Producer {
			return fifo.Hook(s, func(int64, error) {})
		}, want: rigText},
		{name: "all", second: true,
			want: "4\r\nab\r\n\r\n3\r\n..c\r\n2\r\n\r\n\r\n1\r\n|\r\n" +
				"4\r\nab\r\n\r\n3\r\n..c\r\n2\r\n\r\n\r\n3\r\n.\r\n\r\n0\r\n\r\n",
			make: func(s, t *origin) fifo.Producer {
				return fifo.Hook(fifo.Chunked(fifo.DotStuff(fifo.Concat(concat(s, t)))), func(int64, error) {})
			}},
	}
}

// check says whether the sources were closed as they should be, a sequence only if it was started.
func (r rig) check(t *testing.T, what string, sources ...*origin) {
	t.Helper()
	for i, s := range sources {
		want := 1
		if r.sequence {
			want = s.started
		}
		if i > 0 && !r.second {
			want = 0
		}
		if s.closed != want {
			t.Errorf("%s, %s: source %d closed %d times, want %d", r.name, what, i, s.closed, want)
		}
	}
}

func newOrigin() *origin { return &origin{pieces: append([]string(nil), rigPieces...)} }

func TestRigs(t *testing.T) {
	for _, r := range rigs() {
		for _, room := range []int{-1, 1, 2, 3} {
			var f fifo.FIFO
			s, s2 := newOrigin(), newOrigin()
			produce(t, &f, r.make(s, s2))
			push(t, &f, "end")
			w := &wire{room: room}
			for i := 0; !f.Empty() && i < 100; i++ {
				drain(t, &f, w)
			}
			if got, want := w.take(), r.want+"end"; got != want {
				t.Errorf("%s: sent %q, want %q", r.name, got, want)
			}
			checkIdle(t, &f)
			r.check(t, "finished", s, s2)
		}
	}
}

// B47: every producer hands on that its source is not ready, and loses nothing by it.
func TestNotReadyPasses(t *testing.T) {
	for _, r := range rigs() {
		if r.sequence {
			continue
		}
		var f fifo.FIFO
		s, s2 := newOrigin(), newOrigin()
		s.lazy = true
		produce(t, &f, r.make(s, s2))
		w := newWire()
		waits := 0
		for i := 0; !f.Empty() && i < 100; i++ {
			asked := s.asked
			if drain(t, &f, w); f.Waiting() {
				waits++
				if drain(t, &f, w); s.asked == asked {
					t.Errorf("%s: waits without having been asked", r.name)
				}
				f.Resume()
			}
		}
		if got := w.take(); got != r.want || waits < 4 {
			t.Errorf("%s: sent %q in %d waits, want %q", r.name, got, waits, r.want)
		}
		r.check(t, "not ready", s, s2)
	}
}

// B48: whatever ends a producer closes what it was made from, once.
func TestSourcesClosedOnce(t *testing.T) {
	for _, r := range rigs() {
		for sent := range len(r.want) + 1 {
			var f fifo.FIFO
			s, s2 := newOrigin(), newOrigin()
			produce(t, &f, r.make(s, s2))
			for range sent {
				drain(t, &f, &wire{room: 1})
			}
			f.Discard()
			f.Discard()
			r.check(t, "discarded", s, s2)
		}
		if !r.sequence {
			for n := range len(rigPieces) {
				r.fails(t, n)
			}
		}
		for asked := 1; asked <= len(rigPieces); asked++ {
			r.discards(t, asked)
			r.panics(t, asked)
		}
		var f fifo.FIFO
		f.CloseWhenDone()
		s, s2 := newOrigin(), newOrigin()
		if err := f.PushProducer(r.make(s, s2)); err != fifo.ErrClosed || s.started != 0 {
			t.Errorf("%s: PushProducer = %v, started %d times", r.name, err, s.started)
		}
		r.check(t, "pushed too late", s, s2)
	}
}

// fails lets the source fail after n pieces: that is told once, after them.
func (r rig) fails(t *testing.T, n int) {
	var f fifo.FIFO
	s, s2 := newOrigin(), newOrigin()
	s.pieces, s.fail = s.pieces[:n], errDisk
	produce(t, &f, r.make(s, s2))
	push(t, &f, "behind")
	w := newWire()
	_, err := f.Drain(w.send)
	var failure *fifo.ProducerError
	if !errors.As(err, &failure) || failure.Err != errDisk || f.Len() != len("behind") {
		t.Errorf("%s: Drain: %v, Len() = %d, want the disk error, 6", r.name, err, f.Len())
	}
	if got := w.take(); !strings.HasPrefix(r.want, got) || strings.Contains(got, "0\r\n\r\n") {
		t.Errorf("%s: sent %q", r.name, got)
	}
	r.check(t, "failed", s, s2)
	drain(t, &f, w)
	checkSent(t, w, "behind")
}

// discards empties the queue while the source is asked: nothing of it is sent any more, and what is
// pushed then is.
func (r rig) discards(t *testing.T, asked int) {
	var f fifo.FIFO
	s, s2 := newOrigin(), newOrigin()
	s.do = func() {
		if s.asked == asked {
			f.Discard()
			push(t, &f, "later")
		}
	}
	produce(t, &f, r.make(s, s2))
	push(t, &f, "behind")
	w := newWire()
	drain(t, &f, w)
	if got := w.take(); !strings.HasSuffix(got, "later") || strings.Contains(got, "behind") {
		t.Errorf("%s: sent %q", r.name, got)
	}
	if s.asked != asked {
		t.Errorf("%s: asked %d times, want %d", r.name, s.asked, asked)
	}
	r.check(t, "discarded from within", s, s2)
	checkIdle(t, &f)
}

// panics lets the source panic, as a channel's loop survives it: it discards the queue.
func (r rig) panics(t *testing.T, asked int) {
	var f fifo.FIFO
	s, s2 := newOrigin(), newOrigin()
	s.do = func() {
		if s.asked == asked {
			panic(errDisk)
		}
	}
	produce(t, &f, r.make(s, s2))
	func() {
		defer func() {
			if got := recover(); got != errDisk {
				t.Errorf("%s: panic %v", r.name, got)
			}
		}()
		f.Drain(sink)
	}()
	f.Discard()
	r.check(t, "panicked", s, s2)
}
