package chat_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
)

// doAsk has work done that fails with the cause of its context, and notes what done is called with.
func doAsk(r *recorder, question string) error {
	return chat.Do(r.Channel, func(ctx context.Context) (string, error) {
		r.note("work " + question)
		return "re " + question, context.Cause(ctx)
	}, func(answer string, err error) {
		r.note(fmt.Sprintf("done %s %v", answer, err))
		if err == nil {
			r.PushString(answer + ";")
		}
	})
}

// Results and errors come to done on the loop, in the order of the requests, before the end; work
// without done is just done.
func TestDo(t *testing.T) {
	broken := errors.New("broken")
	w := holdingWork(t, onFound(func(r *recorder, element string) {
		require.NoError(t, chat.Do(r.Channel, func(context.Context) (int, error) {
			r.note("quietly")
			return 0, nil
		}, nil))
		require.NoError(t, doAsk(r, element))
		require.NoError(t, chat.Do(r.Channel, func(context.Context) (int, error) {
			return len(element), broken
		}, func(n int, err error) { r.note(fmt.Sprint("fails ", n, " ", err)) }))
		if element == "b" {
			r.CloseWhenDone()
			require.Equal(t, chat.ErrClosed, doAsk(r, "more"))
		}
	}))
	w.SendString("a\r\nb\r\nc\r\n")
	w.finishesWork(6)
	w.r.expect(t, `connect, "a", found, quietly, work a, done re a <nil>, fails 1 broken, `+
		`"b", found, quietly, work b, done re b <nil>, fails 1 broken`)
	expectReceived(t, w.Conn, "re a;re b;")
}

// The context of work is done when the channel is closed, however it is, with the reason; not by a
// graceful end. done is called where that of Go is: for work that has begun.
func TestDoContext(t *testing.T) {
	for _, tt := range []struct {
		how  string
		end  func(w *watched)
		done string
		is   error
	}{
		{"Close", func(w *watched) { w.Do(func() { w.r.Close() }) }, "re a", chat.ErrClosed},
		{"Close is net.ErrClosed", func(w *watched) { w.Do(func() { w.r.Close() }) }, "re a",
			net.ErrClosed},
		{"a reset", func(w *watched) { w.Reset() }, "re a", errAny},
		{"a limit", func(w *watched) { w.Advance(time.Hour) }, "re a", chat.ErrLifetime},
		{"CloseWhenDone", func(w *watched) { w.Do(func() { w.r.CloseWhenDone() }) }, "re a", nil},
		{"the end of the peer", func(w *watched) { w.CloseWrite() }, "re a", nil},
	} {
		w := holdingWork(t)
		var causes []error
		w.Do(func() {
			setLimits(w.r.Channel, func(l *chat.Limits) { l.Lifetime = time.Hour })
			works := 2
			if tt.is == errAny {
				works = 1 // a reset waits for what has come before it
			}
			for range works {
				require.NoError(t, chat.Do(w.r.Channel, func(ctx context.Context) (string, error) {
					return "re a", context.Cause(ctx)
				}, func(answer string, err error) {
					require.Equal(t, tt.done, answer)
					require.Equal(t, err != nil, w.r.Closed())
					causes = append(causes, err)
				}))
			}
		})
		tt.end(w)
		if tt.is == nil {
			w.finishesWork(2)
			require.Equal(t, []error{nil, nil}, causes, tt.how)
			continue
		}
		w.finishesWork(1) // the other has not begun
		require.Len(t, causes, 1, tt.how)
		if tt.is == errAny {
			tt.is = w.Reason()
		}
		require.ErrorIs(t, causes[0], tt.is, tt.how)
	}
}

// errAny stands for whatever reason HandleClose gets.
var errAny = errors.New("any")

// done is not called when work panics, and the channel is closed with it.
func TestPanicInDo(t *testing.T) {
	w := holdingWork(t, onFound(func(r *recorder, _ string) {
		require.NoError(t, chat.Do(r.Channel,
			func(context.Context) (int, error) { panic("boom") },
			func(int, error) { r.note("done") }))
	}))
	w.SendString("a\r\n")
	w.finishesWork(1)
	w.r.expect(t,
		`connect, "a", found, error panic in a handler: boom, close panic in a handler: boom`)
}

// There is one context for work, conversations and their operations, and another one for the next
// handler.
func TestContextIsOne(t *testing.T) {
	var seen []context.Context
	look := func(ctx context.Context) (string, error) {
		seen = append(seen, ctx)
		return "", nil
	}
	c, notes := converse(t, func(v *chat.Conversation, note func(string, ...any)) error {
		_, err := chat.AwaitFor(v, look)
		require.NoError(t, err)
		require.NoError(t, chat.Do(v.Channel(), look, nil))
		require.Same(t, v.Context(), seen[0])
		require.NoError(t, v.Channel().Use(chat.Lines(func(c *chat.Channel, _ []byte) {
			chat.Do(c, look, nil)
		})))
		require.NoError(t, v.Context().Err())
		_, err = v.ReadLine()
		note("%v %v", err, context.Cause(v.Context()))
		return nil
	})
	c.SendString("a\r\n")
	expectNotes(t, notes, "chat: the channel has another handler: use of closed network connection "+
		"chat: the channel has another handler: use of closed network connection, end <nil>")
	require.Len(t, seen, 3)
	require.Same(t, seen[0], seen[1])
	require.NotSame(t, seen[0], seen[2])
	require.NoError(t, seen[2].Err())
	c.Reset()
	require.Equal(t, c.Reason(), context.Cause(seen[2]))
}

// A conversation that asks for its context when all is over gets one that is done.
func TestContextAfterTheEnd(t *testing.T) {
	var v *chat.Conversation
	c := chattest.NewConn(t, chat.Converse(func(w *chat.Conversation) error {
		v = w
		_, err := v.ReadLine()
		require.Equal(t, err, context.Cause(v.Context()))
		return err
	}))
	c.Reset()
	require.Equal(t, c.Reason(), context.Cause(v.Context()))

	// When the function has returned, the channel may still have to send.
	var ctx context.Context
	c = chattest.NewConn(t, chat.Converse(func(v *chat.Conversation) error {
		ctx = v.Context()
		v.ReadLine()
		v.Channel().Push(make([]byte, 100_000))
		return nil
	}))
	c.Stall()
	c.SendString("a\r\n")
	require.False(t, c.Closed())
	require.Equal(t, chat.ErrClosed, context.Cause(ctx))
}

// AwaitFor returns what work does, and, if the channel is closed before, the reason at once.
func TestAwaitFor(t *testing.T) {
	c, notes := converse(t, func(v *chat.Conversation, note func(string, ...any)) error {
		for {
			line, err := v.ReadLine()
			if err != nil {
				return err
			}
			answer, err := chat.AwaitFor(v, func(ctx context.Context) (string, error) {
				note("work %v", ctx.Err())
				if line == "fails" {
					return "part", io.ErrShortWrite
				}
				return strings.ToUpper(line), nil
			})
			note("%q %v", answer, err)
		}
	})
	c.HoldWork()
	c.SendString("one\r\nfails\r\nthree\r\n")
	require.True(t, c.FinishWork())
	require.True(t, c.FinishWork())
	want := `work <nil>, "ONE" <nil>, work <nil>, "part" short write`
	expectNotes(t, notes, want)
	c.Reset() // while the third is in flight
	why := c.Reason().Error()
	want += `, "" ` + why + `, end ` + why
	expectNotes(t, notes, want)
	require.True(t, c.FinishWork())
	expectNotes(t, notes, want+", work context canceled")
}

// On a goroutine work runs where it is called, and its context says that the peer is gone; over a
// net.Conn it ends with the function.
func TestAwaitForOnGoroutines(t *testing.T) {
	causes := make(chan error, 1)
	wait := func(v *chat.Conversation) error {
		v.Printf("waiting\r\n")
		v.Flush()
		n, err := chat.AwaitFor(v, func(ctx context.Context) (int, error) {
			<-ctx.Done()
			return 1, context.Cause(ctx)
		})
		require.Equal(t, 1, n)
		causes <- err
		return err
	}
	addr, ended := serve(t, &chat.Server{Handler: chat.Threaded(wait)}, "tcp", "127.0.0.1:0")
	_ = ended
	conn := dial(t, addr)
	io.ReadFull(conn, make([]byte, len("waiting\r\n")))
	conn.(*net.TCPConn).SetLinger(0)
	conn.Close()
	if err := <-causes; chat.ReasonOf(err) != chat.ReasonPeerReset {
		t.Errorf("the cause is %v, want the reset", err)
	}

	a, b := net.Pipe()
	a.Close()
	var ctx context.Context
	err := chat.Talk(b, func(v *chat.Conversation) error {
		ctx = v.Context()
		n, err := chat.AwaitFor(v, func(ctx context.Context) (int, error) { return 2, ctx.Err() })
		require.Equal(t, 2, n)
		return err
	})
	require.NoError(t, err)
	require.Equal(t, chat.ErrClosed, context.Cause(ctx))
}

// The context of a Run is that of its work, with the cause.
func TestAwaitForInRun(t *testing.T) {
	why := errors.New("why")
	ctx, cancel := context.WithCancelCause(t.Context())
	err := chat.Run(ctx, newLoop(t), func(v *chat.Conversation) error {
		_, err := chat.AwaitFor(v, func(ctx context.Context) (int, error) {
			cancel(why)
			<-ctx.Done()
			return 0, context.Cause(ctx)
		})
		require.Equal(t, why, context.Cause(v.Context()))
		return err
	})
	require.Equal(t, why, err)
}
