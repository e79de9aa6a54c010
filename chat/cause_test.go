package chat_test

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/fifo"
)

// A producer that a close drops learns the reason of that (W35).
func TestProducerLearnsTheReason(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(*chattest.Conn)
		want error
	}{
		"reset":        {func(c *chattest.Conn) { c.Reset() }, syscall.ECONNRESET},
		"failed write": {func(c *chattest.Conn) { c.FailWrites(); c.Unstall() }, syscall.EPIPE},
		"stalled":      {func(c *chattest.Conn) { c.Advance(time.Hour) }, chat.ErrStalled},
		"Close":        {func(c *chattest.Conn) { c.Channel().Close() }, nil},
		"discarded":    {func(c *chattest.Conn) { c.Channel().DiscardBuffers() }, nil},
		"pushed too late": {func(c *chattest.Conn) {
			c.Channel().DiscardBuffers()
			c.Channel().CloseWhenDone()
			var late error
			p := fifo.Hook(fifo.Bytes([]byte("a")), func(_ int64, err error) { late = err })
			require.ErrorIs(t, c.Channel().PushProducer(p), chat.ErrClosed)
			require.ErrorIs(t, late, chat.ErrClosed)
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var told []error
			conn := chattest.NewConn(t, chat.Lines(func(c *chat.Channel, _ []byte) {
				c.PushProducer(fifo.Hook(fifo.Bytes(make([]byte, 1<<20)), func(_ int64, err error) {
					told = append(told, err)
				}))
			}))
			conn.Stall()
			conn.SendString("get\n")
			require.Empty(t, told)
			c.end(conn)
			require.Len(t, told, 1)
			require.ErrorIs(t, told[0], fifo.ErrDiscarded)
			if c.want == nil {
				require.Equal(t, fifo.ErrDiscarded, told[0])
			} else {
				require.ErrorIs(t, told[0], c.want)
			}
		})
	}
}

// One function goes by the clock of its loop in all ways, also where there is no loop (W35).
func TestDeadlineByTheLoopsClock(t *testing.T) {
	f := func(v *chat.Conversation) error {
		v.SetReadDeadline(v.Loop().Now().Add(time.Millisecond))
		_, err := v.ReadLine()
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return io.ErrNoProgress
		}
		return nil
	}
	near, far := net.Pipe()
	defer far.Close()
	require.NoError(t, chat.Talk(near, f))
	c := chattest.NewConn(t, chat.Converse(f))
	c.Advance(time.Second)
	c.CloseWrite()
	require.True(t, c.Closed())
}
