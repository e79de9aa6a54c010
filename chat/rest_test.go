package chat_test

import (
	"errors"
	"io"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/terminator"
)

type restReads struct{ chat.Reads }

func (s *restReads) HandleRest(rest []byte) { s.PushLine("rest", string(rest)) }

type restCollector struct {
	*chat.Channel
	chat.Collector
}

func (s *restCollector) FoundTerminator()       { s.PushLine("found", string(s.Take())) }
func (s *restCollector) HandleRest(rest []byte) { s.PushLine("rest", string(rest)) }

// restEOF has HandleEOF too.
type restEOF struct{ restCollector }

func (s *restEOF) HandleEOF() {
	s.PushLine("eof")
	s.CloseWhenDone()
}

// M4, W21: what came before the end of the input without an end of its own is told, however it
// came.
func TestRest(t *testing.T) {
	reads := func(t terminator.Terminator) chat.NewHandler {
		return func(c *chat.Channel) chat.Handler {
			s := &restReads{chat.Reads{Channel: c}}
			s.Line(func(line []byte) {
				s.PushLine("found", string(line))
				s.Until(t, func([]byte) { s.PushLine("more") })
			})
			return s
		}
	}
	collects := func(t terminator.Terminator) chat.NewHandler {
		return func(c *chat.Channel) chat.Handler {
			c.SetTerminator(t)
			return &restCollector{Channel: c}
		}
	}
	torn := io.ErrUnexpectedEOF
	for name, test := range map[string]struct {
		h        chat.NewHandler
		in, want string
		reason   error
	}{
		"Reads":        {reads(terminator.Line()), "a\r\nhalf", "found a\r\nrest half\r\n", torn},
		"Reads bytes":  {reads(terminator.Length(9)), "a\r\nhalf", "found a\r\nrest half\r\n", torn},
		"Reads length": {reads(terminator.Netstring()), "a\r\n4", "found a\r\nrest 4\r\n", torn},
		"Collector":    {collects(terminator.Line()), "a\nhalf", "found a\r\nrest half\r\n", torn},
		"none":         {collects(terminator.Line()), "a\n", "found a\r\n", io.EOF},
		"HandleEOF": {func(c *chat.Channel) chat.Handler {
			c.SetTerminator(terminator.Line())
			return &restEOF{restCollector{Channel: c}}
		}, "a\nhalf", "found a\r\nrest half\r\neof\r\n", nil},
	} {
		t.Run(name, func(t *testing.T) {
			chattest.EverySplit(t, test.h, test.in)
			c := chattest.NewConn(t, test.h)
			c.SendString(test.in)
			c.CloseWrite()
			require.Equal(t, test.want, string(c.Received()))
			require.Equal(t, test.reason, c.Reason())
		})
	}
}

// W21: a conversation can ask for it, after the error and after a deadline.
func TestConversationRest(t *testing.T) {
	var got []string
	note := func(v *chat.Conversation, err error) {
		got = append(got, string(v.Rest()), errors.Join(err).Error())
	}
	f := func(v *chat.Conversation) error {
		if len(v.Rest()) > 0 {
			t.Error("there is a rest at the beginning")
		}
		_, err := v.ReadLine()
		require.NoError(t, err)
		v.SetTimeout(time.Second)
		_, err = v.ReadLine()
		note(v, err)
		v.SetTimeout(0)
		_, err = v.ReadLine()
		note(v, err)
		_, err = v.ReadLine()
		note(v, err)
		return nil
	}
	want := []string{"tw", os.ErrDeadlineExceeded.Error(), "two", io.ErrUnexpectedEOF.Error(), "",
		io.EOF.Error()}
	c := chattest.NewConn(t, chat.Converse(f))
	c.SendString("one\r\ntw")
	c.Advance(2 * time.Second)
	c.SendString("o")
	c.CloseWrite()
	require.Equal(t, want, got)

	got = nil
	c = chattest.NewConn(t, chat.Converse(func(v *chat.Conversation) error {
		_, err := v.ReadUntil(terminator.Netstring())
		note(v, err)
		return err
	}))
	c.SendString("12")
	c.CloseWrite()
	require.Equal(t, []string{"12", io.ErrUnexpectedEOF.Error()}, got)
}
