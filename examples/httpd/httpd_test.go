package main

import (
	"bufio"
	"bytes"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
)

// fileDate is before the year 2000, at the beginning of which the clock of chattest stands.
var fileDate = time.Date(1999, 12, 31, 23, 59, 58, 5e8, time.UTC)

// newSite makes a folder of files, whose names may have slashes, and serves it.
func newSite(tb testing.TB, files map[string]string) *site {
	tb.Helper()
	dir := tb.TempDir()
	for name, content := range files {
		writeFile(tb, filepath.Join(dir, name), content)
	}
	root, err := os.OpenRoot(dir)
	require.NoError(tb, err)
	tb.Cleanup(func() { root.Close() })
	return &site{root: root}
}

func writeFile(tb testing.TB, name, content string) {
	tb.Helper()
	require.NoError(tb, os.MkdirAll(filepath.Dir(name), 0o755))
	require.NoError(tb, os.WriteFile(name, []byte(content), 0o644))
	require.NoError(tb, os.Chtimes(name, fileDate, fileDate))
}

// play sends pieces and returns what comes back, and whether the server has closed.
func play(tb testing.TB, s *site, pieces ...string) (got string, closed bool) {
	c := chattest.NewConn(tb, s.newSession)
	for _, p := range pieces {
		c.SendString(p)
	}
	return string(c.Received()), c.Closed()
}

// connect is for tests that need the session itself.
func connect(tb testing.TB, s *site) (c *chattest.Conn, h *session) {
	c = chattest.NewConn(tb, func(c *chat.Channel) chat.Handler {
		h = s.newSession(c).(*session)
		return h
	})
	return c, h
}

// exchange plays the input whole, byte by byte and in random cuts. However it is cut, the answers must be the same.
func exchange(tb testing.TB, s *site, in string) (got string, closed bool) {
	tb.Helper()
	got, closed = play(tb, s, in)
	cuts := map[string][]string{"byte by byte": strings.Split(in, "")}
	rnd := rand.New(rand.NewPCG(1, uint64(len(in))))
	for _, name := range []string{"random 1", "random 2", "random 3"} {
		for rest := in; rest != ""; {
			n := 1 + rnd.IntN(min(len(rest), 40))
			cuts[name] = append(cuts[name], rest[:n])
			rest = rest[n:]
		}
	}
	for name, pieces := range cuts {
		if other, c := play(tb, s, pieces...); other != got || c != closed {
			tb.Errorf("%q cut %s:\ngot  %q, closed %v\nwant %q, closed %v", in, name, other, c, got, closed)
		}
	}
	return got, closed
}

// ask is exchange for a request that has one answer.
func ask(tb testing.TB, s *site, in string) (*http.Response, string, bool) {
	tb.Helper()
	got, closed := exchange(tb, s, in)
	method, _, _ := strings.Cut(strings.TrimLeft(in, "\r\n"), " ")
	all := answers(tb, got, method)
	require.Len(tb, all, 1, "answers to %q: %q", in, got)
	return all[0].Response, all[0].body, closed
}

type answer struct {
	*http.Response
	body string
}

// answers reads what was received with the standard library's client. The answers are to requests of those methods, and all others
// of the last.
func answers(tb testing.TB, received string, methods ...string) (all []answer) {
	tb.Helper()
	r := bufio.NewReader(strings.NewReader(received))
	for i := 0; ; i++ {
		if _, err := r.Peek(1); err == io.EOF {
			return all
		}
		resp, err := http.ReadResponse(r, &http.Request{Method: methods[min(i, len(methods)-1)]})
		require.NoError(tb, err, "answer %d in %q", i, received)
		body, err := io.ReadAll(resp.Body)
		require.NoError(tb, err, "body of answer %d in %q", i, received)
		all = append(all, answer{resp, string(body)})
	}
}

// get returns the answer to an HTTP/1.1 GET.
func get(tb testing.TB, s *site, target string, headers ...string) (*http.Response, string) {
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
