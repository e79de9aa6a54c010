package main

import (
	"strings"
	"testing"

	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/chat/web/webtest"
)

// No path and no range leads out of what it is about.
func FuzzPath(f *testing.F) {
	f.Add("/%2e%2e", "bytes=0-1")
	f.Add("/a//b/./../%2f", "bytes=-2")
	f.Fuzz(func(t *testing.T, path, ranges string) {
		if name, refused := localName(path); refused == nil &&
			(strings.HasPrefix(name, "/") || strings.Contains("/"+name+"/", "/../") || name == "") {
			t.Errorf("%q: local name %q", path, name)
		}
		for size := range int64(5) {
			first, length, v := parseRange(ranges, size)
			if v == part && (first < 0 || length < 1 || first+length > size) ||
				v == whole && (first != 0 || length != size) {
				t.Errorf("%q of %d bytes: %d, %d, %d", ranges, size, first, length, v)
			}
		}
	})
}

// However a stream is cut, the answers are the same, they are answers, and after the end of the
// stream the server hangs up.
func FuzzSession(f *testing.F) {
	s := newTestSite(f,
		map[string]string{"a.txt": "0123456789", "big.txt": pattern(70_000), "sub/x": ""})
	f.Add("GET /a.txt HTTP/1.1\r\nHost: h\r\n\r\nGET /big.txt HTTP/1.1\r\nHost: h\r\n"+
		"Range: bytes=-5\r\n\r\n", uint(7))
	f.Add("\r\nPOST /echo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"+
		"GET /GET /sub HTTP/1.0\r\n\r\n", uint(70))
	f.Add("GET /big.txt HTTP/1.0\r\nConnection: keep-alive\r\n\r\nHEAD / HTTP/1.0\r\n\r\n", uint(40))
	f.Add("PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n\r\n\r\n\r\n", uint(1))
	f.Fuzz(func(t *testing.T, in string, cut uint) {
		whole := webtest.SameWhenCut(t, in, cut, func(pieces ...string) outcome {
			return runSession(t, s, pieces...)
		})
		if !whole.closedAtEOF || whole.atEOF != "" ||
			whole.got != "" && !strings.HasPrefix(whole.got, "HTTP/1.") {
			t.Errorf("%q: %+v", in, whole)
		}
		if whole.got == "" && whole.closed {
			t.Errorf("%q: closed without an answer: %+v", in, whole)
		}
	})
}

type outcome struct {
	got, atEOF          string
	closed, closedAtEOF bool
}

func runSession(t *testing.T, s *testSite, pieces ...string) (o outcome) {
	c := chattest.NewConn(t, s.NewSession)
	for _, p := range pieces {
		c.SendString(p)
	}
	o.got, o.closed = string(c.Received()), c.Closed()
	c.CloseWrite()
	o.atEOF, o.closedAtEOF = string(c.Received()), c.Closed()
	return o
}
