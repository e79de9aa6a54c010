package web

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/chat/web/webtest"
)

const chunkedPost = "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"

func TestChunkedBody(t *testing.T) {
	big := strings.Repeat("0123456789abcdef", MaxBody/16)
	for _, tt := range []struct {
		body string
		code int
		want string
	}{
		{"0\r\n\r\n", 200, ""},
		{"3\r\nabc\r\n0\r\n\r\n", 200, "abc"},
		{"3\r\nabc\r\n00A\r\n0123456789\r\n000\r\n\r\n", 200, "abc0123456789"},
		{"a\r\n\r\n\r\n\r\n\r\n\r\n\r\n0\r\n\r\n", 200, "\r\n\r\n\r\n\r\n\r\n"},
		{"3;a;b=c;d=\"e\"\r\nabc\r\n0;x\r\n\r\n", 200, "abc"},
		{"3\r\nabc\r\n0\r\nX-Y: z\r\nContent-Length: 7\r\n\r\n", 200, "abc"},
		{fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(big), big), 200, big},

		{fmt.Sprintf("%x\r\n", len(big)+1), 413, ""},
		{fmt.Sprintf("%x\r\n%s\r\n1\r\n", len(big), big), 413, ""},
		{"7fffffffffffffff\r\n", 400, ""},
		{"0000000000000003\r\n", 400, ""},
		{"\r\n", 400, ""},
		{";x\r\n", 400, ""},
		{"3 \r\n", 400, ""},
		{" 3\r\n", 400, ""},
		{"3 ;x\r\n", 400, ""},
		{"+3\r\n", 400, ""},
		{"-3\r\n", 400, ""},
		{"0x3\r\n", 400, ""},
		{"3_0\r\n", 400, ""},
		{"3g\r\n", 400, ""},
		{"3\n\r\n", 400, ""},
		{"3\r\r\n", 400, ""},
		{"3;\n\r\n", 400, ""},
		{"3;\x00\r\n", 400, ""},
		{"3;" + strings.Repeat("x", maxSizeLine), 400, ""},
		{"3\r\nabcd\r", 400, ""},
		{"3\r\nabc\n0", 400, ""},
		{"3\r\nabc00", 400, ""},
		{"0\r\nX\r\n", 400, ""},
		{"0\r\nX : y\r\n", 400, ""},
		{"0\r\n X: y\r\n", 400, ""},
		{"0\r\nX: a\nb\r\n", 400, ""},
		{"0\r\n" + strings.Repeat("X: y\r\n", MaxFields-1), 431, ""},
		{"0\r\nX: " + strings.Repeat("y", MaxHeaders), 431, ""},
	} {
		play := webtest.Exchange
		if len(tt.body) > 10_000 {
			play = func(tb testing.TB, h chat.NewHandler, in string) (string, bool) {
				return webtest.Play(tb, h, in)
			}
		}
		got, closed := play(t, newSite().NewSession, chunkedPost+tt.body)
		name := tt.body[:min(len(tt.body), 60)]
		all := webtest.Answers(t, got, "POST")
		if len(all) != 1 || all[0].StatusCode != tt.code || tt.code == 200 && all[0].Text != tt.want ||
			closed != (tt.code != 200) {
			t.Errorf("%q: got %.80q, closed %v; want %d", name, got, closed, tt.code)
		}
	}
}

// The request behind a chunked body is found, and nothing in the body is taken for one.
func TestChunkedPipeline(t *testing.T) {
	const next = "GET /page HTTP/1.1\r\nHost: h\r\n\r\n"
	in := fmt.Sprintf("%s%x\r\n%s\r\n0\r\nX: y\r\n\r\n%s", chunkedPost, len(next), next, next)
	got, _ := webtest.Exchange(t, newSite().NewSession, in)
	all := webtest.Answers(t, got, "POST", "GET")
	if len(all) != 2 || all[0].Text != next || all[1].Text != "<p>page" {
		t.Errorf("got %q", got)
	}
}

// A client that drips a chunked body is answered like any that is too slow.
func TestChunkedBodyIsOneElement(t *testing.T) {
	c := chattest.NewConn(t, newSite().NewSession)
	c.SendString(chunkedPost)
	for range 10 {
		c.Advance(9 * time.Second)
		c.SendString("1\r\nx\r\n")
	}
	if got := string(c.Received()); !strings.HasPrefix(got, "HTTP/1.1 408 ") {
		t.Errorf("got %.60q", got)
	}
}

// What needs no body is answered before it comes; a small rest of it is skipped, and the connection
// goes on.
func TestAnswerBeforeTheBody(t *testing.T) {
	const host = " HTTP/1.1\r\nHost: h\r\n"
	const page = "GET /page" + host + "\r\n"
	for _, tt := range []struct {
		head   string
		code   int
		closed bool
		rest   string
	}{
		{"POST /nowhere" + host + "Content-Length: 200000\r\n\r\n", 404, true, ""},
		{"POST /nowhere" + host + "Content-Length: 65537\r\n\r\n", 404, true, ""},
		{"POST /nowhere" + host + "Content-Length: 65536\r\n\r\n", 404, false,
			strings.Repeat("x", 65536)},
		{"POST /nowhere" + host + "Content-Length: 5\r\n\r\n", 404, false, "GET /"},
		{"PUT /page" + host + "Content-Length: 5\r\n\r\n", 405, false, "GET /"},
		{"POST /echo" + host + "Origin: http://evil\r\nContent-Length: 5\r\n\r\n", 403, false, "GET /"},
		{"POST /echo" + host + "\r\n", 411, true, ""},
		{"POST /echo" + host + "Content-Length: 1048577\r\n\r\n", 413, true, ""},
		{"POST /nowhere" + host + "Transfer-Encoding: chunked\r\n\r\n", 404, true, ""},
		{"POST /nowhere" + host + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n", 404, true, ""},
		{"GET /page" + host + "Content-Length: 5\r\n\r\n", 200, false, "GET /"},
		{"GET /stream" + host + "Content-Length: 5\r\n\r\n", 200, false, "GET /"},
		{"OPTIONS *" + host + "Content-Length: 5\r\n\r\n", 204, false, "GET /"},
	} {
		c := chattest.NewConn(t, newSite().NewSession)
		c.SendString(tt.head)
		all := webtest.Answers(t, string(c.Received()), strings.Fields(tt.head)[0])
		if len(all) != 1 || all[0].StatusCode != tt.code || all[0].Close != tt.closed {
			t.Errorf("%q: %d answers before the body: %+v", tt.head, len(all), all)
			continue
		}
		c.SendString(tt.rest + page)
		all = webtest.Answers(t, string(c.Received()), "GET")
		if want := map[bool]int{false: 1}[tt.closed]; len(all) != want ||
			want == 1 && all[0].Text != "<p>page" {
			t.Errorf("%q: %d answers behind the body", tt.head, len(all))
		}
	}
}

// The host is that of the target, whatever the Host header says.
func TestHostOfTheTarget(t *testing.T) {
	for head, want := range map[string]string{
		"GET / HTTP/1.1|Host: h:80":              "h:80",
		"GET http://a:1/ HTTP/1.1|Host: h":       "a:1",
		"GET / HTTP/1.0":                         "",
		"CONNECT a:443 HTTP/1.1|Host: something": "a:443",
	} {
		if r, refused := parseHead(head); r.Host != want || refused != nil {
			t.Errorf("%q: host %q, %v", head, r.Host, refused)
		}
	}
}
