package main

import (
	"net"
	"testing"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
)

// On a loop that is a test's, only the coroutine: a goroutine runs when the scheduler lets it, not
// when all is quiet.
func TestSession(t *testing.T) { chattest.Play(t, "session.txt", chat.Converse(counter{}.handle)) }

func TestInline(t *testing.T) {
	chattest.Play(t, "session.txt", chat.Converse(counter{inline: true}.handle))
}

// The same function without any loop.
func TestOverNetConn(t *testing.T) {
	near, far := net.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- chat.Talk(near, counter{}.handle) }()
	far.SetDeadline(time.Now().Add(5 * time.Minute))
	got := make([]byte, 100)
	for _, tt := range []struct{ in, want string }{{"10\r\n", "4 primes below 10\r\n"},
		{"x\n", "a number up to 10000000, please\r\n"}} {
		far.Write([]byte(tt.in))
		if n, err := far.Read(got); string(got[:n]) != tt.want || err != nil {
			t.Errorf("%q is answered %q, %v; want %q", tt.in, got[:n], err, tt.want)
		}
	}
	far.Close()
	if err := <-ended; err != nil {
		t.Errorf("Talk = %v", err)
	}
}
