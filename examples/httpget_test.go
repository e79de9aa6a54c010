//go:build unix

package examples

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestHTTPGetFromHTTPD(t *testing.T) {
	dir := folder(t)
	var urls []string
	var want strings.Builder
	s := start(t, "httpd", "-root", dir)
	for i := range 50 {
		name := fmt.Sprint(i, ".txt")
		body := strings.Repeat(name+"\n", 1+i*1000) // the later ones fill all that lies between
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(body), 0o644))
		urls = append(urls, "http://"+s.addr+"/"+name)
		want.WriteString(body)
	}
	out, errs, status := run(t, nil, "httpget", urls...)
	if out != want.String() || errs != "" || status != 0 {
		t.Errorf("received %d bytes, standard error %q, status %d; want %d bytes, nothing, 0", len(out),
			errs, status, want.Len())
	}
	out, errs, status = run(t, nil, "httpget", urls[0], "http://"+s.addr+"/missing", urls[1])
	if want := "http://" + s.addr + "/missing: \"404 Not Found\"\n"; status != 1 || errs != want ||
		!strings.HasPrefix(out, "0.txt\n1.txt\n") {
		t.Errorf("%d bytes, standard error %q, status %d; want %q, 1", len(out), errs, status, want)
	}
}

// answer serves one reply, whatever the request.
func answer(t *testing.T, reply string) (url string) {
	addr := remote(t, func(c *net.TCPConn) {
		readHead(c)
		io.WriteString(c, reply)
	})
	return "http://" + addr + "/"
}

// readHead reads to the empty line.
func readHead(c *net.TCPConn) string {
	var head strings.Builder
	for b := make([]byte, 1); !strings.HasSuffix(head.String(), "\r\n\r\n"); {
		if n, err := c.Read(b); err != nil {
			return head.String()
		} else {
			head.Write(b[:n])
		}
	}
	return head.String()
}

func TestHTTPGetOddReplies(t *testing.T) {
	large := strings.Repeat("0123456789", 100_000)
	for _, test := range []struct{ reply, body, failure string }{
		{"HTTP/1.0 200 OK\r\n\r\nuntil the end", "until the end", ""},
		{"HTTP/1.0 200 OK\r\n\r\n", "", ""},
		{"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nx", "", ""},
		{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello and more", "hello", ""},
		{"HTTP/1.1 200 OK\r\ncOnTeNt-lEnGtH:5\t\r\n\r\nhello", "hello", ""},
		{"HTTP/1.0 200 OK\nContent-Length: 5\n\nhello", "hello", ""},
		{"HTTP/1.0 200\r\n\r\nno reason", "no reason", ""},
		{"HTTP/1.1 204 No Content\r\n\r\nx", "", ""},
		{"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "ok", ""},
		{fmt.Sprintf("HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(large), large), large, ""},
		{"HTTP/1.0 200 OK\r\n\r\n" + large, large, ""},

		{"", "", "unexpected EOF"},
		{"HTTP/1.0 200 OK\r\n", "", "unexpected EOF"},
		{"HTTP/1.0 200 OK\r\nContent-Length: 10\r\n\r\n", "", "unexpected EOF"},
		{"HTTP/1.0 200 OK\r\nContent-Length: 10\r\n\r\nhello", "hello", "unexpected EOF"},
		{"HTTP/1.0 301 Moved Permanently\r\nLocation: /there\x1b[2J\r\n\r\nhere", "",
			`"301 Moved Permanently", redirects to "/there\x1b[2J"`},
		{"HTTP/1.0 304 Not Modified\r\n\r\n", "", `"304 Not Modified"`},
		{"HTTP/1.0 500 \x07\r\n\r\noh", "", `"500 \a"`},
		{"SSH-2.0-OpenSSH_9.6\r\n", "", `not a reply of HTTP/1: "SSH-2.0-OpenSSH_9.6"`},
		{"HTTP/2 200 OK\r\n\r\n", "", `not a reply of HTTP/1: "HTTP/2 200 OK"`},
		{"HTTP/1.0 20 OK\r\n\r\n", "", `not a reply of HTTP/1: "HTTP/1.0 20 OK"`},
		{"HTTP/1.0 +200 OK\r\n\r\n", "", `not a reply of HTTP/1: "HTTP/1.0 +200 OK"`},
		{"\r\nHTTP/1.0 200 OK\r\n\r\n", "", `not a reply of HTTP/1: ""`},
		{"HTTP/1.0 200 OK\r\nContent-Length: -1\r\n\r\n", "", `malformed Content-Length "-1"`},
		{"HTTP/1.0 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", "",
			`malformed Content-Length "6"`},
		{"HTTP/1.0 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nhello", "",
			`malformed Content-Length "99999999999999999999"`},
		{"HTTP/1.0 200 OK\r\nno colon\r\n\r\n", "", `malformed header field "no colon"`},
		{"HTTP/1.0 200 OK\r\nA: b\r\n folded: c\r\n\r\n", "", `malformed header field " folded: c"`},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "",
			"the reply has a transfer coding, for which we did not ask"},
		{"HTTP/1.0 200 OK\r\nA: " + large, "", "the header fields are too long"},
		{"HTTP/1.0 200 OK\r\n" + strings.Repeat("A: b\r\n", 20_000), "",
			"the header fields are too long"},
		{strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 20_000), "", "the header fields are too long"},
	} {
		url := answer(t, test.reply)
		out, errs, status := run(t, nil, "httpget", url)
		want := 0
		if test.failure != "" {
			want, test.failure = 1, url+": "+test.failure+"\n"
		}
		if out != test.body || errs != test.failure || status != want {
			t.Errorf("%.80q: received %.80q, standard error %q, status %d; want %.80q, %q, %d",
				test.reply, out, errs, status, test.body, test.failure, want)
		}
	}
}

func TestHTTPGetRequest(t *testing.T) {
	heads := make(chan string, 1)
	addr := remote(t, func(c *net.TCPConn) {
		heads <- readHead(c)
		io.WriteString(c, "HTTP/1.0 200 OK\r\n\r\n")
	})
	for _, test := range []struct{ url, target string }{
		{"http://" + addr, "/"},
		{"http://" + addr + "/a%20b?c=d#e", "/a%20b?c=d"},
		{"HTTP://" + addr + "/ü", "/%C3%BC"},
	} {
		_, errs, status := run(t, nil, "httpget", test.url)
		if errs != "" || status != 0 {
			t.Errorf("%s: %s, status %d", test.url, errs, status)
			continue
		}
		got := <-heads
		want := "GET " + test.target + " HTTP/1.0\r\nHost: " + addr + "\r\n"
		if !strings.HasPrefix(got, want) {
			t.Errorf("%s is asked for as %q, want %q", test.url, got, want)
		}
	}
	for url, want := range map[string]string{
		"https://" + addr:              "https is not supported, only http",
		"ftp://" + addr:                "not a URL of the form http://host/path",
		addr:                           "",
		"http:///x":                    "not a URL of the form http://host/path",
		"http://me:secret@" + addr:     "user names in URLs are not supported",
		"http://" + addr + "/\r\nA: b": "net/url: invalid control character in URL",
		"http://127.0.0.1:1/":          "dial tcp 127.0.0.1:1: connect: connection refused",
	} {
		if out, errs, status := run(t, nil, "httpget", url); out != "" || !strings.Contains(errs, want) ||
			errs == "" || status != 1 {
			t.Errorf("%s: %q, status %d; want %q, 1", url, errs, status, want)
		}
	}
	if _, errs, status := run(t, nil, "httpget"); errs != "usage: httpget URL...\n" || status != 2 {
		t.Errorf("without a URL: %q, status %d", errs, status)
	}
}

// The second of two is fetched while the first is slow, and comes out behind it. What waits is not
// read without bound.
func TestHTTPGetKeepsTheOrder(t *testing.T) {
	asked, blocked := make(chan bool), make(chan int64, 1)
	first := remote(t, func(c *net.TCPConn) {
		readHead(c)
		<-asked // the second was asked for meanwhile
		io.WriteString(c, "HTTP/1.0 200 OK\r\n\r\nfirst ")
	})
	second := remote(t, func(c *net.TCPConn) {
		readHead(c)
		io.WriteString(c, "HTTP/1.0 200 OK\r\n\r\n")
		c.SetWriteDeadline(time.Now().Add(time.Second / 2))
		n, err := io.CopyN(c, endless{}, 200<<20)
		if err == nil {
			t.Error("200 MiB were read before their turn")
		}
		blocked <- n
		c.SetWriteDeadline(time.Now().Add(patience))
		close(asked)
	})
	out, errs, status := run(t, nil, "httpget", "http://"+first+"/", "http://"+second+"/")
	n := <-blocked
	if !strings.HasPrefix(out, "first \x00") || int64(len(out)) != n+int64(len("first ")) ||
		errs != "" || status != 0 {
		t.Errorf("received %.20q and so on, %d bytes, standard error %q, status %d; want %d bytes", out,
			len(out), errs, status, n+6)
	}
}
