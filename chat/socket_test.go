package chat_test

import (
	"context"
	"errors"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/simkernel"
)

// M1, W12: a channel has the options of its socket, until it is closed. In a simulation it has no
// descriptor, and no process at its other end.
func TestChannelOptions(t *testing.T) {
	var c *chat.Channel
	conn := chattest.NewConn(t, func(made *chat.Channel) chat.Handler {
		c = made
		return newEcho(c)
	})
	for _, value := range []int{0, 1} {
		require.NoError(t, c.SetOption(core.NoDelay, value))
		got, err := c.Option(core.NoDelay)
		require.NoError(t, err)
		require.Equal(t, value, got)
	}
	require.ErrorContains(t, c.SetOption(core.Broadcast, 1), "setsockopt Broadcast")
	_, err := c.Option(core.Broadcast)
	require.ErrorContains(t, err, "getsockopt Broadcast")
	never := func(uintptr) { t.Error("a descriptor is shown") }
	err = c.Control(never)
	require.ErrorIs(t, err, errors.ErrUnsupported)
	require.ErrorContains(t, err, "control: ")
	_, err = c.PeerCredentials()
	require.ErrorIs(t, err, errors.ErrUnsupported)

	c.Close()
	expectNoSocket(t, c)
	conn.Advance(0)
	expectNoSocket(t, c)
}

// expectNoSocket fails unless a channel says that it has no socket.
func expectNoSocket(t *testing.T, c *chat.Channel) {
	t.Helper()
	require.Equal(t, core.ErrClosed, c.SetOption(core.NoDelay, 1))
	_, err := c.Option(core.NoDelay)
	require.Equal(t, core.ErrClosed, err)
	require.Equal(t, core.ErrClosed, c.Control(func(uintptr) { t.Error("a descriptor is shown") }))
	_, err = c.PeerCredentials()
	require.Equal(t, core.ErrClosed, err)
}

// M1: the handler of a dialled channel is made before there is a socket. Control of the Dialer is
// its own, and its error that of Dial.
func TestChannelBeforeItsSocket(t *testing.T) {
	k := simkernel.New()
	loop, err := core.New(core.WithKernel(k))
	require.NoError(t, err)
	defer loop.Close()
	_, addr, err := k.Listen(core.ListenConfig{}, "tcp", "127.0.0.1:25")
	require.NoError(t, err)
	c, err := chat.Dial(loop, "tcp", addr.String(), newEcho)
	require.NoError(t, err)
	expectNoSocket(t, c)
	_, err = loop.Poll(0)
	require.NoError(t, err)
	require.NoError(t, c.SetOption(core.NoDelay, 0))

	d := chat.Dialer{Control: func(string, string, syscall.RawConn) error { return nil }}
	_, err = d.Dial(context.Background(), loop, "tcp", addr.String(), newEcho)
	require.ErrorIs(t, err, errors.ErrUnsupported)
}
