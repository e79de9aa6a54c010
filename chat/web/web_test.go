package web

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/chat/web/webtest"
	"github.com/go-asynchat/asynchat/fifo"
)

// newSite has a handler of each kind.
func newSite() *Site {
	s := &Site{}
	s.Get("/page", func(x *Exchange) { x.Reply(Head{Code: 200, Type: HTML}, []byte("<p>page")) })
	s.Post("/echo", func(x *Exchange) {
		x.Reply(Head{Code: 200, Type: "application/octet-stream"}, x.Body())
	})
	form := func(x *Exchange) {
		if form, ok := x.Form(); ok {
			x.Reply(Head{Code: 200, Type: Text}, []byte(form.Encode()))
		}
	}
	s.Get("/form", form)
	s.Post("/form", form)
	s.Get("/stream", func(x *Exchange) {
		x.Produce(Head{Code: 200, Type: Text, Size: -1},
			fifo.SimpleProducer([]byte(strings.Repeat("0123456789", 1000)), 3000))
	})
	s.Get("/counted", func(x *Exchange) {
		x.Produce(Head{Code: 200, Type: Text, Size: 10}, fifo.Bytes([]byte("0123456789")))
	})
	s.Get("/lazy", func(*Exchange) {})
	s.Get("/elsewhere", func(x *Exchange) { x.Redirect(303, "/page") })
	s.Get("/header", func(x *Exchange) {
		x.Reply(Head{Code: 200, Type: Text}, []byte(strings.Join(x.Header()["X-Y"], ", ")))
	})
	return s
}

// connect is for tests that need the session itself.
func connect(tb testing.TB, s *Site) (c *chattest.Conn, h *session) {
	c = chattest.NewConn(tb, func(c *chat.Channel) chat.Handler {
		h = s.NewSession(c).(*session)
		return h
	})
	return c, h
}

func TestHandlers(t *testing.T) {
	const host = " HTTP/1.1\r\nHost: h\r\n"
	const form = host + "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: "
	for _, tt := range []struct {
		in     string
		code   int
		text   string // that the body has; all of it, for 200
		header string // "Name: value" that the answer must have
		closed bool
	}{
		{"GET /page" + host + "\r\n", 200, "<p>page", "Content-Type: text/html; charset=utf-8", false},
		{"GET /page?x" + host + "\r\n", 200, "<p>page", "", false},
		{"HEAD /page" + host + "\r\n", 200, "", "Content-Length: 7", false},
		{"GET /page/" + host + "\r\n", 404, "no such page", "", false},
		{"GET /%70age" + host + "\r\n", 404, "no such page", "", false},
		{"POST /nowhere" + host + "Content-Length: 1\r\n\r\nx", 404, "no such page", "", false},
		{"POST /page" + host + "Content-Length: 1\r\n\r\nx", 405, "", "Allow: GET, HEAD, OPTIONS", false},
		{"GET /echo" + host + "\r\n", 405, "", "Allow: OPTIONS, POST", false},
		{"PUT /form" + host + "Content-Length: 1\r\n\r\nx", 405, "",
			"Allow: GET, HEAD, OPTIONS, POST", false},
		{"OPTIONS *" + host + "\r\n", 204, "", "Allow: GET, HEAD, OPTIONS, POST", false},
		{"OPTIONS /echo" + host + "\r\n", 204, "", "Allow: OPTIONS, POST", false},
		{"OPTIONS /nowhere" + host + "\r\n", 404, "", "", false},
		{"BREW /page" + host + "\r\n", 501, "does not know", "", true},
		{"TRACE /page" + host + "\r\n", 405, "", "Allow: GET, HEAD, OPTIONS", false},
		{"POST /echo" + host + "Content-Length: 3\r\n\r\nabc", 200, "abc", "", false},
		{"POST /echo" + host + "Origin: http://h\r\nContent-Length: 3\r\n\r\nabc", 200, "abc", "", false},
		{"POST /echo" + host + "Origin: http://evil\r\nContent-Length: 3\r\n\r\nabc", 403,
			"another site", "", false},
		{"GET /lazy" + host + "\r\n", 500, "no answer", "", false},
		{"GET /elsewhere" + host + "\r\n", 303, "/page", "Location: /page", false},
		{"GET /header" + host + "X-Y: 1\r\nx-y: 2\r\n\r\n", 200, "1, 2", "", false},

		{"GET /form?a=1&b=x+y%21&a=2" + host + "\r\n", 200, "a=1&a=2&b=x+y%21", "", false},
		{"POST /form" + form + "7\r\n\r\na=1&b=2", 200, "a=1&b=2", "", false},
		{"POST /form?a=0" + form + "7\r\n\r\na=1&b=2", 200, "a=0&a=1&b=2", "", false},
		{"POST /form" + form + "0\r\n\r\n", 200, "", "", false},
		{"POST /form" + form + "3\r\n\r\na=%", 400, "malformed", "", true},
		{"GET /form?a=%zz" + host + "\r\n", 400, "malformed", "", true},
		{"GET /form?a;b" + host + "\r\n", 400, "malformed", "", true},
		{"POST /form" + host + "Content-Length: 3\r\n\r\na=1", 415, "not a form", "", false},
		{"POST /form" + host + "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 3\r\n" +
			"\r\na=1", 415, "not a form", "", false},
		{"GET /form?" + strings.Repeat("&", MaxValues-1) + host + "\r\n", 200, "", "", false},
		{"GET /form?" + strings.Repeat("&", MaxValues) + host + "\r\n", 413, "1000 values", "", true},

		{"GET /stream" + host + "\r\n", 200, strings.Repeat("0123456789", 1000), "", false},
		{"GET /stream" + host + "Connection: close\r\n\r\n", 200,
			strings.Repeat("0123456789", 1000), "", true},
		{"GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 200,
			strings.Repeat("0123456789", 1000), "", true},
		{"HEAD /stream" + host + "\r\n", 200, "", "", false},
		{"GET /counted" + host + "\r\n", 200, "0123456789", "Content-Length: 10", false},
	} {
		a, closed := webtest.Ask(t, newSite().NewSession, tt.in)
		name := tt.in[:min(len(tt.in), 120)]
		if a.StatusCode != tt.code || closed != tt.closed || a.Close != closed {
			t.Errorf("%q: %d, closed %v, announced %v, want %d, %v", name, a.StatusCode, closed, a.Close,
				tt.code, tt.closed)
		}
		if tt.code == 200 && a.Text != tt.text || !strings.Contains(a.Text, tt.text) {
			t.Errorf("%q: %.100q, want %.100q", name, a.Text, tt.text)
		}
		if key, value, _ := strings.Cut(tt.header, ": "); tt.header != "" && a.Header.Get(key) != value {
			t.Errorf("%q: %s is %q, want %q", name, key, a.Header.Get(key), value)
		}
	}
}

// A form is far smaller than another body may be.
func TestLargeForm(t *testing.T) {
	for size, want := range map[int]int{MaxForm: 200, MaxForm + 1: 413} {
		in := fmt.Sprintf("POST /form HTTP/1.1\r\nHost: h\r\n"+
			"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s",
			size, strings.Repeat("x", size))
		got, _ := webtest.Play(t, newSite().NewSession, in)
		if all := webtest.Answers(t, got, "POST"); len(all) != 1 || all[0].StatusCode != want {
			t.Errorf("%d bytes: %.80q, want %d", size, got, want)
		}
	}
}

// The requests behind an answer whose length is not known are answered behind it, and none of them
// is lost.
func TestStreamsInTurn(t *testing.T) {
	s := newSite()
	begun := 0
	s.Get("/stream", func(x *Exchange) {
		begun++
		x.Produce(Head{Code: 200, Type: Text, Size: -1},
			fifo.SimpleProducer(make([]byte, 300_000), 30_000))
	})
	c := chattest.NewConn(t, s.NewSession)
	c.Stall()
	c.SendString(
		strings.Repeat("GET /stream HTTP/1.1\r\nHost: h\r\n\r\nGET /page HTTP/1.1\r\nHost: h\r\n\r\n", 5))
	if begun != 1 {
		t.Errorf("%d answers have begun while the client takes none", begun)
	}
	c.Unstall()
	all := webtest.Answers(t, string(c.Received()), "GET")
	if len(all) != 10 || c.Closed() {
		t.Fatalf("%d answers, closed %v", len(all), c.Closed())
	}
	for i, a := range all {
		if want := []int{300_000, 7}[i%2]; len(a.Text) != want {
			t.Errorf("answer %d has %d bytes, want %d", i, len(a.Text), want)
		}
	}
}

// A client sees that a body which failed is not whole: the last chunk is missing, and the
// connection closed.
func TestStreamFails(t *testing.T) {
	s := &Site{}
	s.Get("/", func(x *Exchange) {
		failing := fifo.Reader(io.MultiReader(strings.NewReader("beginning"), brokenReader{}))
		x.Produce(Head{Code: 200, Type: Text, Size: -1}, failing)
	})
	c := chattest.NewConn(t, s.NewSession)
	c.SendString("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
	if got := string(c.Received()); !strings.Contains(got, "beginning") ||
		strings.HasSuffix(got, "0\r\n\r\n") || !c.Closed() {
		t.Errorf("%q, closed %v", got, c.Closed())
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errors.New("disk on fire") }

// openEvents returns a connection to which events are sent, and counts how often its end was told.
func openEvents(
	t *testing.T,
) (c *chattest.Conn, events func() *chat.Channel, h *session, ends *int) {
	t.Helper()
	s := newSite()
	var channel *chat.Channel
	ends = new(int)
	s.Get("/events", func(x *Exchange) { channel = x.Events(func() { *ends++ }) })
	c, h = connect(t, s)
	c.Channel().SetLimits(chat.Limits{IdleTimeout: heartbeat / 2})
	c.SendString("GET /events HTTP/1.1\r\nHost: h\r\n\r\n")
	const want = "HTTP/1.1 200 OK\r\nServer: asynchat\r\nDate: Sat, 01 Jan 2000 00:00:00 GMT\r\n" +
		"Connection: close\r\n" +
		"Content-Type: text/event-stream\r\nCache-Control: no-store\r\n\r\n"
	if got := string(c.Received()); got != want || channel == nil || c.Closed() {
		t.Fatalf("got %q, want %q", got, want)
	}
	return c, func() *chat.Channel { return channel }, h, ends
}

// An open answer takes what is pushed from elsewhere, outlives all clocks but that of a peer that
// takes nothing, and what the client says on it is not listened to.
func TestEvents(t *testing.T) {
	c, channel, h, ends := openEvents(t)
	channel().Push(AppendEvent(nil, "say", []byte("a\r\nb\rc")))
	c.Advance(0)
	if got := string(c.Received()); got != "event: say\ndata: a\ndata: b\ndata: c\n\n" {
		t.Errorf("pushed: got %q", got)
	}
	chat.Broadcast([]*chat.Channel{channel()}, AppendEvent(nil, "", []byte("x")))
	c.SendString("GET /page HTTP/1.1\r\nHost: h\r\n\r\n" + strings.Repeat("x", 100_000))
	if got := string(c.Received()); got != "data: x\n\n" || len(h.data) > 0 {
		t.Errorf("broadcast: got %q; %d bytes of the client's are kept", got, len(h.data))
	}
	c.Advance(10 * time.Minute)
	if got := string(c.Received()); got != strings.Repeat(":\n\n", 40) || c.Closed() {
		t.Errorf("after ten minutes: got %q, closed %v", got, c.Closed())
	}
	c.CloseWrite()
	if !c.Closed() || *ends != 1 {
		t.Errorf("the client is gone: closed %v, told %d times", c.Closed(), *ends)
	}
	c.Advance(time.Hour)
}

func TestEventsEnd(t *testing.T) {
	c, channel, _, ends := openEvents(t)
	channel().PushString("data: bye\n\n")
	channel().CloseWhenDone()
	c.CloseWrite()
	if got := string(c.Received()); got != "data: bye\n\n" || !c.Closed() || *ends != 1 {
		t.Errorf("CloseWhenDone: got %q, closed %v, told %d times", got, c.Closed(), *ends)
	}
	c, channel, h, ends := openEvents(t)
	c.Do(h.HandleShutdown)
	if err := channel().PushString("x"); err != chat.ErrClosed {
		t.Errorf("push behind the shutdown: %v", err)
	}
	c.CloseWrite()
	if !c.Closed() || *ends != 1 {
		t.Errorf("shutdown: closed %v, told %d times", c.Closed(), *ends)
	}
	c, channel, _, ends = openEvents(t)
	c.Stall()
	channel().PushString(strings.Repeat("x", 1<<20))
	c.Advance(time.Minute)
	c.Unstall()
	if !c.Closed() || *ends != 1 {
		t.Errorf("a client that takes nothing: closed %v, told %d times", c.Closed(), *ends)
	}
	s := newSite()
	s.Get("/events", func(x *Exchange) {
		if x.Events(func() { t.Error("the end of what was not open is told") }) != nil {
			t.Error("HEAD has opened an answer")
		}
	})
	if got, closed := webtest.Exchange(t, s.NewSession,
		"HEAD /events HTTP/1.1\r\nHost: h\r\n\r\n"); !strings.Contains(got, "event-stream") || !closed {
		t.Errorf("HEAD: got %q, closed %v", got, closed)
	}
}

// A body that nobody wants is not kept, and an idle session keeps nothing large.
func TestSessionsKeepLittle(t *testing.T) {
	s := newSite()
	const fields = " HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n"
	c, h := connect(t, s)
	c.SendString("PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 60000\r\n\r\n" +
		strings.Repeat("x", 59_999))
	if h.Exchange != nil {
		t.Error("something of the body of a PUT is kept")
	}
	c.SendString("." + "POST /echo" + fields + strings.Repeat("x", 99_999))
	if len(h.body) != 99_999 {
		t.Errorf("%d bytes of the body of an echo are kept", len(h.body))
	}
	c.SendString(".")
	if h.Exchange != nil {
		t.Errorf("an idle session keeps a request, and a buffer of %d bytes", cap(h.data))
	}
	c.SendString("\r\n")
	if h.Exchange != nil {
		t.Error("an empty line between two requests is kept")
	}
	if all := webtest.Answers(t, string(c.Received()), "GET"); len(all) != 2 {
		t.Errorf("%d answers, want 2", len(all))
	}
}
