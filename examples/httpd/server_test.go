package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
)

// The standard library's client, real sockets and two loops.
func TestServer(t *testing.T) {
	big := pattern(3 << 20)
	s := newTestSite(t, map[string]string{"small.txt": "small", "big.txt": big, "sub/x": ""})
	srv := &chat.Server{Addr: "127.0.0.1:0", Handler: s.NewSession, Loops: 2}
	srv.Limits = srv.Limits.WithoutTimeouts() // the test may be held up
	l, err := srv.Listen()
	require.NoError(t, err)
	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }()

	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 10}}
	defer client.CloseIdleConnections()
	url := "http://" + l.Addr().String()
	var wg sync.WaitGroup
	for i := range 10 {
		wg.Go(func() {
			for _, tt := range []struct{ target, want string }{{"/small.txt", "small"}, {"/big.txt", big},
				{"/small.txt", "small"}} {
				if got, err := fetch(ctx, client, url+tt.target); err != nil || got != tt.want {
					t.Errorf("client %d: %s: %d bytes, error %v", i, tt.target, len(got), err)
				}
			}
		})
	}
	wg.Wait()
	if page, err := fetch(ctx, client, url+"/sub"); err != nil || page == "" {
		t.Errorf("/sub: %q, error %v", page, err)
	}

	req, err := http.NewRequestWithContext(ctx, "GET", url+"/big.txt", nil)
	require.NoError(t, err)
	resp, err := client.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	down := make(chan error, 1)
	go func() { down <- srv.Shutdown(ctx) }()
	if body, err := io.ReadAll(resp.Body); err != nil || string(body) != big {
		t.Errorf("a file under way at the shutdown: %d bytes, error %v", len(body), err)
	}
	if err := <-down; err != nil {
		t.Errorf("Shutdown: %v", err)
	}
	if err := <-served; !errors.Is(err, chat.ErrServerClosed) {
		t.Errorf("Serve: %v", err)
	}
}

func fetch(ctx context.Context, client *http.Client, url string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, "GET", url, nil)
	if err != nil {
		return "", err
	}
	resp, err := client.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	if resp.StatusCode != 200 {
		return "", fmt.Errorf("status %s", resp.Status)
	}
	body, err := io.ReadAll(resp.Body)
	return string(body), err
}
