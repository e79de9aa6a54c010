package chat_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/core"
)

func newLoop(t *testing.T) *core.Loop {
	t.Helper()
	loop, err := core.New()
	require.NoError(t, err)
	t.Cleanup(func() { loop.Close() })
	return loop
}

// echoServer returns the address of a server that says each line again.
func echoServer(t *testing.T) string {
	t.Helper()
	server := &chat.Server{Addr: "127.0.0.1:0",
		Handler: chat.Lines(func(c *chat.Channel, line []byte) { c.PushLine(string(line)) })}
	l, err := server.Listen()
	require.NoError(t, err)
	go server.Serve(l)
	t.Cleanup(func() { server.Close() })
	return l.Addr().String()
}

// ask asks two servers at once, beside work and a pause.
func askTwo(addr string) func(v *chat.Conversation) error {
	return func(v *chat.Conversation) error {
		var peers []*chat.Conversation
		for _, word := range []string{"a", "b"} {
			w, err := v.Dial("tcp", addr)
			if err != nil {
				return err
			}
			if _, err := w.WriteString(word + "\n"); err != nil {
				return err
			}
			peers = append(peers, w)
		}
		worked := false
		if err := v.Await(func() { worked = true }); err != nil {
			return err
		}
		if err := v.Sleep(time.Millisecond); err != nil {
			return err
		}
		got := ""
		for len(peers) > 0 {
			i, err := chat.Select(v.Now().Add(patience), peers...)
			if err != nil {
				return err
			}
			line, err := peers[i].ReadLine()
			if err != nil {
				return err
			}
			got += line
			peers = append(peers[:i], peers[i+1:]...)
		}
		if len(got) != 2 || !strings.Contains(got, "a") || !worked {
			return errors.New("got " + got)
		}
		return io.ErrShortBuffer // what f returns
	}
}

// M12: a client in straight-line code, on a loop that Run turns, or another goroutine.
func TestRun(t *testing.T) {
	addr := echoServer(t)
	require.Equal(t, io.ErrShortBuffer, chat.Run(t.Context(), newLoop(t), askTwo(addr)))

	loop := newLoop(t)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	began := make(chan struct{})
	loop.Post(func() { close(began) })
	go func() { ended <- loop.Run(ctx) }()
	<-began
	require.Equal(t, io.ErrShortBuffer, chat.Run(t.Context(), loop, askTwo(addr)))
	require.Equal(t, io.ErrShortBuffer, chat.Run(t.Context(), loop, func(v *chat.Conversation) error {
		cancel() // Run goes on with the loop
		if err := v.Await(func() { <-ctx.Done() }); err != nil {
			return err
		}
		return askTwo(addr)(v)
	}))
	require.Equal(t, context.Canceled, <-ended)
	require.Equal(t, 0, loop.Len())
}

// In memory, time passes by itself.
func TestRunInMemory(t *testing.T) {
	l := chattest.Listen(t)
	server := &chat.Server{Handler: chat.Lines(func(c *chat.Channel, line []byte) {
		c.PushLine(string(line))
	})}
	require.NoError(t, server.Serve(l))
	c := chattest.NewConn(t, h1)
	loop := c.Channel().Loop()
	var slept time.Duration
	err := chat.Run(t.Context(), loop, func(v *chat.Conversation) error {
		before := v.Now()
		if err := v.Sleep(time.Hour); err != nil {
			return err
		}
		slept = v.Now().Sub(before)
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, time.Hour, slept)
}

// What f waits for fails when the context ends, the loop is stopped, or closed.
func TestRunIsEnded(t *testing.T) {
	reason := errors.New("reason")
	before := runtime.NumGoroutine()
	for name, test := range map[string]struct {
		do   func(loop *core.Loop, cancel context.CancelCauseFunc)
		want error
	}{
		"context": {func(_ *core.Loop, cancel context.CancelCauseFunc) { cancel(reason) }, reason},
		"stop":    {func(loop *core.Loop, _ context.CancelCauseFunc) { loop.Stop() }, net.ErrClosed},
		"close all": {func(loop *core.Loop, _ context.CancelCauseFunc) { loop.CloseAll() },
			net.ErrClosed},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			loop := newLoop(t)
			var errs [2]error
			err := chat.Run(ctx, loop, func(v *chat.Conversation) error {
				loop.Post(func() { test.do(loop, cancel) })
				errs[0] = v.Sleep(time.Hour)
				_, errs[1] = v.Dial("tcp", "127.0.0.1:1")
				<-v.Context().Done()
				return context.Cause(v.Context())
			})
			require.ErrorIs(t, err, test.want)
			require.ErrorIs(t, errs[0], test.want)
			require.ErrorIs(t, errs[1], test.want)
		})
	}
	loop := newLoop(t)
	loop.Close()
	require.ErrorIs(t, chat.Run(t.Context(), loop, func(*chat.Conversation) error { return nil }),
		net.ErrClosed)
	for end := time.Now().Add(patience); runtime.NumGoroutine() > before && time.Now().Before(end); {
		runtime.Gosched()
	}
	require.LessOrEqual(t, runtime.NumGoroutine(), before)
}

// A panic of f, and a Goexit, are its end, and no more.
func TestRunPanics(t *testing.T) {
	loop := newLoop(t)
	var panicked *chat.PanicError
	for _, f := range []func(*chat.Conversation) error{
		func(*chat.Conversation) error { panic("boom") },
		func(v *chat.Conversation) error { v.Sleep(time.Millisecond); panic("boom") },
		func(*chat.Conversation) error { runtime.Goexit(); return nil },
	} {
		err := chat.Run(t.Context(), loop, f)
		require.ErrorAs(t, err, &panicked)
	}
	require.NoError(t, chat.Run(t.Context(), loop, func(*chat.Conversation) error { return nil }))
}

// The conversation of Run has no connection, and says so.
func TestRunHasNoConnection(t *testing.T) {
	err := chat.Run(t.Context(), newLoop(t), func(v *chat.Conversation) error {
		if v.Channel() != nil || v.LocalAddr() != nil || v.RemoteAddr() != nil || v.Rest() != nil {
			t.Error("it has a channel, an address or a rest")
		}
		_, readErr := v.ReadLine()
		_, writeErr := v.WriteString("x")
		_, selectErr := chat.Select(time.Time{}, v)
		for _, err := range []error{readErr, writeErr, v.Flush(), v.CloseWrite(), v.StartTLS(nil)} {
			require.ErrorContains(t, err, "no connection")
		}
		return selectErr
	})
	require.NoError(t, err)
}

// W11: a dial that fails is told to the function, whichever way it runs.
func TestFailedDialOfAConversation(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	addr := l.Addr().String()
	l.Close()
	for name, kind := range map[string]func(func(*chat.Conversation) error) chat.NewHandler{
		"Converse": chat.Converse, "Threaded": chat.Threaded,
	} {
		for _, gone := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				loop, reason := newLoop(t), errors.New("reason")
				told := make(chan error, 3)
				h := kind(func(v *chat.Conversation) error {
					_, err := v.ReadLine()
					told <- err
					_, err = v.WriteString("x")
					told <- err
					told <- v.Flush()
					return err
				})
				_, err := (&chat.Dialer{}).Dial(ctx, loop, "tcp", addr, h)
				require.NoError(t, err)
				if gone {
					cancel(reason)
				}
				loop.RunUntilEmpty(t.Context())
				for range 3 {
					err := <-told
					if !gone {
						require.Equal(t, chat.ReasonUnconnected, chat.ReasonOf(err), "%v", err)
					} else if !errors.Is(err, reason) {
						require.Equal(t, chat.ReasonUnconnected, chat.ReasonOf(err), "%v", err)
					}
				}
			})
		}
	}
	err = chat.Run(t.Context(), newLoop(t), func(v *chat.Conversation) error {
		_, err := v.DialWith(&chat.Dialer{}, "tcp", addr)
		return err
	})
	require.Equal(t, chat.ReasonUnconnected, chat.ReasonOf(err), "%v", err)
}

// W25: a deadline by the clock of the conversation works in all ways, also in the year 2000.
func TestTimeoutInAllWays(t *testing.T) {
	results := make(chan error, 2)
	wait := func(v *chat.Conversation) error {
		v.SetReadDeadline(v.Now().Add(10 * time.Millisecond))
		_, err := v.ReadLine()
		results <- err
		v.SetTimeout(10 * time.Millisecond)
		_, err = v.ReadLine()
		results <- err
		v.SetTimeout(0)
		return nil
	}
	check := func(t *testing.T) {
		for range 2 {
			require.ErrorIs(t, <-results, os.ErrDeadlineExceeded)
		}
	}
	for how, call := range callers {
		t.Run(how, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(t, err)
			defer l.Close()
			call(t, l.Addr().String(), wait)
			check(t)
		})
	}
	t.Run("chattest", func(t *testing.T) {
		c := chattest.NewConn(t, chat.Converse(wait))
		c.Advance(time.Second)
		check(t)
	})
}
