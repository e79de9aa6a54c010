package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/go-asynchat/asynchat/chat/chattest"
)

// A client that shuts its side down behind the request gets its answer.
func TestHalfClose(t *testing.T) {
	big := pattern(300_000)
	s := newTestSite(t, map[string]string{"small.txt": "small", "big.txt": big})
	for name, want := range map[string]string{"small.txt": "small", "big.txt": big} {
		c := chattest.NewConn(t, s.NewSession)
		c.Stall()
		c.SendString(strings.Repeat("GET /"+name+" HTTP/1.1\r\nHost: h\r\n\r\n", 2))
		c.CloseWrite()
		c.Unstall()
		all := answers(t, string(c.Received()), "GET")
		if len(all) != 2 || all[1].Text != want || !c.Closed() {
			t.Errorf("%s: %d answers, closed %v", name, len(all), c.Closed())
		}
	}
	c := chattest.NewConn(t, s.NewSession)
	c.SendString("GET /small.txt HTTP/1.0\r\n")
	c.CloseWrite()
	if got := c.Received(); got != nil || !c.Closed() {
		t.Errorf("an unfinished head and EOF: got %q, closed %v", got, c.Closed())
	}
}

func TestShutdown(t *testing.T) {
	s := newTestSite(t, map[string]string{"small.txt": "small", "big.txt": pattern(300_000)})
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
			t.Errorf("%q, shutdown, %q: %d answers, closed %v, want %d", tt.before, tt.after, len(all),
				c.Closed(), tt.answers)
		}
		if tt.before != get && len(all) == 1 && (!all[0].Close || all[0].Text != "small") {
			t.Errorf("%q, shutdown, %q: got %q", tt.before, tt.after, got)
		}
	}
}

// A file that is on its way arrives whole.
func TestShutdownWhileStreaming(t *testing.T) {
	big := pattern(300_000)
	s := newTestSite(t, map[string]string{"big.txt": big})
	c, h := connect(t, s)
	c.Stall()
	c.SendString(strings.Repeat("GET /big.txt HTTP/1.1\r\nHost: h\r\n\r\n", 2))
	c.Do(h.HandleShutdown)
	if c.Closed() {
		t.Error("closed in the middle of a file")
	}
	c.Unstall()
	all := answers(t, string(c.Received()), "GET")
	if len(all) != 1 || all[0].Text != big || !c.Closed() {
		t.Errorf("%d answers, closed %v, want 1, true", len(all), c.Closed())
	}
}

// S10 of the security notes: who has begun a request and is too slow with it, by lines, by bytes or
// with its body, is told; who is idle is not.
func TestTimeouts(t *testing.T) {
	s := newTestSite(t, map[string]string{"small.txt": "small"})
	const get, host = "GET /small.txt HTTP/1.1\r\nHost: h\r\n\r\n", " HTTP/1.1\r\nHost: h\r\n"
	for _, tt := range []struct {
		before, drip string
		every        time.Duration
		within       time.Duration
		answer       int
	}{
		{"", "", 10 * time.Second, 10 * time.Second, 0},
		{"\r\n", "", 5 * time.Minute, 5 * time.Minute, 0},
		{get, "", 5 * time.Minute, 5 * time.Minute, 0},
		{"G", "E", 3 * time.Second, 12 * time.Second, 408},
		{get + "G", "E", 3 * time.Second, 33 * time.Second, 408},
		{"GET /small.txt HTTP/1.1\r\n", "X-Y: z\r\n", 9 * time.Second, 36 * time.Second, 408},
		{get + "GET /small.txt HTTP/1.1\r\n", "X-Y: z\r\n", 9 * time.Second, 36 * time.Second, 408},
		{"POST /echo" + host + "Content-Length: 100000\r\n\r\n", "x", 9 * time.Second,
			36 * time.Second, 408},
		{"POST /echo" + host + "Content-Length: 100000\r\n\r\n", strings.Repeat("x", 9000),
			9 * time.Second, 108 * time.Second, 200},
	} {
		c := chattest.NewConn(t, s.NewSession)
		c.SendString(tt.before)
		if strings.HasPrefix(tt.before, get) {
			if all := answers(t, string(c.Received()), "GET"); len(all) != 1 {
				t.Errorf("%q: %d answers", tt.before, len(all))
			}
		}
		var got []byte
		for waited := time.Duration(0); waited < tt.within && got == nil &&
			!c.Closed(); waited += tt.every {
			c.Advance(tt.every)
			got = c.Received()
			c.SendString(tt.drip)
			got = append(got, c.Received()...)
		}
		code := 0
		if got != nil {
			code = answers(t, string(got), "GET")[0].StatusCode
		}
		if code != tt.answer || !c.Closed() && code == 0 {
			t.Errorf("%q, then %.10q every %v: answer %d, closed %v; want %d", tt.before, tt.drip, tt.every,
				code, c.Closed(), tt.answer)
		}
	}
}

// A connection that did not end well is in the log.
func TestLogOfEnds(t *testing.T) {
	s := newTestSite(t, map[string]string{"big.txt": pattern(300_000)})
	var log bytes.Buffer
	s.Log, s.Errors = &log, &log
	c := chattest.NewConn(t, s.NewSession)
	c.SendString("GET / HT")
	c.Advance(10 * time.Second)
	c.CloseWrite()
	c = chattest.NewConn(t, s.NewSession)
	c.Stall()
	c.SendString("GET /big.txt HTTP/1.0\r\n\r\n")
	c.Advance(time.Minute)
	for _, want := range []string{
		`"GET / HT" 408 `, "closed: chat: no element in time\n", `"GET /big.txt HTTP/1.0" 200 300000`,
		"closed: chat: output stalled\n",
	} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("no %q in the log:\n%s", want, log.String())
		}
	}
}
