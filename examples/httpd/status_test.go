package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/chat/web/webtest"
)

// The counters are those of the server, and nothing else is told.
func TestStatusCounters(t *testing.T) {
	s := newTestSite(t, map[string]string{"a.txt": pattern(10_000)})
	srv := &chat.Server{Handler: s.NewSession}
	s.showStatus(srv)
	l := chattest.Listen(t)
	require.NoError(t, srv.Serve(l))
	ask := func(path string) webtest.Answer {
		c := l.Dial()
		c.SendString("GET " + path + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
		answer := webtest.Answers(t, string(c.Received()), "GET")[0]
		c.CloseWrite()
		return answer
	}
	ask("/a.txt")
	ask("/nowhere")
	a := ask("/-/status.json")
	if a.StatusCode != 200 || a.Header.Get("Cache-Control") != "no-store" ||
		a.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%d %v", a.StatusCode, a.Header)
	}
	var got map[string]json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(a.Text), &got))
	for name, want := range map[string]string{
		"connections": "1", "accepted": "3", "elements": "8", "loops": "1",
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

// Without the flag nothing is told. With it, the page is complete in itself.
func TestStatusPage(t *testing.T) {
	s := newTestSite(t, nil)
	const request = "GET /-/status HTTP/1.1\r\nHost: h\r\n\r\n"
	for _, path := range []string{"/-/status", "/-/status.json"} {
		if resp, _ := get(t, s, path); resp.StatusCode != 404 {
			t.Errorf("%s without the flag: %d", path, resp.StatusCode)
		}
	}
	s.showStatus(&chat.Server{})
	a, _ := webtest.Ask(t, s.NewSession, request)
	if a.StatusCode != 200 || a.Header.Get("Cache-Control") != "no-store" ||
		!strings.HasPrefix(a.Header.Get("Content-Security-Policy"), "default-src 'none';") {
		t.Errorf("%d %v", a.StatusCode, a.Header)
	}
	outside := strings.ReplaceAll(a.Text, "http://www.w3.org/2000/svg", "")
	if strings.Contains(outside, "//www") || strings.Contains(outside, "http") {
		t.Error("the page names another place")
	}
	zipped, _ := webtest.Ask(t, s.NewSession,
		strings.Replace(request, "\r\n\r\n", "\r\nAccept-Encoding: gzip\r\n\r\n", 1))
	if zipped.Header.Get("Content-Encoding") != "gzip" || unzip(t, zipped.Text) != a.Text {
		t.Errorf("compressed: %v", zipped.Header)
	}
}
