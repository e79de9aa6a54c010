// Package micro measures what needs no server: framing, timers, posts. "go run ./bench" runs it
// beside the rest. A figure means something only as a ratio to one beside it in the same run:
// machines are noisy.
package micro

import (
	"bufio"
	"bytes"
	"io"
	"net/textproto"
	"strings"
	"testing"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/terminator"
)

const (
	total     = 1 << 20
	chunkSize = 64 << 10 // what a loop reads at once
)

// sink is the handler: it counts, so that nothing is optimised away.
type sink struct{ bytes, elements int }

func (s *sink) CollectIncomingData(data []byte) { s.bytes += len(data) }
func (s *sink) FoundTerminator()                { s.elements++ }

// deliver feeds stream to h in chunks: the matcher looks at the chunk in place, and only the tail
// that it holds is copied in front of the next one; or, if reads says so, all is copied, as a read
// would.
func deliver(m *terminator.Matcher, h chat.Handler, stream, buf []byte, size int, reads bool) {
	held := 0
	for len(stream) > 0 {
		n := min(size, len(stream))
		chunk := stream[:n]
		if held > 0 || reads {
			copy(buf[held:], chunk)
			chunk = buf[:held+n]
		}
		stream = stream[n:]
		for {
			collect, skip, found := m.Next(chunk)
			if collect == 0 && skip == 0 && !found {
				break
			}
			if collect > 0 {
				h.CollectIncomingData(chunk[:collect])
			}
			chunk = chunk[collect+skip:]
			if found {
				h.FoundTerminator()
			}
		}
		held = copy(buf, chunk)
	}
}

func benchDeliver(b *testing.B, t terminator.Terminator, stream []byte) {
	benchMatcher(b, t, stream, chunkSize, false)
}

func benchMatcher(b *testing.B, t terminator.Terminator, stream []byte, size int, reads bool) {
	var m terminator.Matcher
	m.Set(t)
	m.SetLimit(0, false)
	var h chat.Handler = &sink{}
	buf := make([]byte, 2*chunkSize)
	b.SetBytes(int64(len(stream)))
	b.ReportAllocs()
	for b.Loop() {
		deliver(&m, h, stream, buf, size, reads)
	}
	if s := h.(*sink); m.Err() != nil || s.bytes == 0 && s.elements == 0 {
		b.Fatalf("%+v, %v", s, m.Err())
	}
}

// benchIndexByte finds every line end and does nothing else: the bound for whoever looks for them
// one by one.
func benchIndexByte(b *testing.B, stream []byte) {
	b.SetBytes(int64(len(stream)))
	n := 0
	for b.Loop() {
		for rest := stream; ; n++ {
			o := bytes.IndexByte(rest, '\n')
			if o < 0 {
				break
			}
			rest = rest[o+1:]
		}
	}
	if n == 0 {
		b.Fatal("no lines")
	}
}

// reader gives out stream in chunks.
type reader struct{ stream []byte }

func (r *reader) Read(p []byte) (int, error) {
	if len(r.stream) == 0 {
		return 0, io.EOF
	}
	n := copy(p[:min(len(p), chunkSize)], r.stream)
	r.stream = r.stream[n:]
	return n, nil
}

func benchRead(b *testing.B, stream []byte, read func(io.Reader) error) {
	b.SetBytes(int64(len(stream)))
	b.ReportAllocs()
	for b.Loop() {
		if err := read(&reader{stream}); err != nil && err != io.EOF {
			b.Fatal(err)
		}
	}
}

func scan(r io.Reader) error {
	s := bufio.NewScanner(r)
	s.Buffer(make([]byte, chunkSize), chunkSize)
	n := 0
	for s.Scan() {
		n += len(s.Bytes())
	}
	return s.Err()
}

func readLines(r io.Reader) error {
	tp := textproto.NewReader(bufio.NewReaderSize(r, chunkSize))
	for {
		if _, err := tp.ReadLine(); err != nil {
			return err
		}
	}
}

func readDot(r io.Reader) error {
	tp := textproto.NewReader(bufio.NewReaderSize(r, chunkSize))
	buf := make([]byte, chunkSize)
	for {
		d := tp.DotReader()
		n := 0
		for {
			k, err := d.Read(buf)
			n += k
			if err == io.EOF {
				break
			}
			if err != nil {
				return io.EOF // the stream has ended
			}
		}
	}
}

// lines returns CRLF lines of 20 to 80 bytes, or all of size bytes.
func lines(size int) []byte {
	var b bytes.Buffer
	for i := 0; b.Len() < total; i++ {
		n := size
		if n == 0 {
			n = 20 + i*7919%61
		}
		b.WriteString(strings.Repeat("lorem ipsum dolor sit amet. ", 1+n/28)[:n-2])
		b.WriteString("\r\n")
	}
	return b.Bytes()
}

func mails() []byte {
	body := lines(0)[:16<<10]
	body = body[:bytes.LastIndexByte(body, '\n')+1]
	mail, err := terminator.AppendDot(nil, body)
	if err != nil {
		panic(err)
	}
	return bytes.Repeat(mail, total/len(mail))
}

func BenchmarkFraming(b *testing.B) {
	crlf, endOfMail := terminator.String("\r\n"), terminator.String("\r\n.\r\n")
	for _, shape := range []struct {
		name   string
		stream []byte
	}{{"short", lines(0)}, {"4KiB", lines(4 << 10)}} {
		b.Run("lines/"+shape.name+"/Matcher", func(b *testing.B) { benchDeliver(b, crlf, shape.stream) })
		b.Run("lines/"+shape.name+"/MatcherLine", func(b *testing.B) {
			benchDeliver(b, terminator.Line(), shape.stream)
		})
		b.Run("lines/"+shape.name+"/MatcherRead", func(b *testing.B) {
			benchMatcher(b, crlf, shape.stream, 16<<10, true)
		})
		b.Run("lines/"+shape.name+"/Channel", func(b *testing.B) { benchChannel(b, shape.stream) })
		b.Run("lines/"+shape.name+"/IndexByte", func(b *testing.B) { benchIndexByte(b, shape.stream) })
		b.Run("lines/"+shape.name+"/bufio.Scanner", func(b *testing.B) {
			benchRead(b, shape.stream, scan)
		})
		b.Run("lines/"+shape.name+"/textproto.ReadLine", func(b *testing.B) {
			benchRead(b, shape.stream, readLines)
		})
	}
	b.Run("mail/Dot", func(b *testing.B) {
		benchDeliver(b, terminator.Dot(terminator.RejectBare), mails())
	})
	b.Run("mail/DotPassBare", func(b *testing.B) {
		benchDeliver(b, terminator.Dot(terminator.PassBare), mails())
	})
	b.Run("mail/String", func(b *testing.B) { benchDeliver(b, endOfMail, mails()) })
	b.Run("mail/textproto.DotReader", func(b *testing.B) { benchRead(b, mails(), readDot) })
	for _, hostile := range []struct {
		name, unit string
		t          terminator.Terminator
	}{
		{"all CR", "\r", crlf},
		{"all LF", "\n", crlf},
		{"CR a LF b", "\ra\nb", crlf},
		{"all CR, end of mail", "\r", endOfMail},
		{"all LF, end of mail", "\n", endOfMail},
		{"LF dot CRLF, end of mail", "\n.\r\n", endOfMail},
		{"CRLF dot CR, end of mail", "\r\n.\r", endOfMail},
		{"all dots, Dot", ".", terminator.Dot(terminator.PassBare)},
		{"all LF, Dot", "\n", terminator.Dot(terminator.PassBare)},
	} {
		b.Run("hostile/"+hostile.name, func(b *testing.B) {
			benchDeliver(b, hostile.t, bytes.Repeat([]byte(hostile.unit), total/len(hostile.unit)))
		})
	}
}
