package chat_test

import (
	"crypto/tls"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/terminator"
)

// withLastWord returns a channel whose peer says two lines and the half of one, and resets the
// connection, all while the handler is in its first FoundTerminator, which act is called in; so the
// next that the channel does is a write. It notes the lines.
func withLastWord(t *testing.T, act func(c *chat.Channel)) (p *plainConn, lines *[]string) {
	lines = new([]string)
	p = newPlain(t, func(c *chat.Channel, line string) {
		if *lines = append(*lines, line); len(*lines) == 1 {
			p.k.Write(p.far, []byte("421 b\r\n421 c\r\nhal"))
			p.k.Reset(p.far)
		}
		act(c)
	})
	return p, lines
}

// W1: a write that fails takes nothing of what has arrived with it, and its error is the reason.
func TestFailedWriteLeavesTheInput(t *testing.T) {
	for name, act := range map[string]func(c *chat.Channel){
		"a push":          func(c *chat.Channel) { c.PushString("x") },
		"a large push":    func(c *chat.Channel) { c.Push(make([]byte, 100_000)) },
		"a broadcast":     func(c *chat.Channel) { chat.Broadcast([]*chat.Channel{c}, []byte("x")) },
		"CloseWrite":      func(c *chat.Channel) { c.CloseWrite() },
		"a push, and end": func(c *chat.Channel) { c.PushString("x"); c.CloseWrite() },
		// What is offered to the system before more is queued may fail.
		"over MaxOutput": func(c *chat.Channel) {
			for range 300 {
				c.PushString(strings.Repeat("x", 4<<10))
			}
		},
		"broadcasts over HighWater": func(c *chat.Channel) {
			for range 20 {
				chat.Broadcast([]*chat.Channel{c}, make([]byte, 4<<10))
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			p, lines := withLastWord(t, act)
			p.send("a\r\n")
			if got := strings.Join(*lines, ", "); got != "a, 421 b, 421 c" {
				t.Errorf("the lines are %s, want all", got)
			}
			if !errors.Is(p.closed, syscall.ECONNRESET) {
				t.Errorf("closed: %v, want the reset", p.closed)
			}
		})
	}
}

// W1: what the handler calls for behind a failed write is as ever, but that nothing can be sent.
func TestEndsBehindFailedWrite(t *testing.T) {
	for name, test := range map[string]struct {
		act    func(c *chat.Channel)
		lines  int
		reason error
	}{
		"CloseWhenDone": {(*chat.Channel).CloseWhenDone, 2, syscall.ECONNRESET},
		"Close":         {func(c *chat.Channel) { c.Close() }, 2, nil},
		"StartTLS": {func(c *chat.Channel) {
			if err := c.StartTLS(serverConfig()); err != chat.ErrClosed {
				t.Errorf("StartTLS = %v, want ErrClosed", err)
			}
		}, 3, syscall.ECONNRESET},
		"Push": {func(c *chat.Channel) {
			c.CloseWrite()
			if err := c.PushString("x"); err != chat.ErrClosed || c.Queued() > 0 {
				t.Errorf("Push = %v, and %d are queued; want ErrClosed", err, c.Queued())
			}
			chat.Broadcast([]*chat.Channel{c}, []byte("x"))
		}, 3, syscall.ECONNRESET},
	} {
		calls := 0
		p, lines := withLastWord(t, func(c *chat.Channel) {
			if calls++; calls == 1 {
				c.PushString("x")
			} else {
				test.act(c)
			}
		})
		p.send("a\r\n")
		if len(*lines) != test.lines || !errors.Is(p.closed, test.reason) {
			t.Errorf("%s: %q, closed %v; want %d lines, %v", name, *lines, p.closed, test.lines,
				test.reason)
		}
	}
}

// W1: an end that a reset has made is no EOF, which may be the end of a message.
func TestNoEOFBehindFailedWrite(t *testing.T) {
	r, h := recordEOF(crlf)
	c := chattest.NewConn(t, h)
	c.Do(r.PauseReading)
	c.SendString("a\r\nhalf\r")
	c.Reset()
	c.Do(r.ResumeReading)
	want := `connect, "a", found, "half\r", close read tcp 127.0.0.1:2: read: ` +
		`connection reset by peer`
	r.expect(t, want)

	r, h = recordEOF(crlf)
	c = chattest.NewConn(t, h)
	c.SendString("a\r\nhalf\r") // what may be the beginning of a terminator has arrived, too
	c.Reset()
	r.expect(t, want)
}

// W1: a reset while something holds the input is known at once, and what lies before it delivered
// when nothing does any more. If nothing lies there, the channel is closed.
func TestResetBehindDataWhilePaused(t *testing.T) {
	for _, behind := range []string{"", "a\r\nb\r\n"} {
		w := watch(t, crlf)
		p := &closeCounter{}
		w.Stall()
		w.Do(func() {
			w.r.PauseReading()
			w.r.Push(make([]byte, 100_000))
			w.r.PushProducer(p)
		})
		w.SendString(behind)
		w.Reset()
		if got := w.Reason() == chattest.ErrOpen; got != (behind != "") || p.closed != 1 {
			t.Errorf("behind %q: open is %t; the producer was closed %d times", behind, got, p.closed)
		}
		if behind == "" {
			continue
		}
		w.Do(func() {
			if err := w.r.PushString("x"); err != chat.ErrClosed {
				t.Errorf("Push behind a reset: %v, want ErrClosed", err)
			}
			w.r.ResumeReading()
		})
		if got := w.r.events(); !strings.HasPrefix(got, `connect, "a", found, "b", found, close `) ||
			chat.ReasonOf(w.Reason()) != chat.ReasonPeerReset {
			t.Errorf("the events are %s, want both lines, and closed by the reset", got)
		}
	}
}

// W1: who never resumes does not keep what is broken, whatever the limits are.
func TestBrokenHasAClock(t *testing.T) {
	for _, limit := range []time.Duration{0, chat.NoLimit} {
		w := watch(t, crlf)
		w.Do(func() {
			setLimits(w.r.Channel, func(l *chat.Limits) { l.IdleTimeout, l.FirstTimeout = limit, limit })
			w.r.PauseReading()
		})
		w.SendString("a\r\n")
		w.Reset()
		w.Advance(5*time.Minute - 1)
		if w.Reason() != chattest.ErrOpen {
			t.Fatalf("%v: closed too soon: %v", limit, w.Reason())
		}
		w.Advance(1)
		if chat.ReasonOf(w.Reason()) != chat.ReasonPeerReset {
			t.Errorf("%v: after five minutes: %v, want it closed for the reset", limit, w.Reason())
		}
	}
}

// W1: a peer that sends three jobs and resets has them all done, whether they are read one by one
// or called for at once.
func TestWorkBehindReset(t *testing.T) {
	w := holdingWork(t, answering())
	w.SendString("a\r\nb\r\n")
	w.SendString("c\r\n") // which is not read
	w.Reset()
	w.goesOn(24 * time.Hour) // the clocks are for peers
	w.finishesWork(3)
	const first = `connect, "a", found, work a, done a, "b", found, work b, done b, "c", found, `
	if got := w.r.events(); !strings.HasPrefix(got, first) || strings.Count(got, "done c") != 1 ||
		chat.ReasonOf(w.Reason()) != chat.ReasonPeerReset {
		t.Errorf("the events are %s, want all work done", got)
	}

	w = holdingWork(t, onFound(func(r *recorder, _ string) {
		answer(r, "a")
		answer(r, "b")
		answer(r, "c")
	}))
	w.SendString("\r\n")
	w.Reset()
	w.finishesWork(3)
	if chat.ReasonOf(w.Reason()) != chat.ReasonPeerReset {
		t.Errorf("the reason is %v, want the reset", w.Reason())
	}
}

// W1: an answer that cannot be sent is no reason to drop the next job; an end that was called for
// waits for the work as ever.
func TestWorkBehindFailedWrite(t *testing.T) {
	var c *chat.Channel
	works := 0
	p, lines := withLastWord(t, func(ch *chat.Channel) {
		c = ch
		c.Go(func() func() { works++; return func() { c.PushString("x") } })
		if works == 3 {
			c.CloseWhenDone()
		}
	})
	p.send("a\r\n")
	if len(*lines) != 3 || works != 3 || !errors.Is(p.closed, syscall.ECONNRESET) {
		t.Errorf("%q, %d works, closed %v; want three of each, and the reset", *lines, works, p.closed)
	}
}

// W1: a peer that does not take what it asks for has been heard as far as it was read, and no
// further: it may go on for ever.
func TestSlowReaderIsHeard(t *testing.T) {
	for _, paused := range []bool{false, true} {
		w := watch(t, crlf, onFound(func(r *recorder, line string) {
			if line == "a" {
				r.Push(make([]byte, 2<<20))
				r.Push([]byte("one too many"))
				if paused {
					r.PauseReading()
				}
			}
		}))
		w.Stall()
		w.SendString("a\r\nb\r\nc")
		w.SendString("d\r\n")
		if paused {
			w.r.expect(t, `connect, "a", found`)
			if w.Queued() > 0 {
				t.Errorf("%d bytes are still queued", w.Queued())
			}
			w.Reset() // which is no reason to hear less
			w.Do(w.r.ResumeReading)
		}
		w.r.expect(t, `connect, "a", found, "b", found, "c", close `+chat.ErrSlowReader.Error())
	}
}

// What was read is all that is heard: the beginning of a terminator is part of the element then.
func TestSlowReaderEndsInATerminator(t *testing.T) {
	w := watch(t, crlf, onFound(func(r *recorder, line string) {}))
	w.Stall()
	w.SendString("a\r")
	w.Do(func() {
		w.r.Push(make([]byte, 2<<20))
		w.r.Push([]byte("one too many"))
	})
	w.r.expect(t, `connect, "a\r", close `+chat.ErrSlowReader.Error())
}

// W1 under TLS: what came before the break is ciphertext, and is decrypted first.
func TestLastWordUnderTLS(t *testing.T) {
	versions(t, func(t *testing.T, version uint16) {
		for _, how := range []string{"hang-up", "failed write", "slow reader"} {
			s, h := upgrading()
			c := chattest.NewConn(t, h)
			c.SendString("STARTTLS\r\n")
			peer := tls.Client(c.NetConn(), clientConfig(version))
			c.Received() // 220 go on
			require.NoError(t, peer.Handshake())
			c.Stall()
			c.Do(func() {
				s.PauseReading()
				if how != "hang-up" {
					s.Push(make([]byte, 2<<20)) // the next write comes when there is room
				}
			})
			fmt.Fprint(peer, "552 a\r\n")
			fmt.Fprint(peer, "552 b\r\n")
			if how == "slow reader" {
				c.Do(func() { s.PushString("x"); s.ResumeReading() })
			} else {
				c.Reset()
				c.Do(s.ResumeReading)
			}
			got := s.events()
			if i := strings.Index(got, "secured"); i < 0 ||
				!strings.Contains(got[i:], `, "552 a", found, `) && how != "slow reader" ||
				!strings.Contains(got[i:], `, "552 b", found, close `) && how != "slow reader" {
				t.Errorf("%s: the events are %s, want the last words", how, got)
			}
			want := chat.ReasonPeerReset
			if how == "slow reader" {
				want = chat.ReasonSlowReader
			}
			if chat.ReasonOf(c.Reason()) != want {
				t.Errorf("%s: the reason is %v, want %v", how, c.Reason(), want)
			}
		}
	})
}

// W1 under TLS: what crypto/tls keeps to itself has arrived, too.
func TestRecordsBehindAPause(t *testing.T) {
	versions(t, func(t *testing.T, version uint16) {
		s, h := upgrading()
		s.onEvent = func(r *recorder, event string) {
			if strings.HasPrefix(event, "secured") {
				r.PauseAfter(1)
			}
		}
		c := chattest.NewConn(t, h)
		c.SendString("STARTTLS\r\n")
		conn := &withheld{Conn: c.NetConn()}
		peer := tls.Client(conn, clientConfig(version))
		c.Received()
		require.NoError(t, peer.Handshake())
		conn.withhold = true
		fmt.Fprint(peer, "a\r\n")
		fmt.Fprint(peer, "b\r\n")
		c.Send(conn.written)
		c.Reset()
		c.Do(s.ResumeReading)
		if got := s.events(); !strings.Contains(got, `"a", found, "b", found, close`) {
			t.Errorf("the events are %s, want both lines", got)
		}
	})
}

// Whoever asks for the input, and under None, where no element ends: what comes in the grace of a
// shutdown is heard, and then the channel ends. (It went on for ever.)
func TestGraceIsOfTheFirstInput(t *testing.T) {
	lines := 0
	for name, h := range map[string]chat.NewHandler{
		"None": func(c *chat.Channel) chat.Handler {
			c.SetTerminator(terminator.None)
			return &plain{c: c}
		},
		"ReadLine": chat.Converse(func(v *chat.Conversation) error {
			for {
				if _, err := v.ReadLine(); err != nil {
					return err
				}
				lines++
			}
		}),
		"Read": chat.Converse(func(v *chat.Conversation) error {
			for {
				if _, err := v.Read(make([]byte, 100)); err != nil {
					return err
				}
			}
		}),
	} {
		l := chattest.Listen(t)
		server := &chat.Server{Handler: h}
		require.NoError(t, server.Serve(l))
		p := l.Dial()
		server.BeginShutdown()
		l.Advance(0)
		if p.Closed() {
			t.Errorf("%s: a newcomer is closed at once", name)
		}
		p.SendString("a\r\nb\r\n")
		if !p.Closed() {
			t.Errorf("%s: the shutdown is forgotten", name)
		}
	}
	if lines != 1 {
		t.Errorf("%d lines were read in the grace, want the first", lines)
	}
}

// A shutdown that waits for the end of an element waits for that of one that is skipped, too. (It
// went on with the next. Found by the simulation.)
func TestShutdownBehindASkippedElement(t *testing.T) {
	var reasons []error
	l := chattest.Listen(t)
	server := &chat.Server{Limits: chat.Limits{MaxElement: 10, SkipTooLong: true},
		Handler: func(c *chat.Channel) chat.Handler {
			c.SetTerminator(crlf)
			return &ended{Channel: c, reasons: &reasons}
		}}
	require.NoError(t, server.Serve(l))
	p := l.Dial()
	p.SendString("a\r\n0123456789abcdef")
	server.BeginShutdown()
	l.Advance(0)
	if p.Closed() {
		t.Error("closed inside the element")
	}
	p.SendString("\r\n")
	closed := p.Closed()
	if p.CloseWrite(); !closed || len(reasons) != 1 || !errors.Is(reasons[0], chat.ErrShutdown) {
		t.Errorf("the reasons are %v, want ErrShutdown", reasons)
	}
}
