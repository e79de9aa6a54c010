package fifo_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/go-asynchat/asynchat/fifo"
)

// A model is a FIFO beside a plain slice of all that was ever put in it.
type model struct {
	t         *testing.T
	f         fifo.FIFO
	ops       []byte // what to do, and with how much; 0 when they are used up
	all, sent []byte
	sources   []*source
	lent      [][]byte // borrowed by the queue, until Keep
	next      byte
	failed    int
	compared  int // so much of sent is known to be right
}

var errSource = errors.New("source failed")

// A source is a producer that gives out pieces of data of lengths that the operations name.
type source struct {
	m      *model
	data   []byte
	start  int // where data begins in the stream
	given  int
	closed int
	end    byte
}

func (s *source) More() ([]byte, error) {
	if s.closed > 0 {
		s.m.t.Error("More after Close")
	}
	if sent, want := len(s.m.sent), s.start+s.given; sent != want {
		s.m.t.Errorf("More was called after %d bytes, want %d", sent, want)
	}
	how := s.m.op()
	n := min(int(how)*37, len(s.data)-s.given)
	piece := s.data[s.given : s.given+n : s.given+n]
	s.given += n
	switch {
	case s.given < len(s.data) && (n == 0 || how%5 == 0):
		return piece, fifo.ErrNotReady
	case s.given < len(s.data) || s.end == 0:
		return piece, nil
	case s.end == 1:
		return piece, errSource
	default:
		return piece, io.EOF
	}
}

func (s *source) Close() error {
	s.closed++
	return nil
}

func (m *model) op() byte {
	if len(m.ops) == 0 {
		return 255
	}
	b := m.ops[0]
	m.ops = m.ops[1:]
	return b
}

// fresh returns n bytes that show where they belong.
func (m *model) fresh(n int) []byte {
	p := make([]byte, n)
	for i := range p {
		m.next++
		p[i] = m.next ^ byte(i>>8)
	}
	m.all = append(m.all, p...)
	return p
}

func (m *model) play(ops []byte) {
	for m.ops = ops; len(m.ops) > 0; {
		what, size := m.op(), int(m.op())
		switch what % 10 {
		case 0, 1, 2:
			p := m.fresh(size)
			if !m.appended(what, p) {
				m.check(m.f.Push(p))
			}
			clear(p)
		case 3:
			p := m.fresh(size * 100)
			m.check(m.f.Push(p))
			clear(p)
		case 4:
			if what/10%2 == 0 {
				m.check(m.f.PushString(string(m.fresh(size * 50))))
			} else {
				m.check(m.f.PushShared(m.fresh(size * 4)))
			}
		case 5:
			p := m.fresh(size * 10)
			m.lent = append(m.lent, p)
			m.check(m.f.Borrow(p))
		case 6:
			m.keep()
		case 7:
			s := &source{m: m, start: len(m.all), data: m.fresh(size * 40), end: what / 10 % 3}
			m.sources = append(m.sources, s)
			m.check(m.f.PushProducer(s))
		case 8:
			if what/10%2 == 0 {
				m.skip(size)
			} else {
				m.drain(size)
			}
		default:
			m.drain(size * 150)
		}
		m.compare()
	}
	m.finish()
}

func (m *model) keep() {
	m.f.Keep()
	for _, p := range m.lent {
		clear(p)
	}
	m.lent = nil
}

// drain takes at most room bytes in all.
func (m *model) drain(room int) {
	m.f.Resume()
	total := 0
	n, err := m.f.Drain(func(v [][]byte) (int, error) {
		sent := 0
		for _, p := range v {
			if len(p) == 0 {
				m.t.Error("an empty slice was offered")
			}
			k := min(len(p), room)
			m.sent = append(m.sent, p[:k]...)
			room -= k
			sent += k
		}
		total += sent
		return sent, nil
	})
	if errors.Is(err, errSource) {
		m.failed++
		err = nil
	}
	if m.check(err); n != total {
		m.t.Errorf("Drain = %d, sent %d", n, total)
	}
}

// appended tries Append or AppendString, or neither.
func (m *model) appended(how byte, p []byte) bool {
	switch how / 10 % 3 {
	case 0:
		return m.f.Append(p)
	case 1:
		return m.f.AppendString(string(p))
	}
	return false
}

// skip takes at most room bytes of what is there in one piece.
func (m *model) skip(room int) {
	p := m.f.Peek()
	p = p[:min(len(p), room)]
	m.sent = append(m.sent, p...)
	m.f.Skip(len(p))
}

func (m *model) check(err error) {
	if err != nil {
		m.t.Error(err)
	}
}

func (m *model) compare() {
	queued := len(m.all) - len(m.sent)
	for _, s := range m.sources {
		queued -= len(s.data) - s.given
	}
	if m.f.Len() != queued {
		m.t.Fatalf("Len() = %d, want %d", m.f.Len(), queued)
	}
	if len(m.sent) > len(m.all) || !bytes.Equal(m.all[m.compared:len(m.sent)], m.sent[m.compared:]) {
		m.t.Fatal("what was sent differs from what was pushed")
	}
	m.compared = len(m.sent)
}

// finish drains everything; each producer must have been closed once, and each failure told once.
func (m *model) finish() {
	m.f.CloseWhenDone()
	for i := 0; !m.f.Done(); i++ {
		if i > 10_000 {
			m.t.Fatal("the queue does not come to an end")
		}
		m.drain(1 << 30)
	}
	m.compare()
	if len(m.sent) != len(m.all) {
		m.t.Fatalf("sent %d bytes of %d", len(m.sent), len(m.all))
	}
	failures := 0
	for _, s := range m.sources {
		if s.closed != 1 {
			m.t.Errorf("a producer was closed %d times", s.closed)
		}
		if s.end == 1 {
			failures++
		}
	}
	if m.failed != failures {
		m.t.Errorf("%d failures told, want %d", m.failed, failures)
	}
}

// S150, S170: random pushes, producers and short writes, of every size, against a plain slice.
func TestModel(t *testing.T) {
	seeds := uint64(300)
	if raceEnabled {
		seeds = 60
	}
	for seed := range seeds {
		rnd := rand.New(rand.NewPCG(seed, 0))
		ops := make([]byte, 1+rnd.IntN(300))
		for i := range ops {
			ops[i] = byte(rnd.IntN(256))
		}
		if (&model{t: t}).play(ops); t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func FuzzModel(f *testing.F) {
	f.Add([]byte{0, 5, 8, 3, 0, 200, 9, 255})
	f.Add([]byte{7, 10, 17, 10, 27, 10, 8, 100, 3, 1, 8, 0, 8, 9, 9, 9})
	f.Add([]byte{5, 200, 8, 7, 6, 0, 3, 255, 4, 255, 9, 60, 0, 1})
	f.Fuzz(func(t *testing.T, ops []byte) {
		if len(ops) > 600 {
			t.Skip("long enough")
		}
		(&model{t: t}).play(ops)
	})
}

// S170: every short write of a few entries, of every size.
func TestShortWrites(t *testing.T) {
	const want = "abcdefghijklmnopqrstuvwxyz"
	for room := 1; room <= len(want)+1; room++ {
		var f fifo.FIFO
		push(t, &f, "abcd")
		produce(t, &f, says("efg", "hij"))
		if err := f.Borrow([]byte("klmno")); err != nil {
			t.Error(err)
		}
		push(t, &f, "pq")
		produce(t, &f, fifo.SimpleProducer([]byte("rstuv"), 2))
		produce(t, &f, fifo.Bytes([]byte("wxyz")))
		w := &wire{room: room}
		for i := 0; !f.Empty() && i < 100; i++ {
			drain(t, &f, w)
		}
		checkSent(t, w, want)
		checkIdle(t, &f)
	}
}
