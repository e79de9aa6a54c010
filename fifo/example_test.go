package fifo_test

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/go-asynchat/asynchat/fifo"
)

// show is a send function that takes at most ten bytes per call.
func show(v [][]byte) (int, error) {
	p := v[0]
	p = p[:min(len(p), 10)]
	fmt.Printf("%q\n", p)
	return len(p), nil
}

func ExampleFIFO() {
	var f fifo.FIFO
	f.PushString("HTTP/1.0 200 OK\r\n")
	f.PushString("\r\n")
	f.PushProducer(fifo.Reader(strings.NewReader("hello")))
	f.CloseWhenDone()
	for !f.Done() { // a program would wait for the peer here
		f.Drain(show)
	}
	fmt.Println(f.Push([]byte("more")))
	// Output:
	// "HTTP/1.0 2"
	// "00 OK\r\n\r\n"
	// "hello"
	// fifo: push after CloseWhenDone: use of closed network connection
}

// A countdown is a producer that computes its data.
type countdown int

func (c *countdown) More() ([]byte, error) {
	if *c == 0 {
		return nil, io.EOF
	}
	*c--
	return fmt.Appendf(nil, "%d...", *c+1), nil
}

func ExampleProducer() {
	var f fifo.FIFO
	three := countdown(3)
	f.PushProducer(&three)
	f.PushString("liftoff")
	f.Drain(show)
	// Output:
	// "3..."
	// "2..."
	// "1..."
	// "liftoff"
}

func ExampleSimpleProducer() {
	var f fifo.FIFO
	f.PushProducer(fifo.SimpleProducer([]byte("abcdefgh"), 3))
	f.Drain(show)
	// Output:
	// "abc"
	// "def"
	// "gh"
}

// A mailbox is a producer that only has data from time to time.
type mailbox struct{ letters []string }

func (m *mailbox) More() ([]byte, error) {
	if len(m.letters) == 0 {
		return nil, fifo.ErrNotReady
	}
	letter := m.letters[0]
	m.letters = m.letters[1:]
	return []byte(letter), nil
}

func ExampleFIFO_Resume() {
	var f fifo.FIFO
	var m mailbox
	f.PushProducer(&m)
	f.Drain(show)
	fmt.Println("waiting:", f.Waiting())
	m.letters = append(m.letters, "a letter")
	f.Resume()
	f.Drain(show)
	// Output:
	// waiting: true
	// "a letter"
}

func ExampleProducerError() {
	var f fifo.FIFO
	f.PushProducer(fifo.Reader(io.MultiReader(strings.NewReader("half"), broken{})))
	n, err := f.Drain(show)
	var failure *fifo.ProducerError
	fmt.Println(n, errors.As(err, &failure), err)
	// Output:
	// "half"
	// 4 true fifo: producer: bad sector
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("bad sector") }
