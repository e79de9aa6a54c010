//go:build unix

package chat_test

import (
	"errors"
	"io"
	"net"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/terminator"
)

// In these states a channel cannot be given away, and says so.
func TestDetachNotNow(t *testing.T) {
	detach := func(c *chat.Channel) error {
		_, _, err := c.Detach()
		return err
	}
	c := chattest.NewConn(t, h1)
	require.NoError(t, c.Channel().StartTLSServer(serverConfig()))
	require.ErrorContains(t, detach(c.Channel()), "handshake")

	var err error
	c = chattest.NewConn(t, h1)
	c.Channel().PushProducer(producing(func() ([]byte, error) {
		err = detach(c.Channel())
		return nil, io.EOF
	}))
	c.Do(func() {})
	require.ErrorContains(t, err, "by a producer")

	c = chattest.NewConn(t, func(c *chat.Channel) chat.Handler {
		c.SetTerminator(terminator.Line())
		return collector(func([]byte) { err = detach(c) })
	})
	c.SendString("half")
	require.ErrorContains(t, err, "has not ended")

	c = chattest.NewConn(t, chat.Lines(func(c *chat.Channel, _ []byte) { c.PauseReading() }))
	c.SendString("a\nb\n")
	c.Reset()
	err = detach(c.Channel())
	require.True(t, errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE),
		"%v is not why the output is broken", err)
}

type producing func() ([]byte, error)

func (f producing) More() ([]byte, error) { return f() }

// dialled returns a channel that is connected, and its peer.
func dialled(t *testing.T, h chat.NewHandler) (*core.Loop, *chat.Channel, net.Conn) {
	t.Helper()
	loop, err := core.New()
	require.NoError(t, err)
	t.Cleanup(func() { loop.Close() })
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	c, err := chat.Dial(loop, "tcp", l.Addr().String(), h)
	require.NoError(t, err)
	c.PushString("hello\n")
	peer, err := l.Accept()
	require.NoError(t, err)
	t.Cleanup(func() { peer.Close() })
	for loop.Stats().Written == 0 {
		_, err := loop.Poll(time.Millisecond)
		require.NoError(t, err)
	}
	return loop, c, peer
}

// What has been gathered of an element that nobody has seen is unread.
func TestDetachWithinALine(t *testing.T) {
	for name, h := range kindsOf("1", never) {
		if name == "Collector" {
			continue // which has it
		}
		t.Run(name, func(t *testing.T) {
			loop, c, peer := dialled(t, h)
			io.WriteString(peer, "a\nhal")
			for loop.Stats().Read < 5 {
				_, err := loop.Poll(time.Millisecond)
				require.NoError(t, err)
			}
			conn, unread, err := c.Detach()
			require.NoError(t, err)
			conn.Close()
			require.Equal(t, "hal", string(unread))
		})
	}
}

// A broadcast of the same callback is sent before the connection is given away.
func TestDetachBehindABroadcast(t *testing.T) {
	var conn net.Conn
	var err error
	loop, _, peer := dialled(t, chat.Lines(func(c *chat.Channel, _ []byte) {
		chat.Broadcast([]*chat.Channel{c}, []byte("news\n"))
		conn, _, err = c.Detach()
	}))
	io.WriteString(peer, "go\n")
	for conn == nil && err == nil {
		loop.Poll(time.Millisecond) // also closes the descriptor of the channel
	}
	require.NoError(t, err)
	io.WriteString(conn, "later\n")
	conn.Close()
	peer.SetDeadline(time.Now().Add(patience))
	got, err := io.ReadAll(peer)
	require.NoError(t, err)
	require.Equal(t, "hello\nnews\nlater\n", string(got))
}
