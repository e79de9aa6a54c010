package web

import (
	"net/http"
	"strings"
	"testing"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/web/websocket"
	"github.com/go-asynchat/asynchat/chat/web/webtest"
)

func shoutSite() *Site {
	s := newSite()
	s.Get("/shout", func(x *Exchange) {
		x.Upgrade("shout", http.Header{"X-Y": {"z"}}, chat.Lines(func(c *chat.Channel, line []byte) {
			c.PushString(strings.ToUpper(string(line)) + "\n")
		}))
	})
	return s
}

// Behind the 101 the bytes are those of the new handler, however they are cut, and those in front
// of it are still those of the old.
func TestUpgrade(t *testing.T) {
	const page = "GET /page HTTP/1.1\r\nHost: h\r\n\r\n"
	in := page + "GET /shout HTTP/1.1\r\nHost: h\r\nConnection: x, upgrade\r\n" +
		"Upgrade: a, SHOUT\r\n\r\n" +
		"hello\nGET /page HTTP/1.1\n"
	got, closed := webtest.Exchange(t, shoutSite().NewSession, in)
	_, got, _ = strings.Cut(got, "<p>page")
	const want = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: shout\r\n" +
		"X-Y: z\r\n\r\nHELLO\nGET /PAGE HTTP/1.1\n"
	if got != want || closed {
		t.Errorf("got %q, closed %v, want %q", got, closed, want)
	}
}

func TestUpgradeRefused(t *testing.T) {
	const fields = "Host: h\r\nConnection: upgrade\r\nUpgrade: shout\r\n"
	for in, want := range map[string]int{
		"GET /shout HTTP/1.1\r\nHost: h\r\n\r\n":                                          426,
		"GET /shout HTTP/1.0\r\n" + fields + "\r\n":                                       426,
		"HEAD /shout HTTP/1.1\r\n" + fields + "\r\n":                                      426,
		"GET /shout HTTP/1.1\r\nHost: h\r\nConnection: close\r\nUpgrade: shout\r\n\r\n":   426,
		"GET /shout HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: other\r\n\r\n": 426,
		"GET /shout HTTP/1.1\r\n" + fields + "Content-Length: 1\r\n\r\nx":                 400,
	} {
		a, _ := webtest.Ask(t, shoutSite().NewSession, in)
		if a.StatusCode != want || want == 426 && a.Header.Get("Upgrade") != "shout" {
			t.Errorf("%q: %d %v, want %d", in, a.StatusCode, a.Header, want)
		}
	}
}

// A WebSocket begins behind the exchange, and what is none is refused with the fields that say so.
func TestWebSocket(t *testing.T) {
	site := newSite()
	site.Get("/socket", func(x *Exchange) {
		x.WebSocket(&websocket.Upgrader{}, websocket.Messages(
			func(c *websocket.Conn, kind websocket.Kind, message []byte) { c.Push(kind, message) }))
	})
	const (
		fields = "Host: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
			"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
		hi = "\x81\x82\x01\x02\x03\x04ik" // masked
	)
	got, closed := webtest.Exchange(t, site.NewSession, "GET /socket HTTP/1.1\r\n"+fields+hi)
	const want = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n" +
		"Connection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n" +
		"\x81\x02hi"
	if got != want || closed {
		t.Errorf("got %q, closed %v, want %q", got, closed, want)
	}
	for _, in := range []string{
		"GET /socket HTTP/1.0\r\n" + fields, "GET /socket HTTP/1.1\r\nHost: h\r\n\r\n",
	} {
		a, _ := webtest.Ask(t, site.NewSession, in)
		if a.StatusCode != 426 || a.Header.Get("Upgrade") != "websocket" {
			t.Errorf("%q: %d %v, want 426", in, a.StatusCode, a.Header)
		}
	}
}
