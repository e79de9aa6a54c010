package main

import (
	"compress/gzip"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/chat/web/webtest"
)

const zipHost = " HTTP/1.1\r\nHost: h\r\nAccept-Encoding: gzip, deflate\r\n"

// unzip returns the whole text of a compressed body, which nothing follows.
func unzip(tb testing.TB, body string) string {
	tb.Helper()
	r, err := gzip.NewReader(strings.NewReader(body))
	require.NoError(tb, err)
	text, err := io.ReadAll(r)
	require.NoError(tb, err)
	return string(text)
}

// random returns n bytes that compression does not make shorter.
func random(n int) string {
	r := rand.New(rand.NewPCG(1, 2))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return string(b)
}

// The interplay of compression with all else that decides what is sent.
func TestGzip(t *testing.T) {
	const range5 = "Range: bytes=0-4\r\n"
	files := map[string]string{
		"least.txt": pattern(1 << 10), "less.txt": pattern(1<<10 - 1), "piece.css": pattern(64 << 10),
		"more.js": pattern(64<<10 + 1), "large.svg": pattern(300_000), "photo.jpg": pattern(5000),
		"odd.css": random(5000), "noext": pattern(5000),
	}
	for _, tt := range []struct {
		request string
		zipped  bool
		code    int
		length  bool // is told
		ranges  bool // are offered
		vary    bool
	}{
		{"GET /least.txt" + zipHost + "\r\n", true, 200, true, false, true},
		{"HEAD /least.txt" + zipHost + "\r\n", true, 200, true, false, true},
		{"GET /less.txt" + zipHost + "\r\n", false, 200, true, true, true},
		{"GET /piece.css" + zipHost + "\r\n", true, 200, true, false, true},
		{"GET /more.js" + zipHost + "\r\n", true, 200, false, false, true},
		{"GET /large.svg" + zipHost + "\r\n", true, 200, false, false, true},
		{"HEAD /large.svg" + zipHost + "\r\n", true, 200, false, false, true},
		{"GET /large.svg" + zipHost + "Connection: close\r\n\r\n", true, 200, false, false, true},
		{"GET /large.svg HTTP/1.0\r\nAccept-Encoding: gzip\r\nConnection: keep-alive\r\n\r\n", true, 200,
			false, false, true},
		{"GET /noext" + zipHost + "\r\n", true, 200, true, false, true},
		{"GET /photo.jpg" + zipHost + "\r\n", false, 200, true, true, false},
		{"GET /odd.css" + zipHost + "\r\n", false, 200, true, true, true},
		{"GET /least.txt HTTP/1.0\r\n\r\n", false, 200, true, true, true},
		{"GET /least.txt HTTP/1.0\r\nAccept-Encoding: gzip;q=0\r\n\r\n", false, 200, true, true, true},

		{"GET /large.svg" + zipHost + range5 + "\r\n", false, 206, true, true, true},
		{"GET /large.svg" + zipHost + "Range: bytes=0-1,3-4\r\n\r\n", false, 200, true, true, true},
		{"GET /large.svg" + zipHost + "Range: bytes=300000-\r\n\r\n", false, 416, true, false, false},
		{"GET /large.svg" + zipHost + range5 + "If-Range: Fri, 31 Dec 1999 23:59:58 GMT\r\n\r\n", false,
			206, true, true, true},
		{"GET /large.svg" + zipHost + range5 + "If-Range: Fri, 31 Dec 1999 23:59:57 GMT\r\n\r\n", true,
			200, false, false, true},
		{"HEAD /large.svg" + zipHost + range5 + "\r\n", true, 200, false, false, true},
		{"GET /large.svg" + zipHost + "If-Modified-Since: Fri, 31 Dec 1999 23:59:58 GMT\r\n\r\n", false,
			304, false, false, true},
		{"GET /large.svg" + zipHost + "If-Modified-Since: Fri, 31 Dec 1999 23:59:57 GMT\r\n\r\n", true,
			200, false, false, true},
		{"GET /large.svg" + zipHost + "If-Modified-Since: Fri, 31 Dec 1999 23:59:58 GMT\r\n" + range5 +
			"\r\n", false, 304, false, false, true},
	} {
		s := newTestSite(t, files)
		a, closed := webtest.Ask(t, s.NewSession, tt.request)
		name := strings.ReplaceAll(tt.request, "\r\n", "|")
		if a.StatusCode != tt.code || (a.Header.Get("Content-Encoding") == "gzip") != tt.zipped {
			t.Errorf("%s: %d, Content-Encoding %q", name, a.StatusCode, a.Header.Get("Content-Encoding"))
			continue
		}
		if length := a.Header.Get("Content-Length") != ""; length != tt.length {
			t.Errorf("%s: Content-Length told: %v", name, length)
		}
		if ranges := a.Header.Get("Accept-Ranges") == "bytes"; ranges != tt.ranges {
			t.Errorf("%s: ranges offered: %v", name, ranges)
		}
		if vary := a.Header.Get("Vary") == "Accept-Encoding"; vary != tt.vary {
			t.Errorf("%s: Vary: %v", name, vary)
		}
		if tt.code < 400 && a.Header.Get("Last-Modified") == "" || a.Close != closed {
			t.Errorf("%s: %v, closed %v", name, a.Header, closed)
		}
		if file := files[strings.TrimPrefix(strings.Fields(tt.request)[1], "/")]; tt.zipped &&
			tt.request[0] == 'G' && unzip(t, a.Text) != file {
			t.Errorf("%s: another text", name)
		} else if tt.code == 200 && !tt.zipped && a.Text != file {
			t.Errorf("%s: %d bytes, not the file", name, len(a.Text))
		} else if tt.zipped && len(a.Text) > len(file)*9/10 {
			t.Errorf("%s: %d bytes for %d", name, len(a.Text), len(file))
		}
	}
}

// A listing is text too, of one piece or of several; and the switch turns it all off.
func TestGzipListing(t *testing.T) {
	s := newTestSite(t, nil)
	for i := range 400 {
		require.NoError(t, os.WriteFile(filepath.Join(s.dir, fmt.Sprintf("file-%d.txt", i)), nil, 0o644))
		if i != 0 && i != 20 && i != 399 {
			continue
		}
		a, _ := webtest.Ask(t, s.NewSession, "GET /"+zipHost+"\r\n")
		plain, _ := webtest.Ask(t, s.NewSession, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
		if a.Header.Get("Content-Encoding") != "gzip" || a.Header.Get("Vary") == "" ||
			plain.Header.Get("Vary") == "" || unzip(t, a.Text) != plain.Text {
			t.Errorf("%d files: %v", i+1, a.Header)
		}
	}
	s.gzip = false
	if a, _ := webtest.Ask(t, s.NewSession, "GET /"+zipHost+"\r\n"); len(a.Header["Content-Encoding"])+
		len(a.Header["Vary"]) > 0 {
		t.Errorf("turned off: %v", a.Header)
	}
}

func TestTakesGzip(t *testing.T) {
	for header, want := range map[string]bool{
		"": false, "gzip": true, "GZIP": true, "x-gzip": true, "deflate, gzip;q=1.0, *;q=0.5": true,
		"br , gzip ; q=0.1": true, "*": true, "gzip;q=0": false, "gzip; q=0.000": false,
		"gzip;q=0, *": false, "*;q=0": false, "deflate": false, "gzipped": false, "identity": false,
		"identity, gzip;q=0.5": false, "identity;q=0.5, gzip": true, "gzip, identity": true,
		"gzip;q=x": false, "gzip;q=NaN": false, "gzip;q=1e9": false, "gzip;level=9": false,
		"gzip;": true, ",,gzip": true, "*, identity;q=0": true,
	} {
		if got := takesGzip(header); got != want {
			t.Errorf("%q: %v, want %v", header, got, want)
		}
	}
}

// Compressions that wait for their clients are bounded, for each costs nearly 1 MiB, and give back
// what they had. Who is over the bound gets the file.
func TestZipsAreBounded(t *testing.T) {
	text := pattern(2 << 20)
	s := newTestSite(t, map[string]string{"x.txt": text})
	var all []*chattest.Conn
	for range maxZips + 1 {
		c := chattest.NewConn(t, s.NewSession)
		c.Stall()
		c.SendString("GET /x.txt" + zipHost + "\r\n")
		all = append(all, c)
	}
	if n := s.zipping.Load(); n != maxZips {
		t.Errorf("%d compressions are in progress, want %d", n, maxZips)
	}
	for i, c := range all {
		if i%2 == 0 && i < maxZips {
			c.Channel().Abort()
			continue
		}
		c.Unstall()
		a := webtest.Answers(t, string(c.Received()), "GET")[0]
		if i == maxZips {
			if a.Text != text {
				t.Errorf("over the bound: %v and %d bytes", a.Header, len(a.Text))
			}
		} else if unzip(t, a.Text) != text {
			t.Errorf("connection %d: another text", i)
		}
	}
	all[0].Advance(0)
	if n := s.zipping.Load(); n != 0 {
		t.Errorf("%d compressions are in progress at the end", n)
	}
}

// What follows a large compressed file on its connection is answered behind it; of one that has
// become shorter the client sees that something is missing.
func TestZippedInTurn(t *testing.T) {
	text := pattern(1 << 20)
	s := newTestSite(t, map[string]string{"x.css": text, "small.txt": "small"})
	c := chattest.NewConn(t, s.NewSession)
	c.Stall()
	c.SendString(strings.Repeat("GET /x.css"+zipHost+"\r\nGET /small.txt"+zipHost+"\r\n", 3))
	c.Unstall()
	all := webtest.Answers(t, string(c.Received()), "GET")
	if len(all) != 6 || c.Closed() {
		t.Fatalf("%d answers, closed %v", len(all), c.Closed())
	}
	for i, a := range all {
		if i%2 == 0 && unzip(t, a.Text) != text || i%2 == 1 && a.Text != "small" {
			t.Errorf("answer %d: %d bytes, %v", i, len(a.Text), a.Header)
		}
	}
	// What cannot be compressed fills the connection before the end is read, and its pieces are longer
	// than a chunk.
	noise := random(1 << 20)
	writeFile(t, filepath.Join(s.dir, "x.css"), noise)
	c.Stall()
	c.SendString("GET /x.css" + zipHost + "\r\n")
	c.Unstall()
	if a := webtest.Answers(t, string(c.Received()), "GET")[0]; unzip(t, a.Text) != noise {
		t.Errorf("noise: %v", a.Header)
	}
	c.Stall()
	c.SendString("GET /x.css" + zipHost + "\r\n")
	require.NoError(t, os.Truncate(filepath.Join(s.dir, "x.css"), 1<<19))
	c.Unstall()
	if got := string(c.Received()); !strings.Contains(got, "gzip") ||
		strings.HasSuffix(got, "\r\n0\r\n\r\n") || !c.Closed() || s.zipping.Load() != 0 {
		t.Errorf("cut: %d bytes, closed %v", len(got), c.Closed())
	}
}

// A file of zeros is the worst: next to nothing comes of what is read. No turn of the loop reads
// more than one piece of it.
func TestZipperYields(t *testing.T) {
	s := newTestSite(t, nil)
	name := filepath.Join(s.dir, "zeros.css")
	require.NoError(t, os.WriteFile(name, nil, 0o644))
	require.NoError(t, os.Truncate(name, 16<<20))
	c := chattest.NewConn(t, s.NewSession)
	before := c.Channel().Loop().Stats().Turns
	c.SendString("GET /zeros.css" + zipHost + "\r\n")
	if turns := c.Channel().Loop().Stats().Turns - before; turns < 16<<20/(64<<10) {
		t.Errorf("16 MiB in %d turns", turns)
	}
	if a := webtest.Answers(t, string(c.Received()), "GET")[0]; len(unzip(t, a.Text)) != 16<<20 {
		t.Error("another text")
	}
}
