package chattest

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/go-asynchat/asynchat/fifo"
)

// TestProducer checks that a producer keeps the contract of fifo.Producer. It must yield want in
// pieces of any size, and end. A piece must not change until it was sent, even if other producers
// of the same kind run meanwhile. And at whatever time the producer is closed, it must release its
// resources exactly once.
//
// open returns a new producer each time, and a function closed. closed returns how often the
// resource of the producer, such as a file, has been closed; it is nil if there is no resource.
func TestProducer(tb testing.TB, want string, open func() (p fifo.Producer, closed func() int)) {
	tb.Helper()
	for _, room := range []int{1 << 30, 1, 3, 1000} {
		var two [2]sending // side by side
		for i := range two {
			p, closed := open()
			two[i] = sending{p: p, closed: closed, room: room, most: 2*len(want) + 10}
			two[i].f.PushProducer(p)
			two[i].f.CloseWhenDone()
		}
		for busy := true; busy; {
			busy = two[0].step()
			busy = two[1].step() || busy
		}
		for i := range two {
			if err := two[i].verdict(want); err != nil {
				two[0].f.Discard()
				two[1].f.Discard()
				tb.Errorf("chattest: %T, sent up to %d bytes at a time: %v", two[i].p, room, err)
				return
			}
		}
	}
	for steps := range 4 {
		p, closed := open()
		s := sending{p: p, room: 1, most: len(want)}
		s.f.PushProducer(p)
		for range steps {
			s.step()
		}
		s.f.Discard()
		if err := released(closed); err != nil {
			tb.Errorf("chattest: %T, discarded after %d bytes: %v", p, s.got.Len(), err)
		}
	}
}

// A sending is a producer in a queue on its way.
type sending struct {
	p      fifo.Producer
	closed func() int
	f      fifo.FIFO
	room   int // bytes sent at a time
	most   int // more than that is no end
	got    bytes.Buffer
	idle   int
	err    error
}

// maxIdle is how often a producer may say that it is not ready.
const maxIdle = 1000

// step sends once, and reports whether there is more to do.
func (s *sending) step() bool {
	if s.err != nil || s.f.Empty() {
		return false
	}
	before := s.got.Len()
	s.f.Resume()
	_, s.err = s.f.Drain(func(v [][]byte) (n int, err error) {
		for _, piece := range v {
			k := min(len(piece), s.room-n)
			s.got.Write(piece[:k])
			n += k
		}
		return n, nil
	})
	if s.idle++; s.got.Len() > before {
		s.idle = 0
	}
	if s.idle > maxIdle {
		s.err = fmt.Errorf("it was not ready a thousand times, after %d bytes", before)
	}
	if s.got.Len() > s.most {
		s.err = fmt.Errorf("it does not end: %d bytes so far", s.got.Len())
	}
	return true
}

func (s *sending) verdict(want string) error {
	if s.err != nil {
		return s.err
	}
	if got := s.got.String(); got != want {
		return fmt.Errorf("it gave out %s, want %s", abridge(fmt.Sprintf("%q", got)),
			abridge(fmt.Sprintf("%q", want)))
	}
	return released(s.closed)
}

func released(closed func() int) error {
	if closed == nil {
		return nil
	}
	if n := closed(); n != 1 {
		return fmt.Errorf("what it holds was closed %d times, want once", n)
	}
	return nil
}
