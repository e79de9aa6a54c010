package chat_test

import (
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
)

// S142, S176, B34: commands behind QUIT never run.
func TestCloseWhenDoneDeliversNoMoreInput(t *testing.T) {
	r, h := record(crlf, onFound(func(r *recorder, element string) {
		r.PushString("re " + element + ";")
		if element == "QUIT" {
			r.CloseWhenDone()
		}
	}))
	c := chattest.NewConn(t, h)
	c.SendString("a\r\nQUIT\r\nDELE 1\r\n")
	c.SendString("DELE 2\r\n")
	expectReceived(t, c, "re a;re QUIT;")
	if !c.Closed() {
		t.Error("not closed")
	}
	c.CloseWrite()
	r.expect(t, `connect, "a", found, "QUIT", found, close <nil>`)
}

func TestCloseWhenDoneWaitsForTheOutput(t *testing.T) { // S172, S174, S177
	r, h := record(crlf)
	c := chattest.NewConn(t, h)
	c.Stall()
	c.Do(func() {
		r.PushString(strings.Repeat("x", 300_000))
		r.CloseWhenDone()
	})
	if c.Closed() {
		t.Fatal("closed before the output was sent")
	}
	c.Unstall()
	if got := len(c.Received()); got != 300_000 || !c.Closed() {
		t.Errorf("received %d bytes, closed %v; want 300000, true", got, c.Closed())
	}
}

func TestCloseWhenDoneAtOnceWhenEmpty(t *testing.T) { // S173, B46
	r, h := record(crlf)
	c := chattest.NewConn(t, h)
	c.Do(r.CloseWhenDone)
	if !c.Closed() {
		t.Error("not closed")
	}
}

// S90, B24: the simulated kernel resets, as TCP may.
func TestLastBytesSurviveUnreadInput(t *testing.T) {
	r, h := record(crlf, onFound(func(r *recorder, _ string) {
		r.PushString("413 too much\r\n")
		r.CloseWhenDone()
	}))
	c := chattest.NewConn(t, h)
	c.Stall()
	c.SendString("POST\r\n" + strings.Repeat("body", 10_000))
	c.SendString(strings.Repeat("more", 10_000))
	c.Unstall()
	expectReceived(t, c, "413 too much\r\n")
	if r.count("close <nil>") != 0 {
		t.Error("does not wait for the peer")
	}
	c.CloseWrite()
	if r.count("close <nil>") != 1 {
		t.Errorf("events %s, want a close", r.events())
	}
}

func TestLingerIsBounded(t *testing.T) { // B24
	r, h := record(crlf)
	c := chattest.NewConn(t, h)
	c.Do(r.CloseWhenDone)
	c.Advance(chat.DefaultLimits().Linger - time.Millisecond)
	r.expect(t, "connect")
	c.Advance(time.Millisecond)
	r.expect(t, "connect, close <nil>")
}

func TestHalfCloseGetsItsReply(t *testing.T) { // S146, B23
	r, h := record(crlf, onFound(func(r *recorder, _ string) {
		r.PushString(strings.Repeat("x", 300_000))
	}))
	c := chattest.NewConn(t, h)
	c.Stall()
	c.SendString("\r\n")
	c.CloseWrite()
	c.Unstall()
	if got := len(c.Received()); got != 300_000 {
		t.Errorf("received %d bytes, want 300000", got)
	}
	r.expect(t, "connect, found, close EOF")
}

func TestCloseInEveryCallback(t *testing.T) { // S142, B14: nothing but HandleClose follows, once
	for _, where := range []string{"connect", "data", "found", "drained"} {
		r, h := record(crlf,
			onEvent(func(r *recorder, event string) {
				if event == where {
					r.Close()
				} else if event == "connect" {
					r.PushString("x")
				}
			}),
			onData(func(r *recorder, _ string) {
				if where == "data" {
					r.Close()
				}
			}))
		c := chattest.NewConn(t, h)
		c.SendString("a\r\nb\r\n")
		events := r.events()
		if got := r.count("close <nil>"); got != 1 || !strings.HasSuffix(events, "close <nil>") ||
			strings.Contains(events, `"b"`) {
			t.Errorf("Close in %s: %s", where, events)
		}
		if !c.Closed() {
			t.Errorf("Close in %s: the peer does not see it", where)
		}
	}
}

func TestPushAfterClose(t *testing.T) { // S151, B45
	for name, end := range map[string]func(*recorder){
		"Close":         func(r *recorder) { r.Close() },
		"CloseWhenDone": func(r *recorder) { r.CloseWhenDone() },
	} {
		r, h := record(crlf)
		c := chattest.NewConn(t, h)
		c.Do(func() {
			end(r)
			_, writeErr := r.Write([]byte("x"))
			for _, err := range []error{r.Push([]byte("x")), r.PushString("x"), r.Push(nil), writeErr} {
				if err != chat.ErrClosed || !errors.Is(err, net.ErrClosed) {
					t.Errorf("after %s: %v, want ErrClosed", name, err)
				}
			}
		})
	}
}

func TestPushInHandleClose(t *testing.T) { // S155, S156, B26
	var err error
	r, h := record(crlf, onEvent(func(r *recorder, event string) {
		if strings.HasPrefix(event, "close") {
			err = r.PushString("goodbye")
			r.Close()
			r.CloseWhenDone()
			r.DiscardBuffers()
			r.SetTerminator(crlf)
			r.ResumeReading()
		}
	}))
	c := chattest.NewConn(t, h)
	c.Reset()
	if err != chat.ErrClosed {
		t.Errorf("Push = %v, want ErrClosed", err)
	}
	if got := len(r.log); got != 2 {
		t.Errorf("events %s, want connect and one close", r.events())
	}
}

func TestDiscardBuffers(t *testing.T) { // S180
	r, h := record(crlf, onFound(func(r *recorder, element string) {
		if element == "drop" {
			r.DiscardBuffers()
		}
		r.PushString(element)
	}))
	c := chattest.NewConn(t, h)
	c.SendString("a\r\ndrop\r\nb\r\nc")
	c.SendString("d\r\n")
	r.expect(t, `connect, "a", found, "drop", found, "d", found`)
	expectReceived(t, c, "dropd")
}

// S180: what was gathered of the element in progress is forgotten too.
func TestDiscardBuffersEmptiesTheCollector(t *testing.T) { // S114
	for name, newHandler := range map[string]chat.NewHandler{
		"Lines": chat.Lines(func(c *chat.Channel, line []byte) { c.Push(line) }),
		"Collector": func(c *chat.Channel) chat.Handler {
			c.SetTerminator(crlf)
			return &collecting{Channel: c}
		},
	} {
		c := chattest.NewConn(t, newHandler)
		c.SendString("beginning of")
		c.Do(c.Channel().DiscardBuffers)
		c.SendString("a line\r\n")
		if got := string(c.Received()); got != "a line" {
			t.Errorf("%s: got %q, want what came behind DiscardBuffers", name, got)
		}
	}
}

type collecting struct {
	*chat.Channel
	chat.Collector
}

func (c *collecting) FoundTerminator() { c.Push(c.Take()) }

// S180: the pending close is not cancelled here.
func TestDiscardBuffersAfterCloseWhenDone(t *testing.T) {
	r, h := record(crlf)
	c := chattest.NewConn(t, h)
	c.Stall()
	c.Do(func() {
		r.PushString(strings.Repeat("x", 100_000))
		r.CloseWhenDone()
		r.DiscardBuffers()
	})
	r.expect(t, "connect, close <nil>")
}

// B7, B28, B29; S143, B39: nothing is delivered twice.
func TestPanicClosesThatChannelOnly(t *testing.T) {
	for _, where := range []string{"connect", "data", "found", "drained"} {
		boom := func(r *recorder, event string) {
			if event == where {
				panic("boom")
			}
			if event == "connect" {
				r.PushString("x")
			}
		}
		r, h := record(crlf, onEvent(boom), onData(func(r *recorder, _ string) { boom(r, "data") }))
		c := chattest.NewConn(t, h)
		c.SendString("a\r\nb\r\n")
		events := r.events()
		if !strings.HasSuffix(events, "error panic in a handler: boom, close panic in a handler: boom") ||
			r.count("close panic in a handler: boom") != 1 {
			t.Errorf("panic in %s: %s", where, events)
		}
	}
}

func TestPanicInPostAndTimer(t *testing.T) { // B7
	for name, call := range map[string]func(*chat.Channel, func()){
		"Post":  func(c *chat.Channel, f func()) { c.Post(f) },
		"After": func(c *chat.Channel, f func()) { c.After(time.Second, f) },
	} {
		r, h := record(crlf)
		c := chattest.NewConn(t, h)
		call(c.Channel(), func() { panic("boom") })
		c.Advance(time.Second)
		want := "connect, error panic in a handler: boom, close panic in a handler: boom"
		if got := r.events(); got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestHandleErrorMaySayGoodbye(t *testing.T) {
	_, h := record(crlf,
		onFound(func(*recorder, string) { panic("boom") }),
		onEvent(func(r *recorder, event string) {
			if strings.HasPrefix(event, "error") {
				r.PushString("421 internal error\r\n")
			}
		}))
	c := chattest.NewConn(t, h)
	c.SendString("x\r\n")
	expectReceived(t, c, "421 internal error\r\n")
	if !c.Closed() {
		t.Error("not closed")
	}
}

func TestPanicInHandleErrorAndHandleClose(t *testing.T) { // S37
	r, h := record(crlf, onEvent(func(r *recorder, event string) {
		if event != "connect" {
			panic(event)
		}
	}))
	c := chattest.NewConn(t, h)
	c.SendString("\r\n")
	r.expect(t, "connect, found, error panic in a handler: found, close panic in a handler: found")
}

func TestNewHandlerMayRefuse(t *testing.T) {
	c := chattest.NewConn(t, func(*chat.Channel) chat.Handler { return nil })
	if !c.Closed() {
		t.Error("not closed")
	}
	c.SendString("x\r\n")
}

func TestPostAfterClose(t *testing.T) {
	r, h := record(crlf)
	c := chattest.NewConn(t, h)
	ran := false
	if err := r.Post(func() { ran = true }); err != nil {
		t.Fatal(err)
	}
	r.Close()
	c.Advance(0)
	if !ran {
		t.Error("a function that was taken did not run")
	}
	if err := r.Post(func() {}); err != chat.ErrClosed {
		t.Errorf("Post = %v, want ErrClosed", err)
	}
}
