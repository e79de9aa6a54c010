package web

import (
	"strings"
	"testing"
	"time"

	"github.com/go-asynchat/asynchat/chat/web/webtest"
)

func FuzzHead(f *testing.F) {
	f.Add("GET / HTTP/1.0|Host: h")
	f.Add("POST /echo HTTP/1.1|Host: h|Content-Length: 5|Connection: close, " +
		"keep-alive|Expect: 100-continue")
	f.Add("GET http://h?x HTTP/1.1|Range: bytes=0-1|If-Range: x|If-Modified-Since: Sat, " +
		"01 Jan 2000 00:00:00 GMT")
	f.Add("GET /%2e%2e HTTP/1.9|Transfer-Encoding: chunked|If-None-Match: *")
	f.Fuzz(func(t *testing.T, in string) {
		r, refused := parseHead(in)
		if refused != nil {
			if !refused.final() {
				t.Errorf("%q: %d is not final", in, refused.Code)
			}
			return
		}
		r.keeps()
		r.Condition(time.Now())
		if r.coded != r.chunked || r.chunked && r.length >= 0 || r.count > MaxFields ||
			strings.ContainsAny(r.Path+r.RawQuery, " \r\n\x00") {
			t.Errorf("%q was taken as %+v", in, r)
		}
		if r.Method != "GET" {
			return
		}
		if !strings.HasPrefix(r.Path, "/") {
			t.Errorf("%q was taken as %+v", in, r)
		}
	})
}

// However a stream is cut, the answers are the same, they are answers, and after the end of the
// stream the server hangs up.
func FuzzSession(f *testing.F) {
	s := newSite()
	f.Add("GET /page HTTP/1.1\r\nHost: h\r\n\r\nGET /stream HTTP/1.1\r\nHost: h\r\n\r\n", uint(7))
	f.Add("POST /form?a=1 HTTP/1.0\r\nContent-Type: application/x-www-form-urlencoded\r\n"+
		"Content-Length: 3\r\n\r\nb=2", uint(70))
	f.Add("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\nHEAD /lazy HTTP/1.0\r\n\r\n",
		uint(40))
	f.Fuzz(func(t *testing.T, in string, cut uint) {
		whole := webtest.SameWhenCut(t, in, cut, func(pieces ...string) outcome {
			return runSession(t, s, pieces...)
		})
		if !whole.closedAtEOF || whole.atEOF != "" ||
			whole.got != "" && !strings.HasPrefix(whole.got, "HTTP/1.") {
			t.Errorf("%q: %+v", in, whole)
		}
		if whole.got == "" && whole.closed || whole.state >= answering {
			t.Errorf("%q: neither an answer nor waiting for more: %+v", in, whole)
		}
	})
}

type outcome struct {
	got, atEOF          string
	closed, closedAtEOF bool
	state               state
}

func runSession(t *testing.T, s *Site, pieces ...string) (o outcome) {
	c, h := connect(t, s)
	for _, p := range pieces {
		c.SendString(p)
	}
	o.got, o.closed, o.state = string(c.Received()), c.Closed(), h.state
	if o.closed {
		o.state = inLine // it does not matter any more
	}
	c.CloseWrite()
	o.atEOF, o.closedAtEOF = string(c.Received()), c.Closed()
	return o
}
