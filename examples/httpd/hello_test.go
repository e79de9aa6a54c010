package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/go-asynchat/asynchat/chat/web/webtest"
)

func TestHello(t *testing.T) {
	s := newTestSite(t, nil)
	post := func(form string) string {
		return fmt.Sprintf("POST /-/hello HTTP/1.1\r\nHost: h\r\nContent-Type: "+
			"application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s", len(form), form)
	}
	const get = "GET /-/hello"
	const host = " HTTP/1.1\r\nHost: h\r\n\r\n"
	for _, tt := range []struct {
		in   string
		code int
		want string
	}{
		{get + host, 200, "<h1>Hello!</h1>"},
		{get + "?name=+you+" + host, 200, "<h1>Hello, you!</h1>"},
		{post("name=J%C3%B6rg"), 200, "<h1>Hello, Jörg!</h1>"},
		{post("name=%3Cscript%3E"), 200, "<h1>Hello, &lt;script&gt;!</h1>"},
		{post("name=" + strings.Repeat("x", 101)), 422, "too long"},
		{post("name=%"), 400, "malformed"},
		{"PUT /-/hello HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n", 405, ""},
	} {
		if a, _ := webtest.Ask(t, s.NewSession, tt.in); a.StatusCode != tt.code ||
			!strings.Contains(a.Text, tt.want) {
			t.Errorf("%q: %d %q, want %d with %q", tt.in, a.StatusCode, a.Text, tt.code, tt.want)
		}
	}
}
