package chat_test

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/terminator"
)

// What PushReply writes, ReadReply reads, in every split.
func TestReplies(t *testing.T) {
	replies := [][]string{{"one"}, {"first", "second", "250 third"}, {""}, {"a-b", ""}}
	var wire string
	c := chattest.NewConn(t, chat.Session(terminator.None,
		func(c *chat.Channel) *chat.Channel {
			for i, lines := range replies {
				require.NoError(t, c.PushReply(250+i, lines...))
			}
			require.NoError(t, c.PushReply(299))
			return c
		}, func(*chat.Channel, []byte) {}))
	wire = string(c.Received())
	require.Equal(t, "250 one\r\n"+"251-first\r\n251-second\r\n251 250 third\r\n"+"252 \r\n"+
		"253-a-b\r\n253 \r\n"+"299 \r\n", wire)
	chattest.EverySplit(t, chat.Converse(func(v *chat.Conversation) error {
		for i, want := range append(replies, []string{""}) {
			code, lines, err := v.ReadReply()
			if err != nil {
				return err
			}
			if wantCode := []int{250, 251, 252, 253, 299}[i]; code != wantCode {
				t.Errorf("reply %d has code %d", i, code)
			}
			if strings.Join(lines, "\n") != strings.Join(want, "\n") {
				t.Errorf("reply %d is %q, want %q", i, lines, want)
			}
		}
		return nil
	}), wire)
}

// Lines that are part of no reply, and what follows them.
func TestMalformedReplies(t *testing.T) {
	for _, tt := range [][]string{
		{""}, {"25"}, {"2x0 ok"}, {"050 ok"}, {"250_ok"}, {"2500 ok"}, {"250-a", "251 b"},
		{"250-a", "b"}, {" 250 ok"},
	} {
		var r chat.Replies
		for i, line := range tt {
			code, lines, err := r.Add([]byte(line))
			if last := i == len(tt)-1; (err == chat.ErrReply) != last || code != 0 || lines != nil {
				t.Errorf("%q: line %d gives %d, %q, %v", tt, i, code, lines, err)
			}
		}
		if code, lines, err := r.Add([]byte("220")); code != 220 || len(lines) != 1 || err != nil {
			t.Errorf("after %q a code alone gives %d, %q, %v", tt, code, lines, err)
		}
	}
}

// A reply has an end, or a server could fill its client.
func TestRepliesAreBounded(t *testing.T) {
	var r chat.Replies
	for range 1000 {
		_, _, err := r.Add([]byte("250-x"))
		require.NoError(t, err)
	}
	_, _, err := r.Add([]byte("250-x"))
	require.Equal(t, chat.ErrReply, err)
}

// W34: a line that is refused is not sent, not even in part; the log says so, once a second.
func TestRefusedLinesAreLogged(t *testing.T) {
	var log strings.Builder
	l := chattest.Listen(t)
	server := &chat.Server{
		Logger: slog.New(slog.NewTextHandler(&log, nil)),
		Handler: chat.Lines(func(c *chat.Channel, line []byte) {
			if err := c.PushReply(250, "fine", "a\rb"); !errors.Is(err, chat.ErrLineBreak) {
				t.Errorf("PushReply: %v", err)
			}
			if err := c.PushLine("a\nb"); !errors.Is(err, terminator.ErrLineBreak) {
				t.Errorf("PushLine: %v", err)
			}
		}),
	}
	require.NoError(t, server.Serve(l))
	p := l.Dial()
	p.SendString("go\r\n")
	require.Empty(t, p.Received())
	require.Equal(t, 1, strings.Count(log.String(), "line not sent"), log.String())
	p.Advance(2 * time.Second)
	p.SendString("go\r\n")
	require.Contains(t, log.String(), "unlogged=1")
	require.Equal(t, 2, strings.Count(log.String(), "line not sent"), log.String())
}

// A conversation refuses what PushLine refuses, over a net.Conn too.
func TestWriteLine(t *testing.T) {
	f := func(v *chat.Conversation) error {
		if err := v.WriteLine("RCPT TO:<a@b>\r\nRSET"); !errors.Is(err, chat.ErrLineBreak) {
			t.Errorf("WriteLine: %v", err)
		}
		return v.WriteLine("RCPT", "TO:<a@b>")
	}
	for name, h := range map[string]chat.NewHandler{
		"Converse": chat.Converse(f), "Threaded": chat.Threaded(f),
	} {
		c := chattest.NewConn(t, h)
		c.CloseWrite()
		if got := string(c.Received()); got != "RCPT TO:<a@b>\r\n" && name == "Converse" {
			t.Errorf("%s: %q", name, got)
		}
	}
}
