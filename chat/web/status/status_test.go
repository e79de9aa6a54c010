package status_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/chat/web"
	"github.com/go-asynchat/asynchat/chat/web/status"
)

func ask(h http.Handler, method, target string) (*http.Response, string) {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, target, nil))
	body, _ := io.ReadAll(w.Result().Body)
	return w.Result(), string(body)
}

// The counters are those of the server, and nothing else is told.
func TestCounters(t *testing.T) {
	site := &web.Site{}
	site.Get("/", func(x *web.Exchange) {
		x.Reply(web.Head{Code: 200, Type: web.Text}, make([]byte, 10_000))
	})
	srv := &chat.Server{Handler: site.NewSession}
	l := chattest.Listen(t)
	require.NoError(t, srv.Serve(l))
	for _, path := range []string{"/", "/nowhere"} {
		c := l.Dial()
		c.SendString("GET " + path + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
		c.CloseWrite()
	}
	resp, body := ask(status.Handler(srv), "GET", "/any?json")
	if resp.StatusCode != 200 || resp.Header.Get("Cache-Control") != "no-store" ||
		resp.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%d %v", resp.StatusCode, resp.Header)
	}
	var got map[string]json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(body), &got))
	for name, want := range map[string]string{
		"connections": "0", "accepted": "2", "elements": "8", "loops": "1",
		"refused": `{"MaxConns":0,"MaxConnsPerAddress":0,"OnAccept":0}`, "closed": `{"closed here":2}`,
	} {
		if string(got[name]) != want {
			t.Errorf("%s is %s, want %s", name, got[name], want)
		}
	}
	if string(got["written"]) < "10000" || len(got["written"]) != 5 {
		t.Errorf("%s bytes are written", got["written"])
	}
	var names []string
	for name := range got {
		names = append(names, name)
	}
	slices.Sort(names)
	const all = "accepted buffered busy closed connections elements longestTurn loops " +
		"maxQueued read recentTurn refused uptime written"
	if g := strings.Join(names, " "); g != all {
		t.Errorf("told: %s, want %s", g, all)
	}
}

// The page is complete in itself, and asks only its own path.
func TestPage(t *testing.T) {
	resp, text := ask(status.Handler(&chat.Server{}), "GET", "/-/status")
	if resp.StatusCode != 200 || resp.Header.Get("Cache-Control") != "no-store" ||
		!strings.HasPrefix(resp.Header.Get("Content-Security-Policy"), "default-src 'none';") {
		t.Errorf("%d %v", resp.StatusCode, resp.Header)
	}
	outside := strings.ReplaceAll(text, "http://www.w3.org/2000/svg", "")
	if strings.Contains(outside, "//www") || strings.Contains(outside, "http") {
		t.Error("the page names another place")
	}
	if !strings.Contains(text, "fetch('?json'") {
		t.Error("the page does not ask its own path")
	}
	if resp, _ := ask(status.Handler(&chat.Server{}), "POST", "/"); resp.StatusCode != 405 {
		t.Errorf("POST: %d", resp.StatusCode)
	}
}

// A connection that a browser has made in advance, and does not use, is not one that is too slow.
func TestSpareConnectionIsNotSlow(t *testing.T) {
	srv := &chat.Server{Handler: (&web.Site{}).NewSession}
	l := chattest.Listen(t)
	require.NoError(t, srv.Serve(l))
	spare, slow := l.Dial(), l.Dial()
	slow.SendString("GET / HT")
	spare.Advance(chat.DefaultLimits().FirstTimeout)
	spare.CloseWrite()
	slow.CloseWrite()
	got, err := json.Marshal(srv.Stats().Closed)
	if want := `{"closed here":1,"element too slow":1}`; string(got) != want || err != nil {
		t.Errorf("closed: %s, want %s", got, want)
	}
}
