package chat_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/simkernel"
)

// answer asks for work that answers what it was asked.
func answer(r *recorder, question string) error {
	return r.Go(func() func() {
		r.note("work " + question)
		return func() {
			r.note("done " + question)
			r.PushString("re " + question + ";")
		}
	})
}

func answering() func(*recorder) {
	return onFound(func(r *recorder, element string) { answer(r, element) })
}

// holdingWork is watch with work that waits for FinishWork.
func holdingWork(t *testing.T, set ...func(*recorder)) *watched {
	t.Helper()
	w := watch(t, crlf, set...)
	w.HoldWork()
	return w
}

// finishesWork fails unless n works are done until none is left.
func (w *watched) finishesWork(n int) {
	w.Helper()
	got := 0
	for w.FinishWork() {
		got++
	}
	if got != n {
		w.Errorf("%d works were done, want %d", got, n)
	}
}

// Answers stay in the order of the requests, and no request is delivered before the one before it is answered.
func TestGoAnswersInOrder(t *testing.T) {
	w := holdingWork(t, answering())
	w.SendString("a\r\nb\r\nc")
	w.SendString("\r\n")
	w.r.expect(t, `connect, "a", found`)
	for _, want := range []string{"re a;", "re b;", "re c;"} {
		if !w.Paused() {
			t.Error("input does not wait for the work")
		}
		w.FinishWork()
		expectReceived(t, w.Conn, want)
	}
	if w.Paused() {
		t.Error("input waits for nothing")
	}
	w.r.expect(t, `connect, "a", found, work a, done a, "b", found, work b, done b, "c", found, work c, done c`)
	w.finishesWork(0)
}

// The simulated kernel does the work at once, and what is seen does not depend on the cuts.
func TestGoDoesNotDependOnCuts(t *testing.T) {
	h := chat.Lines(func(c *chat.Channel, line []byte) {
		question := string(line)
		c.Go(func() func() { return func() { c.PushString("re " + question + ";") } })
	})
	c := chattest.EverySplit(t, h, "a\r\nbb\r\n\r\nccc\r\nd")
	expectReceived(t, c, "re a;re bb;re ;re ccc;")
}

// Whatever holds delivery between an element's data and its end, the end is not lost.
func TestGoInCollect(t *testing.T) {
	w := holdingWork(t, onData(func(r *recorder, data string) { answer(r, data) }))
	w.SendString("a\r\nb\r\n")
	w.r.expect(t, `connect, "a"`)
	w.finishesWork(2)
	w.r.expect(t, `connect, "a", work a, done a, found, "b", work b, done b, found`)
}

func TestGoOneAfterTheOther(t *testing.T) {
	w := holdingWork(t, onFound(func(r *recorder, _ string) {
		answer(r, "1")
		answer(r, "2")
		r.Go(func() func() { r.note("no answer"); return nil })
		answer(r, "3")
	}))
	w.SendString("\r\nx\r\n")
	w.FinishWork()
	w.r.expect(t, "connect, found, work 1, done 1")
	expectReceived(t, w.Conn, "re 1;")
	w.finishesWork(3 + 4)
	expectReceived(t, w.Conn, "re 2;re 3;re 1;re 2;re 3;")
}

// While work is in flight the peer is not to blame, but it is seen when it has gone.
func TestInputWaitsForWork(t *testing.T) {
	t.Run("clocks", func(t *testing.T) {
		w := holdingWork(t, answering())
		w.SendString("a\r\nb")
		w.goesOn(24 * time.Hour)
		w.FinishWork()
		w.endsAt(30*time.Second, chat.ErrTooSlow)
	})
	t.Run("stall", func(t *testing.T) { // the clock of the output goes on
		w := holdingWork(t, onFound(func(r *recorder, element string) {
			r.Push(make([]byte, 100_000))
			answer(r, element)
		}))
		w.Stall()
		w.SendString("a\r\n")
		w.endsAt(30*time.Second, chat.ErrStalled)
	})
	t.Run("lifetime", func(t *testing.T) {
		w := holdingWork(t, answering())
		w.Do(func() { setLimits(w.r.Channel, func(l *chat.Limits) { l.Lifetime = time.Hour }) })
		w.SendString("a\r\n")
		w.endsAt(time.Hour, chat.ErrLifetime)
	})
	t.Run("reset", func(t *testing.T) {
		w := holdingWork(t, answering())
		w.SendString("a\r\nb\r\n")
		w.Reset()
		if got := chat.ReasonOf(w.Reason()); got != chat.PeerReset {
			t.Errorf("%s: the reason is %v, want it closed by the reset", w.r.events(), w.Reason())
		}
		w.finishesWork(1)
		if !strings.HasSuffix(w.r.events(), "connection reset by peer, work a, done a") {
			t.Errorf("events %s, want the work done behind the close", w.r.events())
		}
	})
	t.Run("input is bounded", func(t *testing.T) {
		w := holdingWork(t, answering())
		w.Do(func() { setLimits(w.r.Channel, func(l *chat.Limits) { l.MaxBuffered = 1000 }) })
		w.SendString("a\r\n" + strings.Repeat("x", 900))
		w.SendString(strings.Repeat("y", 100_000)) // not read
		w.goesOn(0)
		w.Do(func() { w.r.Unread(make([]byte, 101)) })
		if w.Reason() != chat.ErrBuffered {
			t.Errorf("the reason is %v, want ErrBuffered", w.Reason())
		}
	})
}

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
		if want := "re a;re b;"; got != want && got != want+"re the end;" || handleEOF != strings.Contains(got, "end") {
			t.Errorf("received %q", got)
		}
	}
}

// CloseWhenDone and CloseWrite count as if they came behind the work in flight. Until then only the answer is pushed.
func TestEndsWaitForWork(t *testing.T) {
	for name, test := range map[string]struct {
		end  func(*recorder)
		want string
	}{
		"CloseWhenDone":             {func(r *recorder) { r.CloseWhenDone() }, ", close <nil>"},
		"CloseWrite":                {func(r *recorder) { r.CloseWrite() }, `, "b", found, close EOF`},
		"CloseWrite, CloseWhenDone": {func(r *recorder) { r.CloseWrite(); r.CloseWhenDone() }, ", close <nil>"},
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

// What done does itself is in order too: no push behind its own CloseWhenDone, but more work before a CloseWhenDone of earlier.
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

// Close waits for nothing. What has begun runs to its end, and can release what it has opened; what has not begun never runs.
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

// S93, B28: a panic off the loop is no worse than one on it.
func TestPanicInWork(t *testing.T) {
	boom := func() func() { panic("boom") }
	for name, work := range map[string]func() func(){
		"work": boom,
		"done": func() func() { return func() { panic("boom") } },
	} {
		w := holdingWork(t,
			onFound(func(r *recorder, _ string) {
				r.Go(work)
				answer(r, "2")
				r.CloseWhenDone()
			}),
			onEvent(func(r *recorder, event string) {
				if strings.HasPrefix(event, "error") {
					r.PushString("sorry;")
				}
			}))
		w.SendString("a\r\nb\r\n")
		w.finishesWork(1)
		if want := `connect, "a", found, error panic in a handler: boom, close panic in a handler: boom`; w.r.events() != want {
			t.Errorf("panic in %s: events\n got %s\nwant %s", name, w.r.events(), want)
		}
		expectReceived(t, w.Conn, "sorry;")
		var p *chat.PanicError
		if !errors.As(w.Reason(), &p) || !strings.Contains(string(p.Stack), "TestPanicInWork") {
			t.Errorf("panic in %s: the reason is %v, want one with the stack of the panic", name, w.Reason())
		}
	}
	// A second fault within the first changes nothing, and one behind the close only goes to the log.
	w := holdingWork(t, onFound(func(r *recorder, _ string) { r.Go(boom) }), onEvent(func(r *recorder, event string) {
		if strings.HasPrefix(event, "error") {
			panic("again")
		}
	}))
	w.SendString("a\r\n")
	w.finishesWork(1)
	w.r.expect(t, `connect, "a", found, error panic in a handler: boom, close panic in a handler: boom`)
	w = holdingWork(t, onFound(func(r *recorder, _ string) { r.Go(boom); r.Close() }))
	w.SendString("a\r\n")
	w.finishesWork(1)
	w.r.expect(t, `connect, "a", found, close <nil>`)
}

// Before the connection is made work runs like any, and what it pushes waits.
func TestGoInNewHandler(t *testing.T) {
	var r *recorder
	c := chattest.NewConn(t, func(c *chat.Channel) chat.Handler {
		r = &recorder{Channel: c}
		c.SetTerminator(crlf)
		answer(r, "who are you")
		return r
	})
	expectReceived(t, c, "re who are you;")
	c.SendString("a\r\n")
	if !strings.HasSuffix(r.events(), `, "a", found`) {
		t.Errorf("events %s, want input to go on", r.events())
	}
}

// The bound is of the server, what waits does so in order, and who goes away leaves the queue.
func TestMaxWorkers(t *testing.T) {
	l := chattest.Listen(t)
	l.HoldWork()
	var order []string
	s := &chat.Server{MaxWorkers: 2, Loops: 2, Handler: chat.Lines(func(c *chat.Channel, line []byte) {
		name := string(line)
		c.Go(func() func() {
			order = append(order, name)
			return func() { c.PushString(name) }
		})
	})}
	if err := s.Serve(l); err != nil {
		t.Fatal(err)
	}
	peers := make(map[string]*chattest.Peer)
	for name := range strings.SplitSeq("a b c d e f", " ") {
		peers[name] = l.Dial()
		peers[name].SendString(name + "\r\n")
	}
	peers["d"].Reset()
	for i, want := range []string{"a", "b", "c", "e", "f"} {
		if !l.FinishWork() || order[i] != want {
			t.Fatalf("work in the order %q, want %q as number %d", order, want, i)
		}
		if got := string(peers[want].Received()); got != want {
			t.Errorf("%s got the answer %q", want, got)
		}
		if i == 0 {
			peers["a"].SendString("a\r\n") // behind all others
		}
	}
	if !l.FinishWork() || len(order) != 6 || l.FinishWork() {
		t.Errorf("the second work of a does not come last: %q", order)
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
type elsewhere struct{ *simkernel.Kernel }

func (elsewhere) Background(work func()) {
	ended := make(chan bool)
	go func() {
		defer close(ended)
		work()
	}()
	<-ended
}

// Work that ends its goroutine, as t.FailNow does, would let the channel wait for ever.
func TestGoexitInWork(t *testing.T) {
	k := elsewhere{simkernel.New()}
	loop, err := core.New(core.WithKernel(k))
	require.NoError(t, err)
	defer loop.Close()
	near, _, err := k.Pair()
	require.NoError(t, err)
	r, h := record(crlf)
	chat.NewChannel(core.NewConn(loop, near), h).Go(func() func() { runtime.Goexit(); return nil })
	for range 3 {
		_, err := loop.Poll(0)
		require.NoError(t, err)
	}
	if want := "close panic in a handler: runtime.Goexit was called"; r.count(want) != 1 {
		t.Errorf("events %s, want %q", r.events(), want)
	}
}

// What a handler does at a fault may need work too: its last word is sent.
func TestLastWordByWork(t *testing.T) {
	for event, test := range map[string]struct {
		provoke func(*chattest.Conn)
		reason  error
	}{
		"too long": {func(c *chattest.Conn) { c.SendString("too long\r\n") }, chat.ErrTooLong},
		"timeout":  {func(c *chattest.Conn) { c.Advance(chat.DefaultFirstTimeout) }, chat.ErrNoElement},
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
