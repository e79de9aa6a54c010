package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat/chattest"
)

// The sizes around the ends of the buffer, which the head shares with the beginning of the file.
func TestEverySize(t *testing.T) {
	content := pattern(3 * (64 << 10))
	s := newTestSite(t, nil)
	name := filepath.Join(s.dir, "x.txt")
	writeFile(t, name, "")
	got, _ := play(t, s, "GET /x.txt HTTP/1.0\r\n\r\n")
	spare := (64 << 10) - len(got) - len("65536") + len("0")
	for _, size := range []int{0, 1, 100, spare - 1, spare, spare + 1, (64 << 10),
		(64 << 10) + spare - 1, (64 << 10) + spare, (64 << 10) + spare + 1, len(content)} {
		writeFile(t, name, content[:size])
		got, closed := play(t, s, "GET /x.txt HTTP/1.0\r\n\r\n")
		if all := answers(t, got, "GET"); len(all) != 1 || all[0].Text != content[:size] || !closed {
			t.Errorf("size %d: %d answers, closed %v", size, len(all), closed)
		}
	}
}

func TestFileShrinks(t *testing.T) {
	for _, size := range []int{0, 1000, 100_000, 299_999} {
		s := newTestSite(t, map[string]string{"x.txt": pattern(300_000)})
		c := chattest.NewConn(t, s.NewSession)
		c.Stall()
		c.SendString(strings.Repeat("GET /x.txt HTTP/1.1\r\nHost: h\r\n\r\n", 2))
		require.NoError(t, os.Truncate(filepath.Join(s.dir, "x.txt"), int64(size)))
		c.Unstall()
		head, body, _ := strings.Cut(string(c.Received()), "\r\n\r\n")
		if !strings.Contains(head, "Content-Length: 300000") || len(body) >= 300_000 ||
			!strings.HasPrefix(pattern(300_000), body) {
			t.Errorf("cut to %d: got %d bytes of body behind %q", size, len(body), head)
		}
		if !c.Closed() {
			t.Errorf("cut to %d: the connection is open", size)
		}
	}
}

func TestFileGrows(t *testing.T) {
	s := newTestSite(t, map[string]string{"x.txt": pattern(300_000)})
	c := chattest.NewConn(t, s.NewSession)
	c.Stall()
	c.SendString(strings.Repeat("GET /x.txt HTTP/1.1\r\nHost: h\r\n\r\n", 2))
	writeFile(t, filepath.Join(s.dir, "x.txt"), pattern(400_000))
	c.Unstall()
	all := answers(t, string(c.Received()), "GET")
	if len(all) != 2 || all[0].Text != pattern(300_000) ||
		all[1].Text != pattern(400_000) || c.Closed() {
		t.Errorf("%d answers, closed %v", len(all), c.Closed())
	}
}

// A client that asks for small files and does not take them makes the server stop reading, not
// remember.
func TestSlowReaderOfSmallFiles(t *testing.T) {
	small := pattern(2000)
	s := newTestSite(t, map[string]string{"x.txt": small})
	c := chattest.NewConn(t, s.NewSession)
	c.Stall()
	const batches, requests = 20, 500
	for range batches {
		c.SendString(strings.Repeat("GET /x.txt HTTP/1.1\r\nHost: h\r\n\r\n", requests))
	}
	if n := c.Channel().Queued(); n > 160<<10 {
		t.Errorf("%d bytes are queued", n)
	}
	c.Unstall()
	all := answers(t, string(c.Received()), "GET")
	if len(all) != batches*requests || c.Closed() {
		t.Errorf("%d answers, closed %v, want %d, false", len(all), c.Closed(), batches*requests)
	}
}
