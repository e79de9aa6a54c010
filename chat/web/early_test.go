package web

import (
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/web/webtest"
)

// listen serves h on a loop of its own, without clocks: the test may be held up.
func listen(t testing.TB, h chat.NewHandler) (addr string) {
	t.Helper()
	srv := &chat.Server{Addr: "127.0.0.1:0", Handler: h}
	srv.Logger = slog.New(slog.DiscardHandler)
	srv.Limits = srv.Limits.WithoutTimeouts()
	l, err := srv.Listen()
	require.NoError(t, err)
	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }()
	t.Cleanup(func() {
		srv.Close()
		require.ErrorIs(t, <-served, chat.ErrServerClosed)
	})
	return l.Addr().String()
}

// A client in the middle of an upload to nowhere gets its 404 whole: no reset overtakes it.
func TestEveryUploadToNowhereIsAnswered(t *testing.T) {
	rounds := 200
	if os.Getenv("ASYNCHAT_FULL") != "" {
		rounds = 2000
	}
	for name, s := range map[string]struct {
		h   chat.NewHandler
		end string // of the page
	}{
		"Site":    {newSite().NewSession, "</html>\n"},
		"Handler": {Handler(http.NotFoundHandler()), "404 page not found\n"},
	} {
		t.Run(name, func(t *testing.T) { uploadToNowhere(t, listen(t, s.h), s.end, rounds) })
	}
}

func uploadToNowhere(t *testing.T, addr, end string, rounds int) {
	in := "POST /nowhere HTTP/1.1\r\nHost: h\r\nContent-Length: 200000\r\n\r\n" +
		strings.Repeat("x", 100_000)
	var answered int
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range rounds / 4 {
				got, err := upload(addr, in)
				if err != nil {
					t.Errorf("got %.60q, %v", got, err)
					continue
				}
				all := webtest.Answers(t, got, "POST")
				mu.Lock()
				if len(all) == 1 && all[0].StatusCode == 404 && strings.HasSuffix(all[0].Text, end) {
					answered++
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if answered != rounds {
		t.Errorf("%d of %d uploads were answered", answered, rounds)
	}
}

func upload(addr, in string) (got string, err error) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return "", err
	}
	defer c.Close()
	if _, err := io.WriteString(c, in); err != nil {
		return "", err
	}
	all, err := io.ReadAll(c)
	return string(all), err
}
