package web

import (
	"strings"
	"testing"
)

// Where Handler is not as net/http: it takes fewer malformed requests, and two more that are not.
// The answers are compared by their statuses; a last one of 200 more says that the connection has
// gone on.
var differTable = []struct{ in, theirs, ours, why string }{
	{"\r\nGET /nothing" + hostField + "\r\n", "400", "200 200", "RFC 9112, 2.2, allows it"},
	{"GET /early HTTP/1.0\r\n\r\n", "103 200", "200", "RFC 9110, 15.2: no 1xx for HTTP/1.0"},
	{"OPTIONS *" + hostField + "\r\n", "200 200", "204 200", "an answer without a body says so"},
	{"GET /nothing HTTP/1.1\nHost: h\n\n", "200 200", "", "a bare LF ends nothing"},
	{"GET /nothing" + hostField + "X: y\n\r\n", "200 200", "400", "nor a field"},
	{"GET /nothing" + hostField + "X: y\r\n z\r\n\r\n", "200 200", "400", "folded lines"},
	{"GET /nothing" + hostField + "Host: h\r\n\r\n", "400", "400", ""},
	{"GET /nothing HTTP/1.1\r\n\r\n", "400", "400", ""},
	{"GET /nothing HTTP/1.1\r\nHost: a,b\r\n\r\n", "200 200", "400", "two hosts in one"},
	{"GET http:///nothing" + hostField + "\r\n", "200 200", "400", "a target without its host"},
	{"GET /nothing" + hostField + "X : y\r\n\r\n", "400", "400", ""},
	{"GET /nothing HTTP/2.0\r\nHost: h\r\n\r\n", "505", "505", ""},
	{"GET /%zz" + hostField + "\r\n", "400", "400", ""},
	{"POST /echo" + hostField + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
		"200 200", "400", "two lengths"},
	{"POST /echo" + hostField + "Transfer-Encoding: gzip\r\n\r\n", "501", "501", ""},
	{"POST /echo" + hostField + "Transfer-Encoding: chunked\r\n\r\n3 \r\nabc\r\n0\r\n\r\n",
		"200 200", "200", "a blank behind a size"},
	{"POST /echo" + hostField + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc", "400", "400", ""},
	{"POST /echo" + hostField + "Content-Length: +3\r\n\r\nabc", "400", "400", ""},
	{"GET /nothing" + hostField + "Expect: wonders\r\n\r\n", "417", "417", ""},
	{"POST /unread" + hostField + "Transfer-Encoding: chunked\r\n\r\n", "", "200",
		"what needs no body does not wait for it"},
}

func TestHandlerDiffers(t *testing.T) {
	theirs, ours := both(t)
	for _, tt := range differTable {
		if tt.theirs != "" { // "" waits for the body
			if got := statuses(converse(t, theirs, tt.in)); got != tt.theirs {
				t.Errorf("net/http to %.80q: %q, want %q", tt.in, got, tt.theirs)
			}
		}
		if tt.ours == "" {
			continue // nor would an answer come to this
		}
		if got := statuses(converse(t, ours, tt.in)); got != tt.ours {
			t.Errorf("to %.80q: %q, want %q", tt.in, got, tt.ours)
		}
		if tt.theirs != tt.ours && tt.why == "" {
			t.Errorf("%.80q: why?", tt.in)
		}
	}
}

func statuses(conversation string) string {
	var all []string
	for line := range strings.Lines(conversation) {
		if strings.HasPrefix(line, "HTTP/") {
			all = append(all, strings.Fields(line)[1])
		}
	}
	return strings.Join(all, " ")
}
