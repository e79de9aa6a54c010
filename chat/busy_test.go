package chat_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/terminator"
)

// busyHandler says what it is told, and is busy from "begin" on for a minute.
func busyHandler(note func(string)) chat.NewHandler {
	return func(c *chat.Channel) chat.Handler {
		c.SetTerminator(terminator.Line())
		return &busySession{Channel: c, note: note}
	}
}

type busySession struct {
	*chat.Channel
	chat.Collector
	note func(string)
}

func (s *busySession) FoundTerminator() {
	line := string(s.Take())
	s.note(line)
	if line == "begin" {
		s.Busy(true)
		s.After(time.Minute, func() { s.PushString("226\r\n"); s.Busy(false) })
	}
}

func (s *busySession) HandleClose(err error) { s.note(fmt.Sprint("closed: ", err)) }

// A busy channel is not idle, hears its peer, and has all of IdleTimeout when it no longer is.
func TestBusyIsNotIdle(t *testing.T) {
	var notes []string
	c := chattest.NewConn(t, busyHandler(func(s string) { notes = append(notes, s) }))
	limits := c.Channel().Limits()
	limits.IdleTimeout = 10 * time.Second
	c.Channel().SetLimits(limits)
	c.SendString("begin\r\n")
	c.Advance(50 * time.Second)
	c.SendString("noop\r\n")
	c.Advance(19 * time.Second)
	require.Equal(t, []string{"begin", "noop"}, notes)
	c.Advance(2 * time.Second)
	require.Equal(t, "226\r\n", string(c.Received()))
	require.Equal(t, []string{"begin", "noop", "closed: " + chat.ErrIdle.Error()}, notes)
}

// A shutdown waits for a busy channel, and for what it pushes; the next handler is not busy.
func TestShutdownWaitsForTheBusy(t *testing.T) {
	for name, c := range map[string]struct {
		use  bool
		want []string
	}{
		"busy":    {false, []string{"begin", "noop", "closed: " + chat.ErrShutdown.Error()}},
		"another": {true, []string{"begin", "closed: " + chat.ErrShutdown.Error()}},
	} {
		t.Run(name, func(t *testing.T) {
			var notes []string
			var channel *chat.Channel
			h := busyHandler(func(s string) { notes = append(notes, s) })
			server := &chat.Server{Handler: func(c *chat.Channel) chat.Handler {
				channel = c
				return h(c)
			}}
			l := chattest.Listen(t)
			require.NoError(t, server.Serve(l))
			p := l.Dial()
			p.SendString("begin\r\n")
			if c.use {
				require.NoError(t, channel.Use(h))
			}
			server.BeginShutdown()
			l.Advance(0)
			p.SendString("noop\r\n")
			l.Advance(59 * time.Second)
			if !c.use {
				require.False(t, p.Closed())
			}
			l.Advance(3 * time.Second)
			require.True(t, p.Closed())
			require.Equal(t, c.want, notes)
			if !c.use {
				require.Equal(t, "226\r\n", string(p.Received()))
			}
		})
	}
}

// A loopCounter notes how many loops a server asks for.
type loopCounter struct {
	*chattest.Listener
	n int
}

func (l *loopCounter) Loops(n int) ([]*core.Loop, error) {
	l.n = n
	return l.Listener.Loops(n)
}

// EveryProcessor is a loop for each processor.
func TestEveryProcessor(t *testing.T) {
	for loops, want := range map[int]int{0: 1, 3: 3, chat.EveryProcessor: runtime.GOMAXPROCS(0)} {
		l := &loopCounter{Listener: chattest.Listen(t)}
		server := &chat.Server{Loops: loops, Handler: chat.Lines(func(*chat.Channel, []byte) {})}
		require.NoError(t, server.Serve(l))
		require.Equal(t, want, l.n)
	}
}

// RemoteAddrPort is RemoteAddr.
func TestRemoteAddrPort(t *testing.T) {
	c := chattest.NewConn(t, chat.Lines(func(*chat.Channel, []byte) {}))
	require.Equal(t, c.Channel().RemoteAddr().String(), c.Channel().RemoteAddrPort().String())
}
