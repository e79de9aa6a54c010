package main

import (
	"strings"
	"testing"
)

func FuzzHead(f *testing.F) {
	f.Add("GET / HTTP/1.0|Host: h")
	f.Add("POST /echo HTTP/1.1|Host: h|Content-Length: 5|Connection: close, keep-alive|Expect: 100-continue")
	f.Add("GET http://h?x HTTP/1.1|Range: bytes=0-1|If-Range: x|If-Modified-Since: Sat, 01 Jan 2000 00:00:00 GMT")
	f.Add("GET /%2e%2e HTTP/1.9|Transfer-Encoding: chunked|If-None-Match: *")
	f.Fuzz(func(t *testing.T, in string) {
		r, refused := parseHead(in)
		if refused != nil {
			if !refused.final() {
				t.Errorf("%q: %d is not final", in, refused.code)
			}
			return
		}
		r.keeps()
		r.notModified(fileDate)
		if r.length > maxBody || r.coded || r.fields > maxFields || strings.ContainsAny(r.path+r.query, " \r\n\x00") {
			t.Errorf("%q was taken as %+v", in, r)
		}
		if r.method != "GET" {
			return
		}
		if !strings.HasPrefix(r.path, "/") || r.query != "" && r.query[0] != '?' {
			t.Errorf("%q was taken as %+v", in, r)
		}
		if name, refused := localName(r.path); refused == nil && (strings.HasPrefix(name, "/") || strings.Contains("/"+name+"/", "/../") || name == "") {
			t.Errorf("%q: local name %q", in, name)
		}
		for size := range int64(5) {
			first, length, v := parseRange(r.ranges, size)
			if v == part && (first < 0 || length < 1 || first+length > size) || v == whole && (first != 0 || length != size) {
				t.Errorf("%q of %d bytes: %d, %d, %d", r.ranges, size, first, length, v)
			}
		}
	})
}

// However a stream is cut, the answers are the same, they are answers, and after the end of the stream the server hangs up.
func FuzzSession(f *testing.F) {
	s := newSite(f, map[string]string{"a.txt": "0123456789", "big.txt": pattern(70_000), "sub/x": ""})
	f.Add("GET /a.txt HTTP/1.1\r\nHost: h\r\n\r\nGET /big.txt HTTP/1.1\r\nHost: h\r\nRange: bytes=-5\r\n\r\n", uint(7))
	f.Add("\r\nPOST /echo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nGET /GET /sub HTTP/1.0\r\n\r\n", uint(70))
	f.Add("GET /big.txt HTTP/1.0\r\nConnection: keep-alive\r\n\r\nHEAD / HTTP/1.0\r\n\r\n", uint(40))
	f.Add("PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n\r\n\r\n\r\n", uint(1))
	f.Fuzz(func(t *testing.T, in string, cut uint) {
		k := int(cut % uint(len(in)+1))
		whole := runSession(t, s, in)
		for name, pieces := range map[string][]string{"in two": {in[:k], in[k:]}, "byte by byte": strings.Split(in, "")} {
			if len(in) > 4<<10 && len(pieces) > 2 {
				continue
			}
			if got := runSession(t, s, pieces...); got != whole {
				t.Errorf("%q cut %s (%d):\ngot  %+v\nwant %+v", in, name, k, got, whole)
			}
		}
		if !whole.closedAtEOF || whole.atEOF != "" || whole.got != "" && !strings.HasPrefix(whole.got, "HTTP/1.") {
			t.Errorf("%q: %+v", in, whole)
		}
		if whole.got == "" && whole.closed || whole.state == streaming {
			t.Errorf("%q: neither an answer nor waiting for more: %+v", in, whole)
		}
	})
}

type outcome struct {
	got, atEOF          string
	closed, closedAtEOF bool
	state               state
}

func runSession(t *testing.T, s *site, pieces ...string) (o outcome) {
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
