package web

import (
	"strings"
	"testing"
)

func TestParseRequestLine(t *testing.T) {
	tests := []struct {
		line                string
		code                int
		method, path, query string
		minor               byte
	}{
		{"GET / HTTP/1.0", 0, "GET", "/", "", 0},
		{"BREW /pot HTTP/1.0", 0, "BREW", "/pot", "", 0},
		{"get / HTTP/1.0", 0, "get", "/", "", 0},
		{"GET / HTTP/1.1", 0, "GET", "/", "", 1},
		{"GET / HTTP/1.7", 0, "GET", "/", "", 7},
		{"HEAD /a/b?c=d HTTP/1.0", 0, "HEAD", "/a/b", "c=d", 0},
		{"GET /a?b?c HTTP/1.0", 0, "GET", "/a", "b?c", 0},
		{"GET /? HTTP/1.0", 0, "GET", "/", "", 0},
		{"GET //x HTTP/1.0", 0, "GET", "//x", "", 0},
		{"GET /ä HTTP/1.0", 0, "GET", "/ä", "", 0},
		{"GET /\xff HTTP/1.0", 0, "GET", "/\xff", "", 0},
		{"GET http://example.org HTTP/1.1", 0, "GET", "/", "", 1},
		{"GET HTTP://example.org/a?b HTTP/1.1", 0, "GET", "/a", "b", 1},
		{"GET http://example.org?b/c HTTP/1.1", 0, "GET", "/", "b/c", 1},
		{"OPTIONS * HTTP/1.1", 0, "OPTIONS", "*", "", 1},
		{"CONNECT a.b:80 HTTP/1.1", 0, "CONNECT", "a.b:80", "", 1},
		{"CONNECT [::1]:80 HTTP/1.1", 0, "CONNECT", "[::1]:80", "", 1},
		{"GET http://h:80/a HTTP/1.1", 0, "GET", "/a", "", 1},
		{"DELETE /x HTTP/1.1", 0, "DELETE", "/x", "", 1},

		{"GET", 400, "", "", "", 0},
		{"GET /", 400, "", "", "", 0},
		{"GET / ", 400, "", "", "", 0},
		{" GET / HTTP/1.0", 400, "", "", "", 0},
		{"GET  / HTTP/1.0", 400, "", "", "", 0},
		{"GET /  HTTP/1.0", 400, "", "", "", 0},
		{"GET / HTTP/1.0 ", 400, "", "", "", 0},
		{"GET\t/ HTTP/1.0", 400, "", "", "", 0},
		{"GET /a b HTTP/1.0", 400, "", "", "", 0},
		{"GET / HTTP/1.0\r", 400, "", "", "", 0},
		{"GET / HTTP/1.0\nX: y", 400, "", "", "", 0},
		{"GET / HTTP/1.10", 400, "", "", "", 0},
		{"GET / HTTP/1", 400, "", "", "", 0},
		{"GET / HTTP/1.", 400, "", "", "", 0},
		{"GET / HTTP/x.y", 400, "", "", "", 0},
		{"GET / http/1.1", 400, "", "", "", 0},
		{"GET / ICY/1.1", 400, "", "", "", 0},
		{"GE(T / HTTP/1.0", 400, "", "", "", 0},
		{"G\x00T / HTTP/1.0", 400, "", "", "", 0},
		{"GET x HTTP/1.0", 400, "GET", "x", "", 0},
		{"GET * HTTP/1.0", 400, "GET", "*", "", 0},
		{"GET ?x HTTP/1.0", 400, "GET", "", "x", 0},
		{"GET https://h/ HTTP/1.0", 400, "GET", "https://h/", "", 0},
		{"GET /#top HTTP/1.0", 400, "GET", "", "", 0},
		{"GET /\x00 HTTP/1.0", 400, "GET", "", "", 0},
		{"GET /\r HTTP/1.0", 400, "GET", "", "", 0},
		{"GET /\n HTTP/1.0", 400, "GET", "", "", 0},
		{"GET /\x7f HTTP/1.0", 400, "GET", "", "", 0},

		{"CONNECT /x HTTP/1.1", 400, "CONNECT", "/x", "", 1},
		{"CONNECT a.b HTTP/1.1", 400, "CONNECT", "a.b", "", 1},
		{"GET http:///x HTTP/1.1", 400, "GET", "", "", 1},
		{"GET http://?x HTTP/1.1", 400, "GET", "", "", 1},
		{"GET http://a@b/x HTTP/1.1", 400, "GET", "", "", 1},
		{"GET http://a,b/x HTTP/1.1", 400, "GET", "", "", 1},
		{"GET http://a:b/x HTTP/1.1", 400, "GET", "", "", 1},
		{"GET http://[/x HTTP/1.1", 400, "GET", "", "", 1},
		{"PRI * HTTP/2.0", 505, "", "", "", 0},
		{"GET / HTTP/2.0", 505, "", "", "", 0},
		{"GET / HTTP/0.9", 505, "", "", "", 0},
		{"GET / HTTP/3.0", 505, "", "", "", 0},
	}
	for _, tt := range tests {
		r, refused := parseRequestLine(tt.line)
		if codeOf(refused) != tt.code || r.Method != tt.method || r.Path != tt.path ||
			r.RawQuery != tt.query || r.minor != tt.minor {
			t.Errorf("parseRequestLine(%q) = %q %q %q minor %d, code %d, want %q %q %q minor %d, code %d",
				tt.line,
				r.Method, r.Path, r.RawQuery, r.minor, codeOf(refused), tt.method, tt.path,
				tt.query, tt.minor, tt.code)
		}
	}
}

func codeOf(r *Refusal) int {
	if r == nil {
		return 0
	}
	return r.Code
}

// parseHead reads a head whose lines are separated by "|", the first being the request line.
func parseHead(s string) (Request, *Refusal) {
	lines := strings.Split(s, "|")
	r, refused := parseRequestLine(lines[0])
	for _, l := range lines[1:] {
		if refused == nil {
			refused = r.addField([]byte(l))
		}
	}
	if refused == nil {
		refused = r.check()
	}
	return r, refused
}

func TestHead(t *testing.T) {
	const post, get = "POST /echo HTTP/1.0", "GET / HTTP/1.1|Host: h"
	tests := []struct {
		head string
		code int
	}{
		{"GET / HTTP/1.0", 0},
		{"GET / HTTP/1.0|Host: h", 0},
		{get, 0},
		{"GET / HTTP/1.1|Host:", 0},
		{"GET / HTTP/1.1|host:[::1]:80 ", 0},
		{"GET / HTTP/1.1", 400},
		{get + "|Host: h", 400},
		{"GET / HTTP/1.0|Host: a|HOST: b", 400},
		{"GET / HTTP/1.1|Host: a b", 400},
		{"GET / HTTP/1.1|Host: a/b", 400},
		{"GET / HTTP/1.1|Host: a@b", 400},
		{"GET / HTTP/1.1|Host: a,b", 400},
		{"GET / HTTP/1.1|Host: a:b", 400},
		{"GET / HTTP/1.1|Host: a:65535", 0},
		{"GET / HTTP/1.1|Host: a:65536", 400},
		{"GET / HTTP/1.1|Host: a:+1", 400},
		{"GET / HTTP/1.1|Host: a:", 0},
		{"GET / HTTP/1.1|Host: [::1", 400},
		{"GET / HTTP/1.1|Host: []", 400},
		{"GET / HTTP/1.1|Host: http://a", 400},
		{"GET / HTTP/1.1|Host: \xe4", 400},
		{"GET / HTTP/1.1|Host: a<b", 400},
		{"GET http://h/ HTTP/1.1", 400},

		{get + "|Expect: 100-continue", 0},
		{get + "|Expect: wonders", 417},
		{"GET / HTTP/1.0|Expect: wonders", 0},

		{get + "|X: y", 0},
		{get + "|X:y", 0},
		{get + "|X:", 0},
		{get + "|X: \t y\tz \t", 0},
		{get + "|X: \xfcber", 0},
		{get + "|!#$%&'*+-.^_`|~09Az: x", 400}, // cut at "|", the separator of this table
		{get + "|!#$%&'*+-.^_`~09Az: x", 0},
		{get + "|X : y", 400},
		{get + "|X\t: y", 400},
		{get + "| X: y", 400},
		{get + "|X: y| folded", 400},
		{get + "|X: y|\tfolded: z", 400},
		{get + "|: y", 400},
		{get + "|X", 400},
		{get + "|X Y: z", 400},
		{get + "|X(: z", 400},
		{get + "|X\x00: z", 400},
		{get + "|X\xfc: z", 400},
		{get + "|X: a\x00b", 400},
		{get + "|X: a\rb", 400},
		{get + "|X: a\nb", 400},
		{get + "|X: a\r", 400},
		{get + "|X: \x7f", 400},
		{get + "|X: \x1b[0m", 400},

		{post + "|Content-Length: 0", 0},
		{post + "|CONTENT-LENGTH:\t12 ", 0},
		{post + "|Content-Length: 1048576", 0},
		{post + "|Content-Length: 3|content-length: 3", 0},
		{get + "|Content-Length: 3", 0},
		{post + "|Content-Length: 9223372036854775807", 0},
		{post + "|Content-Length: 9223372036854775808", 400},
		{post + "|Content-Length: 18446744073709551619", 400},
		{post + "|Content-Length:", 400},
		{post + "|Content-Length: -1", 400},
		{post + "|Content-Length: +1", 400},
		{post + "|Content-Length: 0x1", 400},
		{post + "|Content-Length: 3, 3", 400},
		{post + "|Content-Length: 3|Content-Length: 4", 400},
		{post + "|Content-Length: 0|Content-Length: 4", 400},
		{post + "|Content-Length: 1 2", 400},
		{post + "|Transfer-Encoding: chunked", 400},
		{post + "|transfer-encoding: identity", 400},
		{get + "|Transfer-Encoding:", 501},
		{get + "|Transfer-Encoding: identity", 501},
		{get + "|Transfer-Encoding: gzip, chunked", 501},
		{get + "|Transfer-Encoding: chunked, gzip", 400},
		{get + "|Transfer-Encoding: Chunked|Transfer-Encoding: gzip", 400},
		{get + "|Transfer-Encoding: chunked, chunked", 400},
		{get + "|Transfer-Encoding: chunked|Transfer-Encoding: chunked", 400},
		{get + "|Transfer-Encoding: \vchunked", 400},
		{get + "|Transfer-Encoding: xchunked", 501},
		{get + "|Transfer-Encoding: chunked;q=1", 501},
		{get + "|Transfer-Encoding: Chunked", 0},
		{post + "|Transfer-Encoding: chunked|Content-Length: 3", 400},
		{post + "|Content-Length: 3|Transfer-Encoding: chunked", 400},
		{get + "|Transfer-Encoding: chunked", 0},

		{get + strings.Repeat("|X: y", MaxFields-1), 0},
		{get + strings.Repeat("|X: y", MaxFields), 431},
	}
	for _, tt := range tests {
		if _, refused := parseHead(tt.head); codeOf(refused) != tt.code {
			t.Errorf("head %q: code %d, want %d", tt.head, codeOf(refused), tt.code)
		}
	}
}

func TestKeeps(t *testing.T) {
	tests := []struct {
		head string
		want bool
	}{
		{"GET / HTTP/1.0", false},
		{"GET / HTTP/1.0|Connection: keep-alive", true},
		{"GET / HTTP/1.0|Connection: Keep-Alive", true},
		{"GET / HTTP/1.0|Connection: foo , Keep-Alive,bar", true},
		{"GET / HTTP/1.0|Connection: foo|Connection: keep-alive", true},
		{"GET / HTTP/1.0|Connection: keep-alive, close", false},
		{"GET / HTTP/1.0|Connection: keep-alives", false},
		{"GET / HTTP/1.0|Keep-Alive: 300", false},
		{"GET / HTTP/1.1|Host: h", true},
		{"GET / HTTP/1.1|Host: h|Connection: Upgrade", true},
		{"GET / HTTP/1.1|Host: h|Connection: Close", false},
		{"GET / HTTP/1.1|Host: h|Connection: x,CLOSE", false},
		{"GET / HTTP/1.1|Host: h|Connection: close|Connection: keep-alive", false},
	}
	for _, tt := range tests {
		r, refused := parseHead(tt.head)
		if got := r.keeps(); got != tt.want || refused != nil {
			t.Errorf("head %q: keeps() = %v, code %d, want %v", tt.head, got, codeOf(refused), tt.want)
		}
	}
}

func TestHeader(t *testing.T) {
	r, refused := parseHead("GET / HTTP/1.0|X-Y:  a b |X:c|x-y: d|Empty:|X-Y-Z: e")
	if refused != nil {
		t.Fatal(refused)
	}
	for name, want := range map[string]string{"x-y": "a b, d", "x": "c", "empty": "", "x-y-z": "e",
		"y": "", "x-": "", "": ""} {
		if got := r.field(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if _, found := r.lookUp("empty"); !found {
		t.Error("an empty field was not found")
	}
}
