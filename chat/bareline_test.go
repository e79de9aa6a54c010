package chat_test

import (
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
)

// The short names for the lines of machines end none at a bare LF, in which a command could hide
// (W33). Lines is for people, who may send it.
func TestBareLF(t *testing.T) {
	const in, mail = "MAIL\nRCPT\r\nQUIT\r\n", "MAIL\nRCPT"
	var got []string
	read := func(v *chat.Conversation) error {
		for line, err := range v.Lines() {
			if err != nil {
				return err
			}
			got = append(got, line)
		}
		return nil
	}
	want := []string{mail, "QUIT"}
	for name, h := range map[string]chat.NewHandler{
		"ReadLine": chat.Converse(read),
		"Reads": func(c *chat.Channel) chat.Handler {
			r := &chat.Reads{Channel: c}
			for range 2 {
				r.Line(func(line []byte) { got = append(got, string(line)) })
			}
			return r
		},
	} {
		got = nil
		chattest.NewConn(t, h).SendString(in)
		require.Equal(t, want, got, name)
	}
	got = nil
	a, b := net.Pipe()
	go func() {
		b.Write([]byte(in))
		b.Close()
	}()
	require.NoError(t, chat.Talk(a, read))
	require.Equal(t, want, got)

	got = nil
	people := chat.Lines(func(_ *chat.Channel, line []byte) { got = append(got, string(line)) })
	chattest.NewConn(t, people).SendString(in)
	require.Equal(t, []string{"MAIL", "RCPT", "QUIT"}, got)
}
