package web

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/go-asynchat/asynchat/chat/web/webtest"
)

// What two suites of one name want of a server that answers with the body that it was sent:
// github.com/uNetworking/h1spec, and github.com/dropseed/h1spec. A bar is a line end. Where several
// statuses are right, want has their beginnings. A request without any is still waited for.
var h1specTable = []struct{ in, want, body string }{
	{"G", "", ""},
	{"GET ", "", ""},
	{"GET /hello", "", ""},
	{"GET /hello ", "", ""},
	{"GET /hello HTTP", "", ""},
	{"GET /hello HTTP/1.1", "", ""},
	{"GET /hello HTTP/1.1\r", "", ""},
	{"GET /hello HTTP/1.1|", "", ""},
	{"GET /hello HTTP/1.1|Hos", "", ""},
	{"GET /hello HTTP/1.1|Host:", "", ""},
	{"GET /hello HTTP/1.1|Host: ", "", ""},
	{"GET /hello HTTP/1.1|Host: h", "", ""},
	{"GET /hello HTTP/1.1|Host: h\r", "", ""},
	{"GET /hello HTTP/1.1|Host: h|", "", ""},
	{"GET /hello HTTP/1.1|Host: h|\r", "", ""},
	{"GET / ||", "4 5", ""},
	{"GET / HTTP/1.1|Host: h|Expect: 100-continue||", "100 2", ""},
	{"GET / HTTP/1.1|Host: h||", "2", ""},
	{"GET / HTTP/1.1|hoSt:\th|empty:||", "2", ""},
	{"GET / HTTP/1.1|Host: h|X-Invalid[]: test||", "4", ""},
	{"GET / HTTP/1.1|Content-Length: 5||", "4", ""},
	{"GET / HTTP/1.1|Host: h|Host: i||", "400", ""},
	{"GET / HTTP/1.1|Host: h|Content-Length: -123456789123456789123456789||", "4", ""},
	{"GET / HTTP/1.1|Host: h|Content-Length: -1234||", "4", ""},
	{"GET / HTTP/1.1|Host: h|Content-Length: abc||", "400", ""},
	{"GET / HTTP/1.1|Host: h|X-Empty-Header: ||", "2", ""},
	{"GET / HTTP/1.1|Host: h|X-Bad-Control-Char: test\a||", "4", ""},
	{"GET / HTTP/9.9|Host: h||", "4 5", ""},
	{"Extra lineGET / HTTP/1.1|Host: h||", "4 5", ""},
	{"GET / HTTP/1.1|Host: h|\rSome-Header: Test||", "4", ""},
	{"POST / HTTP/1.1|Host: h|Content-Length: 5||hello", "2", "hello"},
	{"POST / HTTP/1.1|Host: h|Transfer-Encoding: chunked||c|HellO world1|0||", "2", "HellO world1"},
	{"POST / HTTP/1.1|Host: h|content-LengtH: 5|TransFer-Encoding: chunked||c|HellO world1|0||",
		"400", ""},

	{"OPTIONS * HTTP/1.1|Host: h||", "2", ""},
	{"GET http://h/ HTTP/1.1|Host: h||", "2", ""},
	{"CONNECT h:443 HTTP/1.1|Host: h||", "2 405 501", ""},
	{"GET / HTTP/2.0|Host: h||", "400 505", ""},
	{"GET /|Host: h||", "400", ""},
	{"GET / HTTP/1.1|Host: bad host||", "400", ""},
	{"GET / HTTP/1.1|Host: h|Bad Header: value||", "400", ""},
	{"GET / HTTP/1.1|Host: h|  continued||", "400", ""},
	{"GET / HTTP/1.1|Host : h||", "400", ""},
	{"GET / HTTP/1.1|Host: h\x00h||", "400", ""},
	{"POST / HTTP/1.0|Host: h|Transfer-Encoding: chunked||5|hello|0||", "400", ""},
	{"POST / HTTP/1.1|Host: h|Transfer-Encoding: nonsense||hello", "400 501", ""},
	{"POST / HTTP/1.1|Host: h|Transfer-Encoding: chunked, gzip||5|hello|0||", "400", ""},
	{"POST / HTTP/1.1|Host: h|Content-Length: 5|Content-Length: 7||hello!!", "400", ""},
	{"POST / HTTP/1.1|Host: h|Content-Length: xyz||hello", "400", ""},
	{"HEAD / HTTP/1.1|Host: h||", "2", ""},
	{"get / HTTP/1.1|Host: h||", "2 501", ""},
	{"GET / HTTP/1.1|Host: h|Connection: close||", "2", ""},
	{"GET / HTTP/1.0|Host: h||", "2", ""},
	{"GET /" + strings.Repeat("a", 9000) + " HTTP/1.1|Host: h||", "2 414", ""},
	{"GET / HTTP/1.1|Host: h|" + strings.Repeat("X-H: value|", 101) + "|", "2 431", ""},
	{"GET / HTTP/1.1|Host: h|X-Big: " + strings.Repeat("x", 9000) + "||", "2 431", ""},
}

// echoing are two servers that answer with the body that they were sent.
func echoing() map[string]*Site {
	site, tree := &Site{}, &Site{}
	answer := func(x *Exchange) { x.Reply(Head{Code: http.StatusOK, Type: Text}, x.Body()) }
	site.Get("/", answer)
	site.Post("/", answer)
	tree.Handle("/", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(w, r.Body)
	}))
	return map[string]*Site{"Site": site, "Handler": tree}
}

func TestH1spec(t *testing.T) {
	for name, site := range echoing() {
		for _, tt := range h1specTable {
			c, s := connect(t, site)
			c.SendString(strings.ReplaceAll(tt.in, "|", "\r\n"))
			until(c, func() bool { return s.Exchange == nil || s.run == nil })
			got := string(c.Received())
			if tt.want == "" {
				if got != "" || c.Closed() {
					t.Errorf("%s, %.90q: %q, closed %t", name, tt.in, got, c.Closed())
				}
				continue
			}
			method, _, _ := strings.Cut(tt.in, " ")
			all := webtest.Answers(t, got, method)
			if len(all) != 1 {
				t.Errorf("%s, %.90q: %q", name, tt.in, got)
				continue
			}
			if !slices.ContainsFunc(strings.Fields(tt.want), func(want string) bool {
				return strings.HasPrefix(all[0].Status, want)
			}) || tt.body != "" && all[0].Text != tt.body {
				t.Errorf("%s, %.90q: %q", name, tt.in, got)
			}
			refused, asked := all[0].StatusCode >= 400 && all[0].StatusCode != 405,
				strings.Contains(tt.in, ": close") || strings.Contains(tt.in, "HTTP/1.0")
			if refused || asked {
				if !c.Closed() {
					t.Errorf("%s, %.90q: the connection is open", name, tt.in)
				}
			} else if c.SendString(get); c.Closed() {
				t.Errorf("%s, %.90q: the connection is closed", name, tt.in)
			}
		}
	}
}

// A chunk that has no size, or is longer than that, ends the connection. What follows it is not a
// request.
func TestH1specChunks(t *testing.T) {
	for name, site := range echoing() {
		for _, body := range []string{"Z\r\nhello\r\n0\r\n\r\n", "5\r\nhello0\r\n\r\n"} {
			c, _ := connect(t, site)
			c.SendString("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + body +
				get)
			until(c, c.Closed)
			if all := webtest.Answers(t, string(c.Received()), "POST"); len(all) > 1 {
				t.Errorf("%s, %q: %d answers", name, body, len(all))
			}
		}
	}
}

// A client that waits for 100 is asked for the body, and answered after it.
func TestH1specExpect(t *testing.T) {
	for name, site := range echoing() {
		c, _ := connect(t, site)
		c.SendString("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
		var got string
		has := func(what string) func() bool {
			return func() bool {
				got += string(c.Received())
				return strings.Contains(got, what)
			}
		}
		until(c, has(goAhead))
		c.SendString("hello")
		until(c, has("\r\n\r\nhello"))
		if !strings.HasPrefix(got, goAhead+"HTTP/1.1 200 OK\r\n") {
			t.Errorf("%s: %q", name, got)
		}
	}
}
