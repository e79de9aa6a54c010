package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/terminator"
)

const (
	maxHead     = 64 << 10         // bytes of the status line and the header fields
	maxHeld     = 64 << 10         // bytes of a body that waits for its turn; one read more may come
	dialTimeout = 10 * time.Second // for a server to answer
	maxSilence  = 30 * time.Second // between two pieces of a reply
)

// A fetch is the request of one URL, and the reply.
type fetch struct {
	*chat.Channel
	reply  // what the head says
	g      *getter
	url    string
	timer  *core.Timer
	line   []byte // of the head, so far
	head   int    // bytes of the head, so far
	inBody bool
	held   []byte // of the body, until its turn comes
	ended  bool
	err    error
}

func (f *fetch) begin() error {
	addr, request, err := newRequest(f.url)
	if err != nil {
		return err
	}
	dialer := chat.Dialer{Timeout: dialTimeout}
	_, err = dialer.Dial(context.Background(), f.g.loop, "tcp", addr,
		func(c *chat.Channel) chat.Handler {
			f.Channel = c
			c.SetTerminator(terminator.Line())
			c.PushString(request)
			return f
		})
	return err
}

func newRequest(raw string) (addr, request string, err error) {
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return "", "", err.(*url.Error).Err
	case u.Scheme == "https":
		return "", "", errors.New("https is not supported, only http")
	case u.Scheme != "http" || u.Hostname() == "":
		return "", "", errors.New("not a URL of the form http://host/path")
	case u.User != nil:
		return "", "", errors.New("user names in URLs are not supported")
	}
	port := u.Port()
	if port == "" {
		port = "80"
	}
	const format = "GET %s HTTP/1.0\r\nHost: %s\r\nUser-Agent: asynchat-httpget\r\n\r\n"
	return net.JoinHostPort(u.Hostname(), port), fmt.Sprintf(format, u.RequestURI(), u.Host), nil
}

func (f *fetch) HandleConnect() { f.timer = f.After(maxSilence, f.silent) }

// silent is called when nothing has come for a while.
func (f *fetch) silent() {
	if len(f.held) <= maxHeld { // or it is we who do not read
		f.end(os.ErrDeadlineExceeded)
	}
}

// resume gives the fetch the turn.
func (f *fetch) resume() {
	f.ResumeReading()
	if f.timer != nil {
		f.timer.Reset(maxSilence)
	}
}

func (f *fetch) CollectIncomingData(data []byte) {
	f.timer.Reset(maxSilence)
	switch {
	case !f.inBody:
		if f.head += len(data); f.head > maxHead {
			f.end(errors.New("the header fields are too long"))
			return
		}
		f.line = append(f.line, data...)
	case f == f.g.fetches[f.g.current]:
		f.g.write(data)
	default:
		if f.held = append(f.held, data...); len(f.held) > maxHeld {
			f.PauseReading()
		}
	}
}

func (f *fetch) FoundTerminator() {
	if f.inBody {
		f.end(nil)
		return
	}
	line := string(f.line)
	f.line = f.line[:0]
	f.head += len("\r\n")
	if err := f.take(line); err != nil {
		f.end(err)
	} else if line == "" && f.status != "" { // an interim reply leaves no status
		f.inBody = true
		f.SetTerminator(f.bodyEnd())
	}
}

// end ends the fetch: with success if err is nil.
func (f *fetch) end(err error) {
	f.err = err
	f.ended = true
	f.Close()
}

// HandleClose is the end of every fetch that has begun. The end of the stream is the end of a body
// without a length, and of nothing else.
func (f *fetch) HandleClose(err error) {
	if f.timer != nil {
		f.timer.Stop()
	}
	if !f.ended {
		f.ended = true
		if !errors.Is(err, io.EOF) {
			f.err = err
		} else if !f.inBody || f.length >= 0 {
			f.err = io.ErrUnexpectedEOF
		}
	}
	f.g.advance()
}
