package main

import (
	"context"
	"fmt"
	"html"
	"html/template"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
)

var row = regexp.MustCompile(`<tr><td><a(?: class="folder")? href="([^"]*)">([^<]*)</a></td>` +
	`<td class="size">([^<]*)</td>` +
	`<td class="date">(?:([^<]*)<span class="time"> ([^<]*)</span>)?</td></tr>`)

// Whatever a file is called, the page shows its name, and the link leads to it.
func TestListingEscapes(t *testing.T) {
	names := []string{
		"plain.txt", "a<b>.txt", "<script>alert(1)<", "a&b&amp;c", `a"b`, "a'b", "a b", "a%20b", "%2e%2e",
		"a#b", "a?b=c", "a\nb", "a\tb", "a\rb", `a\b`, "a;b,c", "a:b", "javascript:alert(1)", "-", "~",
		"{{.}}", "ä", "日本", "a+b", "\x01", `" onclick="x`, "...", " lead", "a=b@c!d$e*f(g)",
	}
	files := map[string]string{}
	for _, n := range names {
		files["odd/"+n] = "content of " + n
		files["odd/sub "+n+"/x"] = ""
	}
	s := newTestSite(t, files)
	_, page := get(t, s, "/odd/")
	if strings.Contains(page, "<script") || strings.Contains(page, `" onclick`) {
		t.Errorf("the page is not escaped: %s", page)
	}
	found := map[string]string{}
	base, err := url.Parse("http://h/odd/")
	require.NoError(t, err)
	for _, m := range row.FindAllStringSubmatch(page, -1) {
		link, err := base.Parse(html.UnescapeString(m[1]))
		require.NoError(t, err)
		found[html.UnescapeString(m[2])] = link.EscapedPath()
		if link.RawQuery != "" || link.Fragment != "" || link.Host != "h" {
			t.Errorf("link %q leads to %v", m[1], link)
		}
	}
	for _, n := range names {
		if resp, body := get(t, s, found[n]); resp.StatusCode != 200 || body != "content of "+n {
			t.Errorf("%q: the link %q gives %d %q", n, found[n], resp.StatusCode, body)
		}
		if resp, _ := get(t, s, found["sub "+n+"/"]); resp.StatusCode != 200 {
			t.Errorf("folder %q: the link %q gives %d", n, found["sub "+n+"/"], resp.StatusCode)
		}
	}
	if want := 2*len(names) + 1; len(found) != want { // one leads to the parent
		t.Errorf("%d rows, want %d", len(found), want)
	}
}

func TestListing(t *testing.T) {
	s := newTestSite(t, map[string]string{"b.txt": pattern(1536), "A.txt": "", "a.txt": "x",
		"zoo/x": "", "Bar/x": "", "bar/y": ""})
	require.NoError(t, os.Chtimes(filepath.Join(s.dir, "zoo"), fileDate, fileDate))
	require.NoError(t, os.Symlink("b.txt", filepath.Join(s.dir, "link")))
	require.NoError(t, os.Symlink("zoo", filepath.Join(s.dir, "linked")))
	require.NoError(t, os.Symlink("nowhere", filepath.Join(s.dir, "dangling")))
	require.NoError(t, os.Symlink("..", filepath.Join(s.dir, "out")))
	resp, page := get(t, s, "/")
	var got []string
	for _, m := range row.FindAllStringSubmatch(page, -1) {
		got = append(got, m[2]+" "+m[3])
		if m[2] == "zoo/" && m[4]+" "+m[5] != "1999-12-31 23:59" {
			t.Errorf("zoo is of %q %q", m[4], m[5])
		}
	}
	want := "Bar/ |bar/ |linked/ |zoo/ |A.txt 0 B|a.txt 1 B|b.txt 1.5 KiB|link 1.5 KiB"
	if g := strings.Join(got, "|"); g != want {
		t.Errorf("rows:\ngot  %s\nwant %s", g, want)
	}
	if resp.Header.Get("Last-Modified") != "" || strings.Contains(page, `href="../"`) {
		t.Errorf("the listing of the root has a date or a parent: %v %s", resp.Header, page)
	}
	if _, page := get(t, s, "/zoo/"); !strings.Contains(page, `href="../"`) ||
		!strings.Contains(page, "<title>/zoo/</title>") {
		t.Errorf("the listing of /zoo/ has no parent or title: %s", page)
	}
}

func TestListingEmptyAndHuge(t *testing.T) {
	s := newTestSite(t, nil)
	require.NoError(t, os.Mkdir(filepath.Join(s.dir, "empty"), 0o755))
	if _, page := get(t, s, "/empty/"); !strings.Contains(page, "This folder is empty.") {
		t.Errorf("empty: %s", page)
	}
	for i := range maxListed + 1 {
		require.NoError(t, os.WriteFile(filepath.Join(s.dir, fmt.Sprintf("empty/%d", i)), nil, 0o644))
		if n := i + 1; n < maxListed {
			continue
		}
		got, _ := play(t, s, "GET /empty/ HTTP/1.0\r\n\r\n")
		rows, more := strings.Count(got, "<tr><td>"), strings.Contains(got, "There is more")
		if rows != maxListed+1 || more != (i == maxListed) {
			t.Errorf("%d files: %d rows, more %v", i+1, rows, more)
		}
	}
}

// E13: while a page is made, others on the same loop are served.
func TestListingIsMadeOffTheLoop(t *testing.T) {
	begun, release := make(chan bool), make(chan bool)
	whileListing(t, func() {
		begun <- true
		<-release
	})
	s := newTestSite(t, map[string]string{"small.txt": "small", "sub/x": ""})
	srv := &chat.Server{Addr: "127.0.0.1:0", Handler: s.NewSession, Loops: 1}
	srv.Limits = srv.Limits.WithoutTimeouts()
	l, err := srv.Listen()
	require.NoError(t, err)
	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	client, url := &http.Client{Transport: &http.Transport{}}, "http://"+l.Addr().String()
	defer client.CloseIdleConnections()

	page := make(chan string)
	go func() {
		got, err := fetch(ctx, client, url+"/sub/")
		page <- fmt.Sprint(got, err)
	}()
	<-begun
	got, err := fetch(ctx, client, url+"/small.txt")
	close(release)
	if err != nil || got != "small" {
		t.Errorf("beside a listing in the making: %q, error %v", got, err)
	}
	require.Equal(t, "made<nil>", <-page)
	require.NoError(t, srv.Shutdown(ctx))
	require.ErrorIs(t, <-served, chat.ErrServerClosed)
}

// A client that goes away before its page is made gets nothing, and harms no other.
func TestListingForAClientThatHasGone(t *testing.T) {
	s := newTestSite(t, map[string]string{"small.txt": "small", "sub/x": ""})
	c := chattest.NewConn(t, s.NewSession)
	whileListing(t, func() {
		c.Channel().Loop().Post(func() { c.Channel().Close() })
	})
	c.SendString("GET /sub/ HTTP/1.0\r\n\r\n")
	if got := c.Received(); !c.Closed() || len(got) > 0 {
		t.Errorf("closed %v, received %q", c.Closed(), got)
	}
	if resp, body := get(t, s, "/small.txt"); resp.StatusCode != 200 || body != "small" {
		t.Errorf("afterwards: %d %q", resp.StatusCode, body)
	}
}

// whileListing has f called while a listing is made, which is "made" then.
func whileListing(t *testing.T, f func()) {
	was := listing
	t.Cleanup(func() { listing = was })
	listing = template.Must(template.New("").Funcs(template.FuncMap{"made": func() string {
		f()
		return "made"
	}}).Parse("{{made}}"))
}

func TestHumanSize(t *testing.T) {
	tests := []struct {
		n    int64
		want string
	}{
		{0, "0 B"}, {1, "1 B"}, {1023, "1023 B"}, {1024, "1.0 KiB"}, {1536, "1.5 KiB"},
		{10 << 10, "10 KiB"}, {999 << 10, "999 KiB"},
		{1000 << 10, "1.0 MiB"}, {1 << 20, "1.0 MiB"}, {300 << 20, "300 MiB"}, {1 << 30, "1.0 GiB"},
		{5 << 40, "5.0 TiB"}, {1<<63 - 1, "8.0 EiB"},
	}
	for _, tt := range tests {
		if got := humanSize(tt.n); got != tt.want {
			t.Errorf("humanSize(%d) = %q, want %q", tt.n, got, tt.want)
		}
	}
}
