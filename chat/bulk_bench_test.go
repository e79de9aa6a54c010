package chat_test

import (
	"bufio"
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
)

// counted counts lines, as each of the sinks does.
type counted struct{ lines, bytes int }

func (n *counted) add(line []byte) {
	n.lines++
	n.bytes += len(line)
}

// reusing is a handler with a buffer of its own, which it uses again for each line.
type reusing struct {
	*chat.Channel
	counted
	line []byte
}

func (r *reusing) CollectIncomingData(data []byte) { r.line = append(r.line, data...) }

func (r *reusing) FoundTerminator() {
	r.add(r.line)
	r.line = r.line[:0]
}

type countingReads struct {
	chat.Reads
	counted
	next func([]byte)
}

func (r *countingReads) take(line []byte) {
	r.add(line)
	r.Line(r.next)
}

var sinks = []struct {
	name    string
	handler chat.NewHandler
}{
	{"Messages", func(c *chat.Channel) chat.Handler {
		n := new(counted)
		return chat.Messages(crlf, func(_ *chat.Channel, line []byte) { n.add(line) })(c)
	}},
	{"Lines", func(c *chat.Channel) chat.Handler {
		n := new(counted)
		return chat.Lines(func(_ *chat.Channel, line []byte) { n.add(line) })(c)
	}},
	{"Handler", func(c *chat.Channel) chat.Handler {
		c.SetTerminator(crlf)
		return &reusing{Channel: c}
	}},
	{"Reads", func(c *chat.Channel) chat.Handler {
		r := &countingReads{Reads: chat.Reads{Channel: c}}
		r.next = r.take
		r.Line(r.next)
		return r
	}},
	{"Conversation", chat.Converse(func(v *chat.Conversation) error {
		for n := new(counted); ; {
			line, err := v.ReadUntil(crlf)
			if err != nil {
				return err
			}
			n.add(line)
		}
	})},
}

var bulkInput = bytes.Repeat([]byte(waysLine[:30]+"1234567890123456\r\n"), 64<<10/48)

// What a line of 48 bytes costs that comes in bulk, beside a bufio.Scanner. Read the figures as
// ratios, of runs that alternate.
func BenchmarkBulk(b *testing.B) {
	k := &endless{input: bulkInput}
	perLine := func(b *testing.B, bytes int) {
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())*48/float64(bytes), "ns/line")
	}
	for _, way := range sinks {
		b.Run(way.name, func(b *testing.B) {
			k := &metered{endless: *k}
			loop, err := core.New(core.WithKernel(k))
			require.NoError(b, err)
			defer loop.Close()
			chat.NewChannel(core.NewConn(loop, 0), way.handler)
			for b.Loop() {
				loop.Poll(0)
			}
			perLine(b, k.n)
		})
	}
	b.Run("Scanner", func(b *testing.B) {
		s := bufio.NewScanner(readFunc(func(p []byte) (int, error) { return k.Read(0, p) }))
		s.Buffer(make([]byte, 64<<10), 64<<10)
		n := new(counted)
		for b.Loop() && s.Scan() {
			n.add(s.Bytes())
		}
		perLine(b, n.bytes+2*n.lines)
	})
}

// What a line costs without a framework: its end is searched for, and its bytes are handed over, as
// each way does that. Nothing looks whether it still may, and no limit is kept, so no way can cost
// less.
func BenchmarkBulkBounds(b *testing.B) {
	k := &endless{input: bulkInput}
	buf := make([]byte, 64<<10)
	for _, way := range []struct {
		name string
		take func() func(line []byte)
	}{
		{"Function", func() func([]byte) {
			n := new(counted)
			return func(line []byte) { n.add(line) }
		}},
		{"Handler", func() func([]byte) {
			h := handlers[0]()
			return func(line []byte) {
				h.CollectIncomingData(line)
				h.FoundTerminator()
			}
		}},
		{"Copy", func() func([]byte) { // as Conversation does, whose function may wait behind a read
			n, own := new(counted), []byte(nil)
			return func(line []byte) {
				own = append(own[:0], line...)
				n.add(own)
			}
		}},
	} {
		b.Run(way.name, func(b *testing.B) {
			take, n := way.take(), 0
			for b.Loop() {
				got, _ := k.Read(0, buf)
				n += got
				for rest := buf[:got]; ; {
					end := bytes.IndexByte(rest, '\n')
					if end < 1 || rest[end-1] != '\r' {
						break
					}
					take(rest[: end-1 : end-1])
					rest = rest[end+1:]
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())*48/float64(n), "ns/line")
		})
	}
}

// handlers hides the type of the handler from the compiler, as in a program.
var handlers = []func() chat.Handler{func() chat.Handler { return &reusing{} }}

type readFunc func(p []byte) (int, error)

func (r readFunc) Read(p []byte) (int, error) { return r(p) }

// metered is an endless kernel that counts the bytes that were read.
type metered struct {
	endless
	n int
}

func (k *metered) Read(fd int, p []byte) (int, error) {
	n, err := k.endless.Read(fd, p)
	k.n += n
	return n, err
}
