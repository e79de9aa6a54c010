package web

import (
	"io"
	"net/http"
	"strings"
	"testing"
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
