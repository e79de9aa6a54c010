package chat_test

import (
	"crypto/tls"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/terminator"
)

// M3: in a server, in plain text and under TLS, also from a function on a goroutine of its own.
func TestUseInAServer(t *testing.T) {
	second := kindsOf("2", never)["Lines"]
	errs := make(chan error, 1)
	for name, h := range map[string]chat.NewHandler{
		"Lines": chat.Lines(func(c *chat.Channel, line []byte) { c.Use(second) }),
		"Threaded": chat.Threaded(func(v *chat.Conversation) error {
			if _, err := v.ReadUntil(terminator.Line()); err != nil {
				return err
			}
			c := v.Channel()
			c.Post(func() { c.Use(second) })
			_, err := v.ReadUntil(terminator.Line())
			errs <- err
			return err
		}),
	} {
		for _, secured := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				server := &chat.Server{Handler: h}
				if secured {
					server.TLSConfig = serverConfig()
				}
				addr, _ := serve(t, server, "tcp", "127.0.0.1:0")
				conn, err := net.Dial("tcp", addr.String())
				require.NoError(t, err)
				defer conn.Close()
				conn.SetDeadline(time.Now().Add(patience))
				if secured {
					conn = tls.Client(conn, clientConfig(tls.VersionTLS13))
				}
				_, err = io.WriteString(conn, "use\nb\nc\n")
				require.NoError(t, err)
				got := make([]byte, len("2 b\r\n2 c\r\n"))
				_, err = io.ReadFull(conn, got)
				require.NoError(t, err)
				require.Equal(t, "2 b\r\n2 c\r\n", string(got))
				if name == "Threaded" {
					require.ErrorIs(t, <-errs, net.ErrClosed)
				}
			})
		}
	}
}

// A shutdown of which the old handler knows is told to the new one.
func TestUseTellsTheShutdown(t *testing.T) {
	var got []string
	var c *chat.Channel
	l := chattest.Listen(t)
	server := &chat.Server{Handler: func(channel *chat.Channel) chat.Handler {
		c = channel
		return noting("1", &got, nil)(c)
	}}
	require.NoError(t, server.Serve(l))
	peer := l.Dial()
	peer.SendString("a\n")
	server.BeginShutdown()
	l.Advance(0)
	require.NoError(t, c.Use(noting("2", &got, nil)))
	l.Advance(0)
	require.Equal(t, "1 connect, 1 found a, 1 shutdown, 2 connect, 2 shutdown",
		strings.Join(got, ", "))
	c.Close()
	l.Advance(0)
}
