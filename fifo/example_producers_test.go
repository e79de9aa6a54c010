package fifo_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-asynchat/asynchat/fifo"
)

// send drains f into show until it is empty.
func send(f *fifo.FIFO) {
	for !f.Empty() {
		if _, err := f.Drain(show); err != nil {
			fmt.Println(err)
		}
	}
}

func ExampleBytes() {
	var f fifo.FIFO
	f.PushProducer(fifo.Bytes([]byte("hello")))
	send(&f)
	// Output: "hello"
}

func ExampleReader() {
	var f fifo.FIFO
	f.PushProducer(fifo.Reader(io.LimitReader(strings.NewReader("hello, world"), 5)))
	send(&f)
	// Output: "hello"
}

// The answer to an HTTP request with "Range: bytes=7-11".
func ExampleSection() {
	var f fifo.FIFO
	f.PushProducer(fifo.Section(strings.NewReader("hello, world"), 7, 5))
	send(&f)
	// Output: "world"
}

// A copier is a FileSender: it gets the file itself, as a socket does for sendfile.
type copier struct{ out strings.Builder }

func (c *copier) Send(pieces [][]byte) (int, error) { return c.out.Write(pieces[0]) }

func (c *copier) SendFile(file *os.File, off int64, n int) (int, error) {
	sent, err := io.Copy(&c.out, io.NewSectionReader(file, off, int64(n)))
	if sent == 0 && err == nil {
		err = io.EOF
	}
	return int(sent), err
}

func ExampleFile() {
	name := filepath.Join(os.TempDir(), "fifo-example")
	if err := os.WriteFile(name, []byte("hello"), 0o600); err != nil {
		fmt.Println(err)
	}
	defer os.Remove(name)
	file, err := os.Open(name)
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := fifo.File(file)
	if err != nil {
		file.Close()
		fmt.Println(err)
		return
	}
	var f fifo.FIFO
	var c copier
	f.PushString("HTTP/1.0 200 OK\n\n")
	f.PushProducer(p)
	for !f.Empty() {
		f.DrainTo(&c)
	}
	fmt.Println(c.out.String())
	// Output:
	// HTTP/1.0 200 OK
	//
	// hello
}

func ExampleSeq() {
	var f fifo.FIFO
	f.PushProducer(fifo.Seq(func(yield func([]byte) bool) {
		defer fmt.Println("done")
		for i := range 3 {
			if !yield(fmt.Appendf(nil, "line %d", i)) {
				return
			}
		}
	}))
	send(&f)
	// Output:
	// "line 0"
	// "line 1"
	// "line 2"
	// done
}

func ExampleLines() {
	var f fifo.FIFO
	f.PushProducer(fifo.Lines(slices.Values([]string{"one", "", "two"}), "\r\n"))
	send(&f)
	// Output:
	// "one\r\n\r\ntwo"
	// "\r\n"
}

func ExampleConcat() {
	var f fifo.FIFO
	f.PushProducer(fifo.Concat(fifo.Bytes([]byte("head")), fifo.Reader(strings.NewReader("body"))))
	send(&f)
	// Output:
	// "head"
	// "body"
}

func ExampleDotStuff() {
	var f fifo.FIFO
	f.PushProducer(fifo.DotStuff(fifo.Bytes([]byte(".\r\n"))))
	f.PushProducer(fifo.DotStuff(fifo.Bytes([]byte("a\n.\r\n"))))
	send(&f)
	// Output:
	// "..\r\n.\r\n"
	// "a"
	// fifo: producer: bare CR or LF
}

func ExampleChunked() {
	var f fifo.FIFO
	f.PushProducer(fifo.Chunked(fifo.Concat(fifo.Bytes([]byte("hello")), fifo.Bytes([]byte("wide")))))
	send(&f)
	// Output:
	// "5\r\nhello\r\n"
	// "4\r\nwide\r\n0"
	// "\r\n\r\n"
}

func ExampleHook() {
	var f fifo.FIFO
	tell := func(n int64, err error) { fmt.Println(n, err, errors.Is(err, fifo.ErrDiscarded)) }
	f.PushProducer(fifo.Hook(fifo.Bytes([]byte("hello")), tell))
	send(&f)
	f.PushProducer(fifo.Hook(fifo.Bytes([]byte("hello")), tell))
	f.Discard()
	// Output:
	// "hello"
	// 5 <nil> false
	// 0 fifo: producer was discarded true
}

func ExampleFIFO_High() {
	var f fifo.FIFO
	f.SetMarks(4, 8)
	for !f.High() {
		f.PushString("abc")
	}
	fmt.Println("stop at", f.Len())
	for f.High() {
		f.Drain(func([][]byte) (int, error) { return 1, nil })
	}
	fmt.Println("go on at", f.Len())
	// Output:
	// stop at 9
	// go on at 4
}
