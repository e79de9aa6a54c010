package chat_test

import (
	"context"
	"errors"
	"net"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/simkernel"
	"github.com/go-asynchat/asynchat/fifo"
	"github.com/go-asynchat/asynchat/terminator"
)

// A silent kernel never answers who asks for an address.
type silent struct{ *simkernel.Kernel }

func (silent) Background(func()) {}

// dialSilent begins to connect to a name that is never resolved, and returns a turn of the loop
// after some time, which returns the reason of the close, nil before it.
func dialSilent(
	t *testing.T, ctx context.Context, d *chat.Dialer,
) (after func(time.Duration) error) {
	k := silent{simkernel.New()}
	loop, err := core.New(core.WithKernel(k))
	require.NoError(t, err)
	t.Cleanup(func() { loop.Close() })
	var reason error
	_, err = d.Dial(ctx, loop, "tcp", "host.example:1", func(c *chat.Channel) chat.Handler {
		return closeFunc{newEcho(c), func(err error) { reason = err }}
	})
	require.NoError(t, err)
	return func(d time.Duration) error {
		k.Advance(d)
		_, err := loop.Poll(0)
		require.NoError(t, err)
		return reason
	}
}

func TestDialerTimeout(t *testing.T) { // S71: asyncore had none
	for timeout, want := range map[time.Duration]time.Duration{time.Second: time.Second,
		0: 30 * time.Second} {
		after := dialSilent(t, context.Background(), &chat.Dialer{Timeout: timeout})
		if err := after(want - time.Millisecond); err != nil {
			t.Errorf("timeout %v: %v before it is over", timeout, err)
		}
		if err := after(time.Millisecond); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("timeout %v: closed with %v, want ErrDeadlineExceeded", timeout, err)
		}
	}
	if err := dialSilent(t, context.Background(),
		&chat.Dialer{Timeout: chat.NoLimit})(24 * time.Hour); err != nil {
		t.Errorf("without a timeout: %v", err)
	}
}

func TestDialerContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(context.Background())
	after := dialSilent(t, ctx, &chat.Dialer{})
	if err := after(0); err != nil {
		t.Errorf("closed with %v before the context is done", err)
	}
	why := errors.New("why")
	cancel(why)
	// Another goroutine brings the news.
	for end := time.Now().Add(patience); after(0) == nil && time.Now().Before(end); {
	}
	if err := after(0); !errors.Is(err, why) {
		t.Errorf("closed with %v, want the cause", err)
	}
}

func TestDialerLocalAddr(t *testing.T) {
	loop, err := core.New(core.WithKernel(simkernel.New()))
	require.NoError(t, err)
	defer loop.Close()
	var peer net.Addr
	_, err = core.Listen(loop, "tcp", "127.0.0.1:7", acceptFunc(func(conn *core.Conn) {
		peer = conn.RemoteAddr()
	}))
	require.NoError(t, err)
	d := &chat.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2), Port: 1234}}
	c, err := d.Dial(context.Background(), loop, "tcp", "127.0.0.1:7", newEcho)
	require.NoError(t, err)
	for range 10 {
		_, err := loop.Poll(0)
		require.NoError(t, err)
	}
	for _, addr := range []net.Addr{c.LocalAddr(), peer} {
		if addr == nil || addr.String() != "127.0.0.2:1234" {
			t.Errorf("connects from %v, want 127.0.0.2:1234", addr)
		}
	}
}

// S168, S175: what is pushed before the connection is made is sent when it is, and an end that was
// asked for comes behind that.
func TestPushAndCloseBeforeTheConnection(t *testing.T) {
	_, loop, settle := simLoop(t)
	peer, hp := record(terminator.None)
	_, err := core.Listen(loop, "tcp", "127.0.0.1:7",
		acceptFunc(func(conn *core.Conn) { chat.NewChannel(conn, hp) }))
	require.NoError(t, err)
	r, h := record(crlf)
	c, err := chat.Dial(loop, "tcp", "127.0.0.1:7", h)
	require.NoError(t, err)
	c.PushString("hello")
	c.PushProducer(fifo.Bytes([]byte(", world")))
	c.CloseWhenDone()
	if err := c.PushString("too late"); !errors.Is(err, chat.ErrClosed) {
		t.Errorf("a push behind CloseWhenDone returns %v, want ErrClosed", err)
	}
	r.expect(t, "")
	settle()
	r.expect(t, "connect, close <nil>")
	peer.expect(t, `connect, "hello, world", close EOF`)
}
