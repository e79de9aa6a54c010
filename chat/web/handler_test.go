package web

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/chat/web/webtest"
)

// handle is a connection in memory to a handler, which is on a goroutine nevertheless.
func handle(t *testing.T, h http.HandlerFunc) (c *chattest.Conn, s *session) {
	site := &Site{}
	site.Handle("/", h)
	return connect(t, site)
}

// until turns the loop until something is so that a handler brings about.
func until(c *chattest.Conn, is func() bool) {
	for !is() {
		c.Advance(0)
		runtime.Gosched()
	}
}

// untilRun is until for the state of a run, which it locks.
func untilRun(c *chattest.Conn, r *run, is func() bool) {
	until(c, func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		return is()
	})
}

const get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n"

// A handler that does not read its body stops the client, and none of it is lost.
func TestHandlerBodyHasBackPressure(t *testing.T) {
	const size = 1 << 20
	read := make(chan bool)
	var got atomic.Int64
	c, s := handle(t, func(w http.ResponseWriter, r *http.Request) {
		<-read
		n, err := io.Copy(io.Discard, r.Body)
		if err != nil {
			t.Error(err)
		}
		got.Store(n)
	})
	c.SendString(fmt.Sprintf("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n", size))
	for range size >> 10 {
		c.Send(make([]byte, 1<<10))
	}
	if n := len(s.run.body.in); n < 10_000 || n > maxWaiting {
		t.Errorf("%d bytes are kept for a handler that does not read", n)
	}
	close(read)
	until(c, func() bool { return got.Load() > 0 })
	if got.Load() != size {
		t.Errorf("%d bytes were read, want %d", got.Load(), size)
	}
}

// A handler whose client takes nothing waits, and none of its answer is lost.
func TestHandlerAnswerHasBackPressure(t *testing.T) {
	const size, piece = 4 << 20, 10_000
	var written atomic.Int64
	c, s := handle(t, func(w http.ResponseWriter, r *http.Request) {
		for written.Load() < size {
			n, err := w.Write(make([]byte, piece))
			if err != nil {
				t.Error(err)
				return
			}
			written.Add(int64(n))
		}
	})
	c.Stall()
	c.SendString(get)
	r := s.run
	untilRun(c, r, func() bool {
		return r.out.size >= maxWaiting && c.Channel().Queued() >= maxWaiting
	})
	if n := written.Load(); n > 8*maxWaiting {
		t.Errorf("%d bytes are written for a client that takes nothing", n)
	}
	c.Unstall()
	var got []byte
	until(c, func() bool {
		got = append(got, c.Received()...)
		return bytes.HasSuffix(got, []byte("\r\n0\r\n\r\n"))
	})
	all := webtest.Answers(t, string(got), "GET")
	if len(all) != 1 || int64(len(all[0].Text)) != written.Load() {
		t.Errorf("%d bytes have arrived, want %d", len(got), written.Load())
	}
}

// What is flushed is there before the handler ends.
func TestHandlerFlush(t *testing.T) {
	end := make(chan bool)
	c, _ := handle(t, func(w http.ResponseWriter, r *http.Request) {
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
	close(end)
	until(c, func() bool {
		got += string(c.Received())
		return strings.HasSuffix(got, "0\r\n\r\n")
	})
}

// The context is done when the client has gone, and when the handler has returned.
func TestHandlerContext(t *testing.T) {
	ended, begun := make(chan error, 1), make(chan context.Context, 1)
	c, _ := handle(t, func(w http.ResponseWriter, r *http.Request) {
		begun <- r.Context()
		if r.Method == "GET" {
			return
		}
		<-r.Context().Done()
		_, err := r.Body.Read(make([]byte, 1))
		ended <- err
	})
	c.SendString(get)
	ctx := <-begun
	<-ctx.Done()
	until(c, func() bool { return len(c.Received()) > 0 })
	c.SendString("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\nabc")
	ctx = <-begun
	if ctx.Err() != nil {
		t.Error("the context has ended before the client")
	}
	c.CloseWrite()
	if err := <-ended; err != nil {
		t.Errorf("what has come of the body: %v", err)
	}
	until(c, func() bool { return c.Closed() })
}

// A handler that takes longer than a client may be idle is waited for. Behind its answer the client
// is idle as any other.
func TestHandlerMayBeSlow(t *testing.T) {
	end := make(chan bool)
	c, _ := handle(t, func(w http.ResponseWriter, r *http.Request) { <-end })
	c.SendString(get)
	c.Advance(time.Hour)
	if c.Closed() {
		t.Fatal("the connection of a slow handler was closed")
	}
	close(end)
	until(c, func() bool { return len(c.Received()) > 0 })
	c.Advance(10 * time.Minute)
	if !c.Closed() {
		t.Error("an idle connection was not closed")
	}
}

// Requests behind one that is at work wait, and are answered in their order.
func TestHandlerPipeline(t *testing.T) {
	c, _ := handle(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Fprint(w, r.URL.Path, len(body))
	})
	var in, want strings.Builder
	for i := range 20 {
		fmt.Fprintf(&in, "POST /%d HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%s", i, i*i*100,
			strings.Repeat("x", i*i*100))
		fmt.Fprintf(&want, "/%d%d", i, i*i*100)
	}
	c.SendString(in.String())
	var got string
	until(c, func() bool {
		got += string(c.Received())
		return strings.Contains(got, "/1936100")
	})
	var texts strings.Builder
	for _, a := range webtest.Answers(t, got, "POST") {
		texts.WriteString(a.Text)
	}
	if texts.String() != want.String() {
		t.Errorf("got %q, want %q", texts.String(), want.String())
	}
}

// A shutdown waits for the handler, whose answer is the last.
func TestHandlerShutdown(t *testing.T) {
	end := make(chan bool)
	c, s := handle(t, func(w http.ResponseWriter, r *http.Request) { <-end })
	c.SendString(get)
	c.Do(s.HandleShutdown)
	if c.Closed() {
		t.Fatal("a handler at work was not waited for")
	}
	close(end)
	until(c, c.Closed)
	if got := string(c.Received()); !strings.Contains(got, "\r\nConnection: close\r\n") {
		t.Errorf("got %q", got)
	}
}

// A panic ends its connection, and is in the log, unless it is the one that says nothing.
func TestHandlerPanic(t *testing.T) {
	for _, v := range []any{"oops", http.ErrAbortHandler,
		fmt.Errorf("wrapped: %w", http.ErrAbortHandler)} {
		var log bytes.Buffer
		srv := &chat.Server{Addr: "127.0.0.1:0", Logger: slog.New(slog.NewTextHandler(&log, nil)),
			Handler: Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(v) }))}
		l, err := srv.Listen()
		require.NoError(t, err)
		served := make(chan error, 1)
		go func() { served <- srv.Serve(l) }()
		if got, err := upload(l.Addr().String(), get); got != "" {
			t.Errorf("%v: got %q, %v", v, got, err)
		}
		srv.Close()
		<-served
		if logged := strings.Contains(log.String(), "oops"); logged != (v == "oops") {
			t.Errorf("%v: logged %q", v, log.String())
		}
	}
}

// Whoever hijacks has the connection, and what was sent behind the request.
func TestHandlerHijack(t *testing.T) {
	failed := make(chan error, 2)
	addr := listen(t, Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			failed <- err
			return
		}
		defer conn.Close()
		if n := rw.Reader.Buffered(); n != len("one\n") {
			t.Errorf("%d bytes are buffered of what was sent behind the request", n)
		}
		_, err = io.WriteString(w, "x")
		failed <- err
		_, _, err = w.(http.Hijacker).Hijack()
		failed <- err
		line, _ := rw.ReadString('\n')
		fmt.Fprintf(rw, "raw %s", line)
		rw.Flush()
		line, _ = rw.ReadString('\n')
		fmt.Fprintf(conn, "more %s", line)
	})))
	c, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	defer c.Close()
	io.WriteString(c, get+"one\n")
	r := bufio.NewReader(c)
	line, err := r.ReadString('\n')
	require.NoError(t, err)
	io.WriteString(c, "two\n")
	rest, _ := io.ReadAll(r)
	if got := line + string(rest); got != "raw one\nmore two\n" {
		t.Errorf("got %q", got)
	}
	for range 2 {
		if err := <-failed; err != http.ErrHijacked {
			t.Errorf("behind the hijack: %v", err)
		}
	}
}

// Where there is no connection of package net, Hijack says so, and the handler can answer.
func TestHandlerHijackRefused(t *testing.T) {
	c, _ := handle(t, func(w http.ResponseWriter, r *http.Request) {
		if _, _, err := w.(http.Hijacker).Hijack(); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("Hijack: %v", err)
		}
		io.WriteString(w, "still here")
	})
	c.SendString(get)
	var got string
	until(c, func() bool { got += string(c.Received()); return strings.HasSuffix(got, "still here") })
}

// An idle connection has no goroutine.
func TestHandlerIdleHasNoGoroutine(t *testing.T) {
	addr := listen(t, Handler(http.NotFoundHandler()))
	most := runtime.NumGoroutine() + 50 // those of the server begin about now
	for range 100 {
		c, err := net.Dial("tcp", addr)
		require.NoError(t, err)
		defer c.Close()
		io.WriteString(c, get)
		_, err = http.ReadResponse(bufio.NewReader(c), nil)
		require.NoError(t, err)
	}
	for runtime.NumGoroutine() > most {
		runtime.Gosched() // until the last handlers have really returned
	}
}
