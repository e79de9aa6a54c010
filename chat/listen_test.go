package chat_test

import (
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/simkernel"
)

// A dialler connects to listeners of a simulated kernel.
type dialler struct {
	*testing.T
	k      *simkernel.Kernel
	settle func()
}

func (c *dialler) connect(l *chat.Listener) (fd int) {
	c.Helper()
	fd, err := c.k.Connect("tcp", nil, l.Addr())
	require.NoError(c, err)
	c.Cleanup(func() { c.k.Close(fd) })
	c.settle()
	return fd
}

func (c *dialler) ask(fd int, line string) (answer string) {
	c.Helper()
	c.k.Write(fd, []byte(line))
	c.settle()
	buf := make([]byte, 100)
	n, _ := c.k.Read(fd, buf)
	return string(buf[:max(n, 0)])
}

// M19: a listener makes channels of what connects, which have the limits of a server, and live on
// when it is closed.
func TestListen(t *testing.T) {
	k, loop, settle := simLoop(t)
	on := &dialler{t, k, settle}
	var limits chat.Limits
	l, err := chat.Listen(loop, "tcp", "127.0.0.1:0", func(c *chat.Channel) chat.Handler {
		limits = c.Limits()
		return newEcho(c)
	})
	require.NoError(t, err)
	a, b := on.connect(l), on.connect(l)
	require.Equal(t, "one\r\n", on.ask(a, "one\r\n"))
	require.Equal(t, "two\r\n", on.ask(b, "two\r\n"))
	if limits.FirstTimeout != chat.DefaultLimits().FirstTimeout ||
		limits.IdleTimeout != chat.DefaultLimits().IdleTimeout {
		t.Errorf("the limits are %+v, want those of a server", limits)
	}
	addr := l.Addr().String()
	require.NoError(t, l.Close())
	require.NoError(t, l.Close())
	settle()
	require.Equal(t, "three\r\n", on.ask(a, "three\r\n"))
	require.Equal(t, addr, l.Addr().String())
	require.True(t, k.Ended(on.connect(l)), "the closed listener accepts")
	if loop.Len() != 2 {
		t.Errorf("%d dispatchers are left, want the two channels", loop.Len())
	}
}

// Once closes the listener behind the first connection that gets a handler, also if others wait.
func TestListenOnce(t *testing.T) {
	k, loop, settle := simLoop(t)
	on := &dialler{t, k, settle}
	turnedAway := 0
	l, err := chat.Listen(loop, "tcp", "127.0.0.1:0", func(c *chat.Channel) chat.Handler {
		if turnedAway++; turnedAway <= 2 {
			return nil
		}
		return newEcho(c)
	})
	require.NoError(t, err)
	l.Once()
	l.Pause()
	var peers []int
	for range 5 {
		peers = append(peers, on.connect(l))
	}
	l.Resume()
	settle()
	for i, fd := range peers {
		if got := on.ask(fd, "hello\r\n"); (got == "hello\r\n") != (i == 2) {
			t.Errorf("peer %d got %q", i, got)
		}
		if k.Ended(fd) == (i == 2) {
			t.Errorf("peer %d is closed: %t", i, k.Ended(fd))
		}
	}
	if loop.Len() != 1 {
		t.Errorf("%d dispatchers are left, want one channel", loop.Len())
	}
}

// While it is paused, who connects waits. A pause of ours is not ended by the rest that a want of
// descriptors makes.
func TestListenPause(t *testing.T) {
	k, loop, settle := simLoop(t)
	on := &dialler{t, k, settle}
	l, err := chat.Listen(loop, "tcp", "127.0.0.1:0", newEcho)
	require.NoError(t, err)
	fd := on.connect(l)
	k.MaxFiles = k.Open() + 1
	waits := on.connect(l)
	require.Empty(t, on.ask(waits, "x\r\n"))
	l.Pause()
	k.MaxFiles = 0
	k.Advance(2 * time.Second)
	settle()
	require.Empty(t, on.ask(waits, ""))
	l.Resume()
	settle()
	require.Equal(t, "x\r\n", on.ask(waits, ""))
	require.Equal(t, "y\r\n", on.ask(fd, "y\r\n"))
}

// A conversation on a listener's connection.
func TestListenConverses(t *testing.T) {
	k, loop, settle := simLoop(t)
	on := &dialler{t, k, settle}
	l, err := chat.Listen(loop, "tcp", "127.0.0.1:0", chat.Converse(func(v *chat.Conversation) error {
		line, err := v.ReadLine()
		v.Printf("you said %s\r\n", line)
		return err
	}))
	require.NoError(t, err)
	require.Equal(t, "you said hello\r\n", on.ask(on.connect(l), "hello\r\n"))
}

// What cannot listen is told at once, and nothing is left.
func TestListenFails(t *testing.T) {
	k, loop, settle := simLoop(t)
	l, err := chat.Listen(loop, "tcp", "127.0.0.1:0", newEcho)
	require.NoError(t, err)
	_, err = chat.Listen(loop, "tcp", l.Addr().String(), newEcho)
	require.ErrorIs(t, err, syscall.EADDRINUSE)
	_, err = chat.Listen(loop, "udp", "127.0.0.1:0", newEcho)
	require.ErrorAs(t, err, new(net.UnknownNetworkError))
	_, err = chat.Listen(loop, "tcp", "127.0.0.1:0", nil)
	require.ErrorContains(t, err, "NewHandler")
	l.Close()
	settle()
	require.Zero(t, k.Open())
	loop.Close()
	_, err = chat.Listen(loop, "tcp", "127.0.0.1:0", newEcho)
	require.ErrorIs(t, err, core.ErrClosed)
	require.Zero(t, k.Open())
}

// W24: a session that has a listener is not told of its end by HandleClose, which means its own.
func TestSessionWithAListener(t *testing.T) {
	k, loop, settle := simLoop(t)
	on := &dialler{t, k, settle}
	var closes []error
	var data *chat.Listener
	l, err := chat.Listen(loop, "tcp", "127.0.0.1:0", func(c *chat.Channel) chat.Handler {
		return closeFunc{chat.Lines(func(c *chat.Channel, line []byte) {
			var err error
			data, err = chat.Listen(c.Loop(), "tcp", "127.0.0.1:0", newEcho)
			require.NoError(t, err)
			data.Once()
			c.PushLine(data.Addr().String())
		})(c), func(err error) { closes = append(closes, err) }}
	})
	require.NoError(t, err)
	fd := on.connect(l)
	addr := strings.TrimSpace(on.ask(fd, "pasv\r\n"))
	require.Equal(t, data.Addr().String(), addr)
	require.Equal(t, "data\r\n", on.ask(on.connect(data), "data\r\n"))
	require.Empty(t, closes)
	k.CloseWrite(fd)
	settle()
	require.Len(t, closes, 1)
	require.True(t, errors.Is(closes[0], io.EOF))
}
