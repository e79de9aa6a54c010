package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/chat/web"
)

func TestDialogue(t *testing.T) {
	s := newTestSite(t, map[string]string{"hello.txt": "Hello, world\n"})
	const fields = "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 13\r\n" +
		"Last-Modified: Fri, 31 Dec 1999 23:59:58 GMT\r\nAccept-Ranges: bytes\r\n" +
		"Vary: Accept-Encoding\r\n\r\n"
	const begin = "Server: asynchat\r\nDate: Sat, 01 Jan 2000 00:00:00 GMT\r\n"
	tests := []struct {
		in, want string
		closed   bool
	}{
		{"GET /hello.txt HTTP/1.0\r\n\r\n",
			"HTTP/1.0 200 OK\r\n" + begin + "Connection: close\r\n" + fields + "Hello, world\n", true},
		{"GET /hello.txt HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
			"HTTP/1.0 200 OK\r\n" + begin + "Connection: keep-alive\r\n" + fields + "Hello, world\n", false},
		{"GET /hello.txt HTTP/1.1\r\nHost: h\r\n\r\n",
			"HTTP/1.1 200 OK\r\n" + begin + fields + "Hello, world\n", false},
		{"HEAD /hello.txt HTTP/1.1\r\nHost: h\r\n\r\n",
			"HTTP/1.1 200 OK\r\n" + begin + fields, false},
		{"GET /hello.txt HTTP/1.9\r\nHost: h\r\nConnection: close\r\n\r\n",
			"HTTP/1.1 200 OK\r\n" + begin + "Connection: close\r\n" + fields + "Hello, world\n", true},
		{"GET /hello.txt HTTP/1.1\r\nHost: h\r\nIf-Modified-Since: Fri, 31 Dec 1999 23:59:58 GMT\r\n\r\n",
			"HTTP/1.1 304 Not Modified\r\n" + begin +
				"Last-Modified: Fri, 31 Dec 1999 23:59:58 GMT\r\nVary: Accept-Encoding\r\n\r\n", false},
		{"POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\na\r\n\x00b",
			"HTTP/1.1 200 OK\r\n" + begin +
				"Content-Type: application/octet-stream\r\nContent-Length: 5\r\n\r\na\r\n\x00b", false},
		{"POST /echo HTTP/1.0\r\nContent-Length: 0\r\n\r\n",
			"HTTP/1.0 200 OK\r\n" + begin + "Connection: close\r\n" +
				"Content-Type: application/octet-stream\r\nContent-Length: 0\r\n\r\n", true},
		{"", "", false},
		{"\r\n\r\n", "", false},
		{"GET /hello.txt HTTP/1.0\r\n", "", false},
		{"GET /hello.txt HTTP/1.0\r\n\r", "", false},
		{"GET /hello.txt HTTP/1.0\n\n", "", false}, // a bare LF ends nothing
	}
	for _, tt := range tests {
		if got, closed := exchange(t, s, tt.in); got != tt.want || closed != tt.closed {
			t.Errorf("%q:\ngot  %q, closed %v\nwant %q, closed %v", tt.in, got, closed, tt.want, tt.closed)
		}
	}
}

func TestStatus(t *testing.T) {
	s := newTestSite(t, map[string]string{"a.txt": "0123456789", "sub/b.txt": "b"})
	const host = " HTTP/1.1\r\nHost: h\r\n"
	tests := []struct {
		in     string
		code   int
		closed bool
		header string // "Name: value" that the answer must have
	}{
		{"GET / HTTP/2.0\r\n", 505, true, ""},
		{"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, true, ""},
		{"GET /\r\n", 400, true, ""},
		{"hello\r\n", 400, true, ""},
		{"\r\n\r\n\r\n", 400, true, ""},
		{"\r\n\r\nGET /a.txt" + host + "\r\n", 200, false, ""},
		{"GET /a.txt" + host + "X : y\r\n", 400, true, ""},
		{"GET /a.txt" + host + "X: y\n\r\n\r\n", 400, true, ""},
		{"GET /a.txt HTTP/1.1\r\n\r\n", 400, true, ""},
		{"GET /a%" + host + "\r\n", 400, true, ""},
		{"BREW /pot HTTP/1.0\r\n", 501, true, ""},
		{"GET /no" + host + "\r\n", 404, false, ""},
		{"GET /no HTTP/1.0\r\n\r\n", 404, true, ""},
		{"GET /a.txt/" + host + "\r\n", 404, false, ""},
		{"GET /a.txt/x" + host + "\r\n", 404, false, ""},
		{"GET /" + strings.Repeat("x", 1000) + host + "\r\n", 404, false, ""},
		{"GET /../a.txt" + host + "\r\n", 403, false, ""},
		{"GET /sub" + host + "\r\n", 301, false, "Location: /sub/"},
		{"GET /sub/" + host + "\r\n", 200, false, "Content-Type: text/html; charset=utf-8"},
		{"HEAD /sub/" + host + "\r\n", 200, false, ""},
		{"HEAD /no" + host + "\r\n", 404, false, ""},
		{"PUT /a.txt" + host + "Content-Length: 3\r\n\r\nabc", 405, false, "Allow: GET, HEAD, OPTIONS"},
		{"POST /a.txt" + host + "Content-Length: 3\r\n\r\nabc", 405, false, "Allow: GET, HEAD, OPTIONS"},
		{"DELETE /a.txt" + host + "\r\n", 405, false, "Allow: GET, HEAD, OPTIONS"},
		{"DELETE /echo" + host + "\r\n", 405, false, "Allow: GET, HEAD, OPTIONS, POST"},
		{"OPTIONS *" + host + "\r\n", 204, false, "Allow: GET, HEAD, OPTIONS, POST"},
		{"CONNECT h:80" + host + "\r\n", 405, false, ""},
		{"POST /echo" + host + "\r\n", 411, true, ""},
		{"POST /echo" + host + "Content-Length: 1048577\r\n\r\n", 413, true, ""},
		{"POST /echo" + host + "Content-Length: 1048577\r\nExpect: 100-continue\r\n\r\n", 413, true, ""},
		{"POST /echo" + host + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501, true, ""},
		{"POST /echo" + host + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n", 400, true, ""},
		{"POST /echo" + host + "Content-Length: 3\r\nContent-Length: 4\r\n", 400, true, ""},
		{"GET /a.txt" + host + "Content-Length: 3\r\n\r\nabc", 200, false, ""},
		{"GET /a.txt" + host + "If-Match: \"x\"\r\n\r\n", 412, false, ""},
		{"GET /a.txt" + host + "If-Unmodified-Since: Fri, 31 Dec 1999 23:59:57 GMT\r\n\r\n",
			412, false, ""},
		{"POST /echo" + host + "Expect: wonders\r\nContent-Length: 3\r\n\r\n", 417, true, ""},
		{"GET /a.txt" + host + "Range: bytes=2-4\r\n\r\n", 206, false, "Content-Range: bytes 2-4/10"},
		{"GET /a.txt" + host + "Range: bytes=10-\r\n\r\n", 416, false, "Content-Range: bytes */10"},
		{"GET /" + strings.Repeat("x", web.MaxLine-len("GET / HTTP/1.0")) +
			" HTTP/1.0\r\n\r\n", 404, true, ""},
		{"GET /" + strings.Repeat("x", web.MaxLine-len("GET / HTTP/1.0")+1) +
			" HTTP/1.0\r\n\r\n", 414, true, ""},
		{strings.Repeat("x", web.MaxLine+1), 414, true, ""},
		{"GET /a.txt" + host + strings.Repeat("X: y\r\n", web.MaxFields-1) + "\r\n", 200, false, ""},
		{"GET /a.txt" + host + strings.Repeat("X: y\r\n", web.MaxFields), 431, true, ""},
	}
	for _, tt := range tests {
		resp, body, closed := ask(t, s, tt.in)
		name := tt.in[:min(len(tt.in), 120)]
		if resp.StatusCode != tt.code || closed != tt.closed || resp.Close != closed {
			t.Errorf("%q: %d, closed %v, announced %v, want %d, %v", name, resp.StatusCode, closed,
				resp.Close, tt.code, tt.closed)
		}
		if key, value, _ := strings.Cut(tt.header, ": "); tt.header != "" &&
			resp.Header.Get(key) != value {
			t.Errorf("%q: %s is %q, want %q", name, key, resp.Header.Get(key), value)
		}
		if tt.code >= 400 && !strings.HasPrefix(tt.in, "HEAD") &&
			!strings.Contains(body, fmt.Sprintf("<h1>%d ", tt.code)) {
			t.Errorf("%q: the page is %q", name, body)
		}
	}
}

// The limit of all headers is a number of bytes, not of lines.
func TestHeadersTooLong(t *testing.T) {
	s := newTestSite(t, map[string]string{"a.txt": "x"})
	const start = "GET /a.txt HTTP/1.1\r\nHost: h\r\n"
	left := web.MaxHeaders - len("Host: h\r\n")
	field := func(n int) string { return "X: " + strings.Repeat("y", n-len("X: \r\n")) + "\r\n" }
	tests := []struct {
		fields string
		code   int
	}{
		{field(left) + "\r\n", 200},
		{field(left-1) + "\r\n", 200},
		{field(left+2) + "\r\n", 200}, // the end of the line that reaches the limit is not counted
		{field(left + 3), 431},
		{field(20000) + field(left-20000) + "\r\n", 200},
		{field(20000) + field(left-20000) + "Y: z\r\n", 431},
		{"X: " + strings.Repeat("y", web.MaxHeaders), 431},
	}
	for _, tt := range tests {
		for _, cut := range []int{len(start), len(start) + left/2, len(start) + left - 1,
			len(start) + len(tt.fields)} {
			in := start + tt.fields
			cut = min(cut, len(in))
			got, _ := play(t, s, in[:cut], in[cut:])
			if all := answers(t, got, "GET"); len(all) != 1 || all[0].StatusCode != tt.code {
				t.Errorf("%d bytes of headers, cut at %d: got %.60q, want %d",
					len(tt.fields), cut, got, tt.code)
			}
		}
	}
}

func TestPipeline(t *testing.T) {
	files := map[string]string{}
	var in strings.Builder
	for i := range 20 {
		name := fmt.Sprintf("%d.txt", i)
		files[name] = pattern(i * i * i * 20) // from nothing to more than two buffers
		fmt.Fprintf(&in, "GET /%s HTTP/1.1\r\nHost: h\r\n\r\n", name)
	}
	s := newTestSite(t, files)
	got, closed := exchange(t, s, in.String())
	all := answers(t, got, "GET")
	if len(all) != 20 || closed {
		t.Fatalf("%d answers, closed %v, want 20, false", len(all), closed)
	}
	for i, a := range all {
		if want := files[fmt.Sprintf("%d.txt", i)]; a.StatusCode != 200 || a.Text != want {
			t.Errorf("answer %d: %d with %d bytes, want 200 with %d", i, a.StatusCode,
				len(a.Text), len(want))
		}
	}
}

// Bodies, errors and answers without a body do not lose the place where the next request begins.
func TestMixedPipeline(t *testing.T) {
	s := newTestSite(t, map[string]string{"a.txt": pattern(100_000), "sub/x": ""})
	const host = " HTTP/1.1\r\nHost: h\r\n"
	in := "GET /a.txt" + host + "\r\n" +
		"POST /echo" + host + "Content-Length: 18\r\n\r\nGET /no HTTP/1.0\r\n" +
		"HEAD /a.txt" + host + "\r\n" +
		"POST /echo" + host + "Content-Length: 0\r\n\r\n\r\n" +
		"PUT /a.txt" + host + "Content-Length: 5\r\n\r\nGET /" +
		"GET /no" + host + "\r\n" +
		"GET /sub/" + host + "Range: bytes=0-1\r\n\r\n" +
		"GET /a.txt" + host + "If-Modified-Since: Sat, 01 Jan 2000 00:00:00 GMT\r\n\r\n" +
		"GET /a.txt" + host + "Range: bytes=-5\r\nConnection: close\r\n\r\n" +
		"GET /behind-the-end" + host + "\r\n"
	got, closed := exchange(t, s, in)
	want := []int{200, 200, 200, 200, 405, 404, 200, 304, 206}
	all := answers(t, got, "GET", "POST", "HEAD", "POST", "GET")
	if len(all) != len(want) || !closed {
		t.Fatalf("%d answers, closed %v, want %d, true: %.300q", len(all), closed, len(want), got)
	}
	for i, a := range all {
		if a.StatusCode != want[i] {
			t.Errorf("answer %d: %d, want %d", i, a.StatusCode, want[i])
		}
	}
	if all[1].Text != "GET /no HTTP/1.0\r\n" || all[3].Text != "" ||
		all[8].Text != pattern(100_000)[99_995:] {
		t.Errorf("bodies: %q, %q, %q", all[1].Text, all[3].Text, all[8].Text)
	}
}

func TestEchoLarge(t *testing.T) {
	s := newTestSite(t, nil)
	body := pattern(web.MaxBody)
	in := fmt.Sprintf("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%s", len(body),
		body)
	for _, size := range []int{len(in), 60_000, 1000} {
		var pieces []string
		for rest := in; rest != ""; {
			n := min(size, len(rest))
			pieces, rest = append(pieces, rest[:n]), rest[n:]
		}
		got, closed := play(t, s, append(pieces, "GET / HTTP/1.0\r\n\r\n")...)
		all := answers(t, got, "POST")
		if len(all) != 2 || all[0].Text != body || !closed {
			t.Errorf("pieces of %d: %d answers, closed %v", size, len(all), closed)
		}
	}
}

func TestContinue(t *testing.T) {
	s := newTestSite(t, nil)
	const goOn = "HTTP/1.1 100 Continue\r\n\r\n"
	tests := []struct {
		in   string
		want bool
	}{
		{"POST /echo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n", true},
		{"POST /echo HTTP/1.1\r\nHost: h\r\nExpect: 100-Continue\r\nContent-Length: 3\r\n\r\n", true},
		{"POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n", false},
		{"POST /echo HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n", false},
	}
	for _, tt := range tests {
		c := chattest.NewConn(t, s.NewSession)
		c.SendString(tt.in)
		if got := string(c.Received()); got != map[bool]string{true: goOn}[tt.want] {
			t.Errorf("%q: got %q before the body, want 100: %v", tt.in, got, tt.want)
		}
		c.SendString("abc")
		if all := answers(t, string(c.Received()), "POST"); len(all) != 1 || all[0].Text != "abc" {
			t.Errorf("%q: %d answers after the body", tt.in, len(all))
		}
	}
	got, _ := exchange(t, s,
		"POST /echo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n")
	if strings.HasPrefix(got, goOn) {
		t.Errorf("got %q for a body of nothing", got)
	}
}

func TestLog(t *testing.T) {
	s := newTestSite(t, map[string]string{"a.txt": "0123456789"})
	tests := []struct{ in, want string }{
		{"GET /a.txt HTTP/1.0\r\n\r\n", `"GET /a.txt HTTP/1.0" 200 10`},
		{"HEAD /a.txt HTTP/1.0\r\n\r\n", `"HEAD /a.txt HTTP/1.0" 200 -`},
		{"GET /a.txt HTTP/1.0\r\nRange: bytes=1-2\r\n\r\n", `"GET /a.txt HTTP/1.0" 206 2`},
		{"GET /a.txt HTTP/1.0\r\nIf-Modified-Since: Sat, 01 Jan 2000 00:00:00 GMT\r\n\r\n",
			`"GET /a.txt HTTP/1.0" 304 -`},
		{"G\x1b[2J\"\n\xff\u00e4\r\n", `"G\x1b[2J\"\n\xff\u00e4" 400 `},
		{strings.Repeat("x", web.MaxLine+1), `"` + strings.Repeat("x", 1<<10) + `" 414 `},
	}
	for _, tt := range tests {
		var log bytes.Buffer
		s.Log = &log
		play(t, s, tt.in)
		want := "127.0.0.1 - - [01/Jan/2000:00:00:00 +0000] " + tt.want
		if got := log.String(); !strings.HasPrefix(got, want) || strings.Count(got, "\n") != 1 {
			t.Errorf("%.100q: logged %q, want %q", tt.in, got, want)
		}
	}
}
