package main

import (
	"strings"
	"testing"

	"github.com/go-asynchat/asynchat/chat/chattest"
)

// A client that shuts its side down behind the request gets its answer.
func TestHalfClose(t *testing.T) {
	big := pattern(300_000)
	s := newSite(t, map[string]string{"small.txt": "small", "big.txt": big})
	for name, want := range map[string]string{"small.txt": "small", "big.txt": big} {
		c := chattest.NewConn(t, s.newSession)
		c.Stall()
		c.SendString(strings.Repeat("GET /"+name+" HTTP/1.1\r\nHost: h\r\n\r\n", 2))
		c.CloseWrite()
		c.Unstall()
		all := answers(t, string(c.Received()), "GET")
		if len(all) != 2 || all[1].body != want || !c.Closed() {
			t.Errorf("%s: %d answers, closed %v", name, len(all), c.Closed())
		}
	}
	c := chattest.NewConn(t, s.newSession)
	c.SendString("GET /small.txt HTTP/1.0\r\n")
	c.CloseWrite()
	if got := c.Received(); got != nil || !c.Closed() {
		t.Errorf("an unfinished head and EOF: got %q, closed %v", got, c.Closed())
	}
}

func TestShutdown(t *testing.T) {
	s := newSite(t, map[string]string{"small.txt": "small", "big.txt": pattern(300_000)})
	const get, host = "GET /small.txt HTTP/1.1\r\nHost: h\r\n\r\n", " HTTP/1.1\r\nHost: h\r\n"
	tests := []struct {
		before, after string
		answers       int
	}{
		{"", get, 0},
		{"\r\n", get, 0},
		{get, get, 1},
		{"G", "ET /small.txt" + host + "\r\n" + get, 1},
		{"GET /small.txt" + host, "\r\n" + get, 1},
		{"POST /echo" + host + "Content-Length: 5\r\n\r\n", "small" + get, 1},
		{"POST /echo" + host + "Content-Length: 5\r\n\r\nsm", "all" + get, 1},
	}
	for _, tt := range tests {
		c, h := connect(t, s)
		c.SendString(tt.before)
		c.Do(h.HandleShutdown)
		c.SendString(tt.after)
		got := string(c.Received())
		all := answers(t, got, "GET")
		if len(all) != tt.answers || !c.Closed() {
			t.Errorf("%q, shutdown, %q: %d answers, closed %v, want %d", tt.before, tt.after, len(all), c.Closed(), tt.answers)
		}
		if tt.before != get && len(all) == 1 && (!all[0].Close || all[0].body != "small") {
			t.Errorf("%q, shutdown, %q: got %q", tt.before, tt.after, got)
		}
	}
}

// A file that is on its way arrives whole.
func TestShutdownWhileStreaming(t *testing.T) {
	big := pattern(300_000)
	s := newSite(t, map[string]string{"big.txt": big})
	c, h := connect(t, s)
	c.Stall()
	c.SendString(strings.Repeat("GET /big.txt HTTP/1.1\r\nHost: h\r\n\r\n", 2))
	c.Do(h.HandleShutdown)
	if c.Closed() {
		t.Error("closed in the middle of a file")
	}
	c.Unstall()
	all := answers(t, string(c.Received()), "GET")
	if len(all) != 1 || all[0].body != big || !c.Closed() {
		t.Errorf("%d answers, closed %v, want 1, true", len(all), c.Closed())
	}
}
