//go:build unix && !aix

package main

import (
	"testing"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
)

func TestSession(t *testing.T) { chattest.Play(t, "session.txt", newSession) }

// Who was let in is answered, although the worker is told to end.
func TestShutdown(t *testing.T) {
	l := chattest.Listen(t)
	server := &chat.Server{Handler: newSession}
	if err := server.Serve(l); err != nil {
		t.Fatal(err)
	}
	silent, slow := l.Dial(), l.Dial()
	slow.SendString("ko")
	silent.Received()
	slow.Received()
	server.BeginShutdown()
	l.Advance(time.Second)
	for _, p := range []*chattest.Peer{silent, slow} {
		if p.Closed() {
			t.Fatal("a client is closed by the shutdown")
		}
		p.SendString("ng\n")
	}
	if a, b := string(silent.Received()), string(slow.Received()); a != "hello ng\r\n" ||
		b != "hello kong\r\n" {
		t.Errorf("received %q and %q", a, b)
	}
}

func TestBackoff(t *testing.T) {
	var b backoff
	for i, tt := range []struct{ lived, want time.Duration }{
		{time.Hour, 0},
		{10 * time.Millisecond, 100 * time.Millisecond}, // it crashes at once
		{10 * time.Millisecond, 200 * time.Millisecond},
		{1200 * time.Millisecond, 400 * time.Millisecond}, // that is no better
		{2 * time.Second, 0},
		{0, 100 * time.Millisecond},
	} {
		if got := b.after(tt.lived); got != tt.want {
			t.Errorf("crash %d, after %v: a pause of %v, want %v", i, tt.lived, got, tt.want)
		}
	}
	for range 20 {
		b.after(0)
	}
	if b.pause != maxPause {
		t.Errorf("at last %v, want %v", b.pause, maxPause)
	}
}
