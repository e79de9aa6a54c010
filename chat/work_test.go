package chat_test

import (
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

// Answers stay in the order of the requests, and no request is delivered before the one before it
// is answered.
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
	w.r.expect(t,
		`connect, "a", found, work a, done a, "b", found, work b, done b, "c", found, work c, done c`)
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

// What was pushed before the work and its answer are together more than HighWater: they are sent,
// and the input goes on.
func TestAnswerAboveHighWater(t *testing.T) {
	c := chattest.NewConn(t, chat.Lines(func(c *chat.Channel, line []byte) {
		c.Push(append(line, "........................"...))
		c.Go(func() func() { return func() { c.PushString("done;") } })
	}))
	c.Do(func() { setLimits(c.Channel(), func(l *chat.Limits) { l.HighWater, l.LowWater = 26, 10 }) })
	c.SendString("a\r\nb\r\n")
	expectReceived(t, c, "a........................done;b........................done;")
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
		w.SendString("a\r\n")
		w.Reset()
		if got := chat.ReasonOf(w.Reason()); got != chat.ReasonPeerReset {
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
		want := `connect, "a", found, error panic in a handler: boom, close panic in a handler: boom`
		if w.r.events() != want {
			t.Errorf("panic in %s: events\n got %s\nwant %s", name, w.r.events(), want)
		}
		expectReceived(t, w.Conn, "sorry;")
		var p *chat.PanicError
		if !errors.As(w.Reason(), &p) || !strings.Contains(string(p.Stack), "TestPanicInWork") {
			t.Errorf("panic in %s: the reason is %v, want one with the stack of the panic", name, w.Reason())
		}
	}
	// A second fault within the first changes nothing, and one behind the close only goes to the log.
	w := holdingWork(t, onFound(func(r *recorder, _ string) { r.Go(boom) }),
		onEvent(func(r *recorder, event string) {
			if strings.HasPrefix(event, "error") {
				panic("again")
			}
		}))
	w.SendString("a\r\n")
	w.finishesWork(1)
	w.r.expect(t,
		`connect, "a", found, error panic in a handler: boom, close panic in a handler: boom`)
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
	expectWork(t, s, 2, 4)
	peers["d"].Reset()
	expectWork(t, s, 2, 3)
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
	expectWork(t, s, 0, 0)
}

func expectWork(t *testing.T, s *chat.Server, working, queue int) {
	t.Helper()
	if st := s.Stats(); st.Working != working || st.WorkQueue != queue {
		t.Errorf("%d works run and %d wait, want %d and %d", st.Working, st.WorkQueue, working, queue)
	}
}

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
