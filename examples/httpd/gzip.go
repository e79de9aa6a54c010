package main

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/web"
	"github.com/go-asynchat/asynchat/fifo"
)

const (
	leastZipped = 1 << 10 // bytes: a smaller body fits into one packet as it is
	// Compressions in progress, of nearly 1 MiB each; beyond that, bodies are sent as they are.
	maxZips = 64
)

// A press is what a compression needs.
type press struct {
	gzip.Writer
	in  [64 << 10]byte
	out bytes.Buffer
}

var presses = sync.Pool{New: func() any {
	p := new(press)
	w, _ := gzip.NewWriterLevel(&p.out, gzip.BestSpeed) // the level is a valid one
	p.Writer = *w
	return p
}}

// vary returns the header by which caches know that an answer of this type is not the same for
// every client.
func (s *site) vary(kind string) http.Header {
	if s.gzip && isText(kind) {
		return http.Header{"Vary": {"Accept-Encoding"}}
	}
	return http.Header{}
}

// zip answers with h.Size bytes of body, compressed, if that pays and the client takes it. If not,
// it returns false, and with body as it is the answer may be. A body that is an io.Closer is closed
// when it is sent.
func (s *site) zip(x *web.Exchange, h web.Head, body io.ReaderAt) bool {
	if !s.gzip || h.Size < leastZipped || !isText(h.Type) ||
		!takesGzip(strings.Join(x.Header()["Accept-Encoding"], ",")) {
		return false
	}
	h.Header = h.Header.Clone() // the answer may yet be the plain one
	h.Header.Set("Content-Encoding", "gzip")
	if h.Size <= int64(len(press{}.in)) {
		return zipAtOnce(x, h, body)
	}
	if s.zipping.Add(1) > maxZips {
		s.zipping.Add(-1)
		return false
	}
	p := presses.Get().(*press)
	p.Reset(&p.out)
	z := &zipper{site: s, channel: x.Channel(), press: p, body: io.NewSectionReader(body, 0, h.Size),
		left: h.Size, source: body}
	h.Size = -1
	x.Produce(h, z)
	return true
}

// zipAtOnce is for a body of one piece: its compressed length is known before the head is sent.
func zipAtOnce(x *web.Exchange, h web.Head, body io.ReaderAt) bool {
	p := presses.Get().(*press)
	defer presses.Put(p)
	in := p.in[:h.Size]
	if n, _ := body.ReadAt(in, 0); n < len(in) {
		return false // who sends it as it is sees why
	}
	p.out.Reset()
	p.Reset(&p.out)
	p.Write(in)
	p.Close()
	if p.out.Len() > len(in)*9/10 {
		return false
	}
	closeSource(body)
	x.Reply(h, p.out.Bytes())
	return true
}

// A zipper is the producer of a larger body. It compresses one piece in a turn of the loop, however
// little comes of it: of a file of zeros a whole gigabyte would have to be read before there is as
// much to send as the system takes at once, and the other connections would wait.
type zipper struct {
	site    *site
	channel *chat.Channel
	press   *press
	body    io.Reader
	left    int64
	source  io.ReaderAt
	worked  bool // in this turn
}

func (z *zipper) More() ([]byte, error) {
	if z.worked {
		return z.pause()
	}
	p := z.press
	p.out.Reset()
	n, err := z.body.Read(p.in[:])
	z.left -= int64(n)
	p.Write(p.in[:n])
	switch {
	case z.left == 0:
		p.Close()
		return p.out.Bytes(), io.EOF
	case err == io.EOF:
		return nil, io.ErrUnexpectedEOF // the file has become shorter
	case err != nil:
		return nil, err
	}
	if p.out.Len() == 0 {
		return z.pause()
	}
	z.worked = true
	return p.out.Bytes(), nil
}

// pause has More called again in the next turn. It returns no bytes beside the error: they could be
// sent after that turn, and nobody would call again.
func (z *zipper) pause() ([]byte, error) {
	z.worked = false
	z.channel.Post(z.channel.ResumeProducer)
	return nil, fifo.ErrNotReady
}

func (z *zipper) Close() error {
	closeSource(z.source)
	presses.Put(z.press)
	z.press = nil
	z.site.zipping.Add(-1)
	return nil
}

func closeSource(body io.ReaderAt) {
	if c, ok := body.(io.Closer); ok {
		c.Close()
	}
}

// isText reports whether compression makes sense for a type.
func isText(kind string) bool {
	kind, _, _ = strings.Cut(kind, ";")
	if strings.HasPrefix(kind, "text/") || strings.HasSuffix(kind, "+xml") ||
		strings.HasSuffix(kind, "+json") {
		return true
	}
	return slices.Contains([]string{"application/javascript", "application/json", "application/xml"},
		kind)
}

// takesGzip reads an Accept-Encoding header: whether gzip is named in it, by its name or by "*",
// and liked no less than what is not encoded.
func takesGzip(header string) bool {
	named, any, plain := -1.0, -1.0, -1.0
	for part := range strings.SplitSeq(header, ",") {
		coding, parameter, _ := strings.Cut(part, ";")
		q := weight(parameter)
		switch strings.ToLower(strings.TrimSpace(coding)) {
		case "gzip", "x-gzip":
			named = max(named, q)
		case "*":
			any = q
		case "identity":
			plain = q
		}
	}
	if named < 0 {
		named = any
	}
	return named > 0 && named >= plain
}

// weight reads the parameter "q=0.5" of a coding. Without one it is 1, and what is malformed is 0.
func weight(parameter string) float64 {
	parameter = strings.TrimSpace(parameter)
	if parameter == "" {
		return 1
	}
	key, value, _ := strings.Cut(parameter, "=")
	q, err := strconv.ParseFloat(value, 64)
	if err != nil || !strings.EqualFold(key, "q") || !(q >= 0 && q <= 1) {
		return 0
	}
	return q
}
