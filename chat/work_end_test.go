package chat_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
)

// B23: who sends its requests and ends its direction gets all answers.
func TestEOFWaitsForWork(t *testing.T) {
	for _, handleEOF := range []bool{false, true} {
		r, h := record(crlf, answering())
		end := "close EOF"
		if handleEOF {
			r, h = recordEOF(crlf, answering(), onEvent(func(r *recorder, event string) {
				if event == "eof" {
					answer(r, "the end")
					r.CloseWhenDone()
				}
			}))
			end = "eof, work the end, done the end, close <nil>"
		}
		c := chattest.NewConn(t, h)
		c.HoldWork()
		c.SendString("a\r\nb\r\n")
		c.CloseWrite()
		r.expect(t, `connect, "a", found`)
		for c.FinishWork() {
		}
		r.expect(t, `connect, "a", found, work a, done a, "b", found, work b, done b, `+end)
		got := string(c.Received())
		if want := "re a;re b;"; got != want && got != want+"re the end;" ||
			handleEOF != strings.Contains(got, "end") {
			t.Errorf("received %q", got)
		}
	}
}

// CloseWhenDone and CloseWrite count as if they came behind the work in flight. Until then only the
// answer is pushed.
func TestEndsWaitForWork(t *testing.T) {
	for name, test := range map[string]struct {
		end  func(*recorder)
		want string
	}{
		"CloseWhenDone": {func(r *recorder) { r.CloseWhenDone() }, ", close <nil>"},
		"CloseWrite":    {func(r *recorder) { r.CloseWrite() }, `, "b", found, close EOF`},
		"CloseWrite, CloseWhenDone": {func(r *recorder) { r.CloseWrite(); r.CloseWhenDone() },
			", close <nil>"},
	} {
		w := holdingWork(t, onFound(func(r *recorder, element string) {
			if element == "b" {
				return
			}
			answer(r, "1")
			answer(r, "2")
			r.PushString("wait;")
			test.end(r)
			if err := r.PushString("x"); err != chat.ErrClosed {
				t.Errorf("%s: PushString = %v, want ErrClosed", name, err)
			}
		}))
		w.SendString("a\r\nb\r\n")
		expectReceived(t, w.Conn, "wait;")
		if w.r.count("drained") != 0 {
			t.Errorf("%s: HandleDrained was called", name)
		}
		w.FinishWork()
		w.Do(func() {
			if err := w.r.PushString("x"); err != chat.ErrClosed {
				t.Errorf("%s: PushString between the answers = %v, want ErrClosed", name, err)
			}
		})
		expectReceived(t, w.Conn, "re 1;")
		if w.Closed() {
			t.Errorf("%s: ended before the last answer", name)
		}
		w.FinishWork()
		expectReceived(t, w.Conn, "re 2;")
		if !w.Closed() {
			t.Errorf("%s: not ended behind the last answer", name)
		}
		w.CloseWrite()
		got, want := w.r.events(), `connect, "a", found, work 1, done 1, work 2, done 2`+test.want
		if want = strings.Replace(want, "close EOF", "close <nil>", 1); got != want {
			t.Errorf("%s: events\n got %s\nwant %s", name, got, want)
		}
	}
}

// What done does itself is in order too: no push behind its own CloseWhenDone, but more work before
// a CloseWhenDone of earlier.
func TestEndsWithinDone(t *testing.T) {
	w := holdingWork(t, onFound(func(r *recorder, _ string) {
		r.Go(func() func() {
			return func() {
				r.PushString("1;")
				if err := answer(r, "2"); err != nil {
					t.Errorf("Go in done: %v", err)
				}
			}
		})
		r.CloseWhenDone()
		if err := answer(r, "x"); err != chat.ErrClosed {
			t.Errorf("Go after CloseWhenDone = %v, want ErrClosed", err)
		}
	}))
	w.SendString("\r\n")
	w.finishesWork(2)
	expectReceived(t, w.Conn, "1;re 2;")
	if !w.Closed() {
		t.Error("not closed")
	}

	for name, end := range map[string]func(*recorder){
		"CloseWhenDone": func(r *recorder) { r.CloseWhenDone() },
		"CloseWrite":    func(r *recorder) { r.CloseWrite() },
	} {
		w = holdingWork(t, onFound(func(r *recorder, _ string) {
			r.Go(func() func() {
				return func() {
					r.PushString("1;")
					end(r)
					if err := r.PushString("x"); err != chat.ErrClosed {
						t.Errorf("PushString behind %s = %v, want ErrClosed", name, err)
					}
					// Work that answers nothing may follow the end of our direction.
					if err := answer(r, "x"); (err == nil) != (name == "CloseWrite") {
						t.Errorf("Go behind %s = %v", name, err)
					}
				}
			})
		}))
		w.SendString("\r\n")
		for w.FinishWork() {
		}
		expectReceived(t, w.Conn, "1;")
		if !w.Closed() {
			t.Errorf("%s: the peer does not see the end", name)
		}
	}
}

// When both directions have ended, work in flight still finds the channel open.
func TestWorkWhenBothDirectionsHaveEnded(t *testing.T) {
	r, h := recordEOF(crlf, onEvent(func(r *recorder, event string) {
		if event == "eof" {
			answer(r, "the rest")
		}
	}))
	c := chattest.NewConn(t, h)
	c.HoldWork()
	c.Do(r.CloseWrite)
	c.SendString("a\r\n")
	c.CloseWrite()
	r.expect(t, `connect, "a", found, eof`)
	c.FinishWork()
	r.expect(t, `connect, "a", found, eof, work the rest, done the rest, close <nil>`)
}

// Close waits for nothing. What has begun runs to its end, and can release what it has opened; what
// has not begun never runs.
func TestCloseDropsWork(t *testing.T) {
	for name, end := range map[string]func(*recorder){
		"Close":          func(r *recorder) { r.Close() },
		"Abort":          func(r *recorder) { r.Abort() },
		"DiscardBuffers": func(r *recorder) { r.CloseWhenDone(); r.DiscardBuffers() },
	} {
		w := holdingWork(t, onFound(func(r *recorder, _ string) {
			answer(r, "1")
			answer(r, "2")
		}))
		w.SendString("a\r\nb\r\n")
		w.Do(func() {
			end(w.r)
			if err := answer(w.r, "3"); err != chat.ErrClosed {
				t.Errorf("%s: Go afterwards = %v, want ErrClosed", name, err)
			}
		})
		w.finishesWork(1)
		w.r.expect(t, `connect, "a", found, close <nil>, work 1, done 1`)
		expectReceived(t, w.Conn, "")
	}
}

// A shutdown lets what has been asked be answered.
func TestShutdownWaitsForWork(t *testing.T) {
	l := chattest.Listen(t)
	l.HoldWork()
	s := &chat.Server{Handler: chat.Lines(func(c *chat.Channel, line []byte) {
		switch answer := string(line); answer {
		case "go":
			c.Go(func() func() { return func() { c.PushString("done") } })
		case "gone":
			c.Go(func() func() { return nil })
			c.Close()
		}
	})}
	if err := s.Serve(l); err != nil {
		t.Fatal(err)
	}
	p := l.Dial()
	p.SendString("go\r\n")
	s.BeginShutdown()
	l.Advance(time.Hour)
	if p.Closed() {
		t.Fatal("closed before the answer")
	}
	l.FinishWork()
	if got := string(p.Received()); got != "done" || !p.Closed() {
		t.Errorf("got %q, closed is %t; want the answer, and the end", got, p.Closed())
	}
}

// Also for the work of channels that have gone: no goroutine outlives a shutdown that was not cut.
func TestShutdownWaitsForDroppedWork(t *testing.T) {
	l := chattest.Listen(t)
	l.HoldWork()
	s := &chat.Server{Handler: chat.Lines(func(c *chat.Channel, line []byte) {
		c.Go(func() func() { return nil })
		c.Close()
	})}
	if err := s.Serve(l); err != nil {
		t.Fatal(err)
	}
	l.Dial().SendString("go\r\n")
	over, cancel := context.WithCancel(t.Context())
	cancel()
	s.BeginShutdown()
	l.Advance(0)
	var cut *chat.CutError
	if err := s.Shutdown(over); !errors.As(err, &cut) || cut.Channels != 0 {
		t.Errorf("Shutdown with work in flight = %v, want a CutError of no channels", err)
	}
	l.FinishWork()
	if err := s.Shutdown(over); err != nil {
		t.Errorf("Shutdown when the work is done = %v", err)
	}
}

// elsewhere is a kernel that does work on a goroutine, and waits for it.
// What a handler does at a fault may need work too: its last word is sent.
func TestLastWordByWork(t *testing.T) {
	for event, test := range map[string]struct {
		provoke func(*chattest.Conn)
		reason  error
	}{
		"too long": {func(c *chattest.Conn) { c.SendString("too long\r\n") }, chat.ErrTooLong},
		"timeout": {func(c *chattest.Conn) { c.Advance(chat.DefaultLimits().FirstTimeout) },
			chat.ErrFirstTimeout},
	} {
		r := &recorder{}
		c := chattest.NewConn(t, func(c *chat.Channel) chat.Handler {
			r.Channel = c
			c.SetMaxElement(4, false)
			c.SetTerminator(crlf)
			return &wordy{r}
		})
		c.HoldWork()
		test.provoke(c)
		c.FinishWork()
		expectReceived(t, c, "re "+event+";")
		c.CloseWrite()
		if c.Reason() != test.reason {
			t.Errorf("%s: the reason is %v, want %v", event, c.Reason(), test.reason)
		}
	}
}

type wordy struct{ *recorder }

func (w *wordy) HandleTooLong()      { answer(w.recorder, "too long") }
func (w *wordy) HandleTimeout(error) { answer(w.recorder, "timeout") }

// Under TLS too: close_notify comes after the answer of the work, not when all else is sent.
func TestCloseWriteWaitsForWorkUnderTLS(t *testing.T) {
	versions(t, func(t *testing.T, version uint16) {
		s, h := upgrading()
		c := chattest.NewConn(t, h)
		c.HoldWork()
		c.SendString("STARTTLS\r\n")
		expectReceived(t, c, "220 go on\r\n")
		peer := tls.Client(c.NetConn(), clientConfig(version))
		require.NoError(t, peer.Handshake())
		r := bufio.NewReader(peer)
		expectText(t, r, "welcome\r\n")
		s.onFound = func(_ *recorder, line string) {
			if line == "ask" {
				answer(s.recorder, "it")
				s.PushString("wait;")
				s.CloseWrite()
			}
		}
		fmt.Fprint(peer, "ask\r\n")
		expectText(t, r, "wait;")
		require.True(t, c.FinishWork())
		expectText(t, r, "re it;")
		if rest, err := io.ReadAll(r); len(rest) > 0 || err != nil {
			t.Errorf("after the answer %q, %v; want close_notify", rest, err)
		}
		fmt.Fprint(peer, "more\r\n")
		require.NoError(t, peer.CloseWrite())
		s.expect(t, `connect, "STARTTLS", found, secured `+tls.VersionName(version)+
			`, "ask", found, work it, done it, "more", found, close <nil>`)
	})
}
