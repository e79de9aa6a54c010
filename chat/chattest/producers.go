package chattest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/go-asynchat/asynchat/fifo"
)

// TestProducer checks that a producer keeps the contract of fifo.Producer: sent in pieces of any size, it gives out want, and ends; a piece stays as it is until the producer is asked for the next one; and however far it has come when it
// is closed, what it holds is released once.
//
// open returns a new producer each time, and a function that tells how often what it holds, such as a file or another producer, has been
// closed; nil if it holds nothing.
func TestProducer(tb testing.TB, want string, open func() (p fifo.Producer, closed func() int)) {
	tb.Helper()
	for _, room := range []int{1 << 30, 1, 3, 1000} {
		if room == 1 && len(want) > 10_000 {
			continue
		}
		p, closed := open()
		checked := &checkedProducer{Producer: p}
		got, err := sendAll(checked, room, 2*len(want)+10)
		switch {
		case checked.fault != "":
			err = errors.New(checked.fault)
		case err == nil && got != want:
			err = fmt.Errorf("it gave out %s, want %s", abridge(fmt.Sprintf("%q", got)), abridge(fmt.Sprintf("%q", want)))
		case err == nil:
			err = released(closed)
		}
		if err != nil {
			tb.Errorf("chattest: %T, sent up to %d bytes at a time: %v", p, room, err)
			return
		}
	}
	for steps := range 4 {
		p, closed := open()
		var f fifo.FIFO
		f.PushProducer(p)
		for range steps {
			f.Drain(func([][]byte) (int, error) { return 1, nil })
		}
		f.Discard()
		if err := released(closed); err != nil {
			tb.Errorf("chattest: %T, discarded after %d bytes: %v", p, steps, err)
		}
	}
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

// sendAll takes everything that p gives out, room bytes at a time and at most most.
func sendAll(p fifo.Producer, room, most int) (string, error) {
	var f fifo.FIFO
	var got bytes.Buffer
	f.PushProducer(p)
	f.CloseWhenDone()
	for idle := 0; !f.Done(); idle++ {
		before := got.Len()
		_, err := f.Drain(func(v [][]byte) (n int, err error) {
			for _, piece := range v {
				k := min(len(piece), room-n)
				got.Write(piece[:k])
				n += k
			}
			return n, nil
		})
		if err != nil {
			return "", err
		}
		if got.Len() > before {
			idle = 0
		}
		if idle > 1000 {
			f.Discard()
			return "", fmt.Errorf("it was not ready a thousand times, after %d bytes", got.Len())
		}
		if got.Len() > most {
			f.Discard()
			return "", fmt.Errorf("it does not end: %d bytes so far", got.Len())
		}
		f.Resume()
	}
	return got.String(), nil
}

// checkedProducer looks after the producer that is under test.
type checkedProducer struct {
	fifo.Producer
	piece, copied []byte
	fault         string
}

func (p *checkedProducer) More() ([]byte, error) {
	p.compare()
	piece, err := p.Producer.More()
	p.piece, p.copied = piece, bytes.Clone(piece)
	return piece, err
}

func (p *checkedProducer) Close() error {
	p.compare()
	if c, ok := p.Producer.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

func (p *checkedProducer) compare() {
	if p.fault == "" && !bytes.Equal(p.piece, p.copied) {
		p.fault = fmt.Sprintf("the piece %q was changed to %q before the next one was asked for", p.copied, p.piece)
	}
}
