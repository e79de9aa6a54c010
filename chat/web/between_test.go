package web

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
)

// A shutdown that comes when the head was sent, which says that the connection stays, ends it
// behind the answer all the same.
func TestShutdownBehindTheHead(t *testing.T) {
	end := make(chan bool)
	c, s := handle(t, func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "first")
		w.(http.Flusher).Flush()
		<-end
	})
	c.SendString(get)
	var got string
	until(c, func() bool {
		got += string(c.Received())
		return strings.HasSuffix(got, "5\r\nfirst\r\n")
	})
	c.Do(s.HandleShutdown)
	close(end)
	until(c, func() bool {
		got += string(c.Received())
		return strings.HasSuffix(got, "0\r\n\r\n")
	})
	if strings.Contains(got, "Connection: close") || !c.Closed() {
		t.Errorf("behind %q the connection is open", got)
	}
}

// While a handler is at work, what its client sends behind the request waits in the system.
func TestInputWaitsForTheHandler(t *testing.T) {
	end := make(chan bool)
	c, _ := handle(t, func(w http.ResponseWriter, r *http.Request) { <-end })
	c.SendString(get)
	if c.Paused() {
		t.Error("the end of the client would not be noticed")
	}
	c.SendString(get[:5])
	if !c.Paused() {
		t.Error("the next request is read on while a handler is at work")
	}
	c.SendString(get[5:])
	close(end)
	var got string
	until(c, func() bool {
		got += string(c.Received())
		return strings.Count(got, "HTTP/1.1 200 OK") == 2
	})
}

// E18: clients that break a thousand connections fill no log: one line, and later a number.
func TestErrorsAreBounded(t *testing.T) {
	var log strings.Builder
	site := &Site{Errors: &log}
	l := chattest.Listen(t)
	require.NoError(t, (&chat.Server{Handler: site.NewSession}).Serve(l))
	broken := func() {
		p := l.Dial()
		p.SendString("GET / HTTP/1.1\r\n")
		p.Reset()
	}
	for range 1000 {
		broken()
	}
	if n := strings.Count(log.String(), "\n"); n != 1 {
		t.Errorf("%d lines for one second of broken connections", n)
	}
	l.Dial().Advance(time.Second)
	broken()
	if !strings.HasSuffix(log.String(), " (and 999 more of this kind)\n") {
		t.Errorf("logged %q", log.String())
	}
}
