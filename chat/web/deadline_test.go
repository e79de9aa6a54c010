package web

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
)

// A handler that waits for a body gives up at its deadline, may answer, and the connection ends
// with that; one that is taken away, or that the body is faster than, has no effect.
func TestHandlerReadDeadline(t *testing.T) {
	for _, tt := range []struct {
		name string
		set  func(*http.ResponseController)
		late bool
	}{
		{"set", func(c *http.ResponseController) { c.SetReadDeadline(time.Now().Add(time.Hour)) }, true},
		{"past", func(c *http.ResponseController) { c.SetReadDeadline(time.Unix(1, 0)) }, true},
		{"taken away", func(c *http.ResponseController) {
			c.SetReadDeadline(time.Now().Add(time.Hour))
			c.SetReadDeadline(time.Time{})
		}, false},
	} {
		waits := make(chan bool)
		c, _ := handle(t, func(w http.ResponseWriter, r *http.Request) {
			tt.set(http.NewResponseController(w))
			close(waits)
			body, err := io.ReadAll(r.Body)
			if _, again := r.Body.Read(make([]byte, 1)); err != nil && again != err {
				t.Errorf("%s: the second read: %v, want %v", tt.name, again, err)
			}
			fmt.Fprintf(w, "%d%t", len(body), errors.Is(err, os.ErrDeadlineExceeded))
		})
		c.Do(func() { c.Channel().SetLimits(c.Channel().Limits().WithoutTimeouts()) })
		c.SendString("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 20000\r\n\r\nabc")
		<-waits
		c.Advance(0)
		c.Advance(2 * time.Hour)
		if !tt.late {
			c.Send(make([]byte, 20_000-3))
		}
		var got string
		until(c, func() bool {
			got += string(c.Received())
			return strings.HasSuffix(got, "e")
		})
		want := map[bool]string{true: "3true", false: "20000false"}[tt.late]
		if !strings.HasSuffix(got, "\r\n\r\n"+want) ||
			strings.Contains(got, "Connection: close") != tt.late {
			t.Errorf("%s: got %q, want %s", tt.name, got, want)
		}
		if tt.late {
			until(c, c.Closed)
		}
	}
}

// A handler that waits for its client gives up at its deadline. The connection ends, behind what
// was written before, and without the end of the answer.
func TestHandlerWriteDeadline(t *testing.T) {
	failed := make(chan error, 2)
	c, _ := handle(t, func(w http.ResponseWriter, r *http.Request) {
		http.NewResponseController(w).SetWriteDeadline(time.Now().Add(time.Hour))
		for {
			if _, err := w.Write(make([]byte, 1000)); err != nil {
				failed <- err
				failed <- http.NewResponseController(w).Flush()
				return
			}
		}
	})
	c.Do(func() { c.Channel().SetLimits(c.Channel().Limits().WithoutTimeouts()) })
	c.Stall()
	c.SendString(get)
	until(c, func() bool { return c.Channel().Queued() >= maxWaiting })
	for len(failed) < 2 {
		c.Advance(time.Hour)
	}
	for range 2 {
		require.ErrorIs(t, <-failed, os.ErrDeadlineExceeded)
	}
	c.Unstall()
	var got string
	until(c, func() bool { got += string(c.Received()); return c.Closed() })
	got += string(c.Received())
	if strings.HasSuffix(got, "0\r\n\r\n") || len(got) < maxWaiting {
		t.Errorf("%d bytes, with the end of an answer that is not whole", len(got))
	}
}

// What waits between the loop and a handler counts for MaxTotalBuffered, in both directions, until
// it is gone.
func TestHandlerHolds(t *testing.T) {
	goOn := make(chan bool)
	site := &Site{}
	site.Handle("/", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		<-goOn
		n, _ := io.Copy(io.Discard, r.Body)
		fmt.Fprint(w, n, ".")
	}))
	l := chattest.Listen(t)
	srv := &chat.Server{Handler: site.NewSession, Limits: chat.Limits{}.WithoutTimeouts()}
	require.NoError(t, srv.Serve(l))
	p := l.Dial()
	p.SendString("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 20000\r\n\r\n")
	p.Send(make([]byte, 19_999))
	if n := srv.Stats().Buffered; n < 19_999 || n > 21_000 {
		t.Errorf("%d bytes are held for a body of 19,999 that nobody has read", n)
	}
	p.Send(make([]byte, 1)) // the whole request is here, and no less of it waits
	if n := srv.Stats().Buffered; n < 20_000 || n > 21_000 {
		t.Errorf("%d bytes are held for a body of 20,000 that nobody has read", n)
	}
	close(goOn)
	for got := ""; !strings.HasSuffix(got, "20000."); got += string(p.Received()) {
		p.Advance(0)
	}
	if n := srv.Stats().Buffered; n > 1000 {
		t.Errorf("%d bytes are held behind the answer", n)
	}
}
