package main

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/chat/web/webtest"
)

// fileDate is before the year 2000, at the beginning of which the clock of chattest stands.
var fileDate = time.Date(1999, 12, 31, 23, 59, 58, 5e8, time.UTC)

// A testSite serves the files of a folder.
type testSite struct {
	*site
	dir string
}

// newTestSite makes a folder of files, whose names may have slashes, and serves it.
func newTestSite(tb testing.TB, files map[string]string) *testSite {
	tb.Helper()
	dir := tb.TempDir()
	for name, content := range files {
		writeFile(tb, filepath.Join(dir, name), content)
	}
	return openSite(tb, dir)
}

func openSite(tb testing.TB, dir string) *testSite {
	tb.Helper()
	root, err := os.OpenRoot(dir)
	require.NoError(tb, err)
	tb.Cleanup(func() { root.Close() })
	return &testSite{newSite(root), dir}
}

func writeFile(tb testing.TB, name, content string) {
	tb.Helper()
	require.NoError(tb, os.MkdirAll(filepath.Dir(name), 0o755))
	require.NoError(tb, os.WriteFile(name, []byte(content), 0o644))
	require.NoError(tb, os.Chtimes(name, fileDate, fileDate))
}

// play sends pieces and returns what comes back, and whether the server has closed.
func play(tb testing.TB, s *testSite, pieces ...string) (got string, closed bool) {
	return webtest.Play(tb, s.NewSession, pieces...)
}

// connect is for tests that shut the session down.
func connect(tb testing.TB, s *testSite) (c *chattest.Conn, h chat.ShutdownHandler) {
	c = chattest.NewConn(tb, func(c *chat.Channel) chat.Handler {
		session := s.NewSession(c)
		h = session.(chat.ShutdownHandler)
		return session
	})
	return c, h
}

// exchange plays the input in many cuts.
func exchange(tb testing.TB, s *testSite, in string) (got string, closed bool) {
	tb.Helper()
	return webtest.Exchange(tb, s.NewSession, in)
}

// ask is exchange for a request that has one answer.
func ask(tb testing.TB, s *testSite, in string) (*http.Response, string, bool) {
	tb.Helper()
	a, closed := webtest.Ask(tb, s.NewSession, in)
	return a.Response, a.Text, closed
}

func answers(tb testing.TB, received string, methods ...string) []webtest.Answer {
	tb.Helper()
	return webtest.Answers(tb, received, methods...)
}

// get returns the answer to an HTTP/1.1 GET.
func get(tb testing.TB, s *testSite, target string, headers ...string) (*http.Response, string) {
	tb.Helper()
	in := "GET " + target + " HTTP/1.1\r\nHost: h\r\n"
	for _, h := range headers {
		in += h + "\r\n"
	}
	resp, body, _ := ask(tb, s, in+"\r\n")
	return resp, body
}

// pattern returns n bytes of which every window of 4 KiB is different from the one before.
func pattern(n int) string {
	var b bytes.Buffer
	for i := 0; b.Len() < n; i++ {
		b.WriteString(strings.Repeat(string(rune('a'+i%26)), 1+i%100))
	}
	return b.String()[:n]
}
