package chat_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/simkernel"
)

// A persistent client writes down when it tries, and how that ends.
type persistent struct {
	*chattest.Conn // of which it has the loop and the network
	*chat.Redial
	at     []time.Duration
	ends   []error
	gaveUp []error
	began  time.Duration
}

const retryAddr = "127.0.0.1:7000"

func exactly(d time.Duration) time.Duration { return d }

// retry begins to connect to retryAddr.
func retry(t *testing.T, ctx context.Context, b chat.Backoff) *persistent {
	p := &persistent{Conn: chattest.NewConn(t, newEcho)}
	loop := p.Conn.Channel().Loop()
	p.began = loop.Clock()
	b.GaveUp = func(err error) { p.gaveUp = append(p.gaveUp, err) }
	p.Do(func() {
		var err error
		p.Redial, err = (&chat.Dialer{}).Retry(ctx, loop, "tcp", retryAddr, b,
			func(c *chat.Channel) chat.Handler {
				p.at = append(p.at, (loop.Clock() - p.began).Round(time.Millisecond))
				return closeFunc{newEcho(c), func(err error) { p.ends = append(p.ends, err) }}
			})
		require.NoError(t, err)
	})
	return p
}

func seconds(n ...time.Duration) []time.Duration {
	for i := range n {
		n[i] *= time.Second
	}
	return n
}

// The waits double up to the longest, and begin anew after a connection that held.
func TestRetryTimes(t *testing.T) {
	p := retry(t, t.Context(), chat.Backoff{First: time.Second, Most: 8 * time.Second,
		Jitter: exactly})
	p.Conn.Advance(20 * time.Second)
	require.Equal(t, seconds(0, 1, 3, 7, 15), p.at)
	require.Len(t, p.ends, 5)
	require.Equal(t, chat.ReasonUnconnected, chat.ReasonOf(p.ends[4]))
	require.Nil(t, p.Redial.Channel())

	l := p.Listen("tcp", retryAddr)
	p.Conn.Advance(5 * time.Second) // 25 s; connected at 23 s
	peer := l.Accept()
	require.NotNil(t, p.Redial.Channel())
	p.Conn.Advance(4 * time.Second)
	peer.CloseWrite() // at 29 s: it has not held
	p.Conn.Advance(8 * time.Second)
	peer = l.Accept() // of 37 s
	p.Conn.Advance(8 * time.Second)
	peer.CloseWrite() // at 45 s: it has
	p.Conn.Advance(time.Second)
	l.Accept().CloseWrite() // at 46 s
	p.Conn.Advance(2 * time.Second)
	l.Accept().CloseWrite() // at 48 s
	p.Conn.Advance(4 * time.Second)
	require.Equal(t, seconds(0, 1, 3, 7, 15, 23, 37, 46, 48, 52), p.at)
	require.Equal(t, []error{io.EOF, io.EOF, io.EOF, io.EOF}, p.ends[5:])
	require.Empty(t, p.gaveUp)
}

// An attempt that took long, and was never connected, has not held.
func TestRetryAfterTimeouts(t *testing.T) {
	k := silent{simkernel.New()}
	loop, err := core.New(core.WithKernel(k))
	require.NoError(t, err)
	t.Cleanup(func() { loop.Close() })
	var at []time.Duration
	began := loop.Clock()
	_, err = (&chat.Dialer{Timeout: 5 * time.Second}).Retry(t.Context(), loop, "tcp", "host.example:1",
		chat.Backoff{First: time.Second, Held: time.Second, Jitter: exactly},
		func(c *chat.Channel) chat.Handler {
			at = append(at, loop.Clock()-began)
			return newEcho(c)
		})
	require.NoError(t, err)
	for range 25 {
		k.Advance(time.Second)
		_, err := loop.Poll(0)
		require.NoError(t, err)
	}
	require.Equal(t, seconds(0, 6, 13, 22), at)
}

// Without a Jitter the waits are random, at least half of what they would be.
func TestRetryJitter(t *testing.T) {
	p := retry(t, t.Context(), chat.Backoff{First: time.Second, Most: time.Second})
	p.Conn.Advance(100 * time.Second)
	var shorter int
	for i := range p.at[1:] {
		gap := p.at[i+1] - p.at[i]
		require.True(t, gap >= 499*time.Millisecond && gap <= 1001*time.Millisecond, "%v", gap)
		if gap < 900*time.Millisecond {
			shorter++
		}
	}
	require.Greater(t, shorter, 20)
	require.Greater(t, len(p.at), 100)
}

// So many failures in a row are the last; one that held does not count.
func TestRetryGivesUp(t *testing.T) {
	p := retry(t, t.Context(), chat.Backoff{First: time.Second, Held: time.Second, Failures: 3,
		Jitter: exactly})
	p.Conn.Advance(1500 * time.Millisecond) // two have failed
	l := p.Listen("tcp", retryAddr)
	p.Conn.Advance(1500 * time.Millisecond)
	peer := l.Accept()
	l.Close()
	p.Conn.Advance(time.Second)
	peer.CloseWrite()
	p.Conn.Advance(time.Hour)
	require.Equal(t, seconds(0, 1, 3, 5, 7, 11), p.at)
	require.Equal(t, p.ends[5:], p.gaveUp)
	require.Equal(t, chat.ReasonUnconnected, chat.ReasonOf(p.gaveUp[0]))
}

// until turns the loop until what another goroutine has posted is done.
func (p *persistent) until(t *testing.T, ok func() bool) {
	for range 1_000_000 {
		if p.Conn.Advance(0); ok() {
			return
		}
		runtime.Gosched()
	}
	t.Fatal("nothing is posted")
}

// The context ends a wait at once, and stops what would follow a connection.
func TestRetryContext(t *testing.T) {
	cause := errors.New("enough")
	gaveUp := func(p *persistent) func() bool { return func() bool { return len(p.gaveUp) > 0 } }

	ctx, cancel := context.WithCancelCause(t.Context())
	p := retry(t, ctx, chat.Backoff{First: time.Second, Jitter: exactly})
	cancel(cause)
	p.until(t, gaveUp(p))
	p.Conn.Advance(time.Hour)
	require.Equal(t, seconds(0), p.at)
	require.Equal(t, []error{cause}, p.gaveUp)

	ctx, cancel = context.WithCancelCause(t.Context())
	p = retry(t, ctx, chat.Backoff{First: time.Second, Jitter: exactly})
	l := p.Listen("tcp", retryAddr)
	p.Conn.Advance(time.Second)
	peer := l.Accept()
	cancel(cause)
	peer.SendString("still here\r\n")
	p.Conn.Advance(time.Minute)
	require.Equal(t, "still here\r\n", string(peer.Received()))
	require.Empty(t, p.gaveUp)
	peer.CloseWrite()
	require.Equal(t, []error{cause}, p.gaveUp)
	p.Conn.Advance(time.Hour)
	require.Equal(t, seconds(0, 1), p.at)
	require.Equal(t, []error{cause}, p.gaveUp)

	_, err := (&chat.Dialer{}).Retry(ctx, p.Conn.Channel().Loop(), "tcp", retryAddr, chat.Backoff{},
		newEcho)
	require.ErrorIs(t, err, cause)
}

// Stop is silent, in a wait, in HandleClose, and while a connection stands.
func TestRetryStop(t *testing.T) {
	p := retry(t, t.Context(), chat.Backoff{First: time.Second, Jitter: exactly})
	p.Do(p.Stop)
	loop := p.Conn.Channel().Loop()
	next, _ := loop.NextTimer() // of the other channel
	require.Greater(t, next.Sub(loop.Now()), 2*time.Second)
	p.Conn.Advance(time.Hour)
	require.Equal(t, seconds(0), p.at)

	p = retry(t, t.Context(), chat.Backoff{First: time.Second, Jitter: exactly})
	l := p.Listen("tcp", retryAddr)
	p.Conn.Advance(time.Second)
	peer := l.Accept()
	p.Do(p.Stop)
	p.Do(p.Stop)
	peer.SendString("still here\r\n")
	require.Equal(t, "still here\r\n", string(peer.Received()))
	p.Do(func() { p.Redial.Channel().CloseWhenDone() })
	peer.CloseWrite()
	p.Conn.Advance(time.Hour)
	require.Equal(t, seconds(0, 1), p.at)
	require.Empty(t, p.gaveUp)
	require.Nil(t, p.Redial.Channel())
}

// When the loop is closed nothing follows, neither in a wait nor behind a connection.
func TestRetryEndsWithTheLoop(t *testing.T) {
	for _, connected := range []bool{false, true} {
		k := simkernel.New()
		loop, err := core.New(core.WithKernel(k), core.WithLogger(slog.New(slog.DiscardHandler)))
		require.NoError(t, err)
		if connected {
			_, err := k.NewListener("tcp", retryAddr)
			require.NoError(t, err)
		}
		tries, ends := 0, 0
		_, err = (&chat.Dialer{}).Retry(t.Context(), loop, "tcp", retryAddr,
			chat.Backoff{GaveUp: func(err error) { t.Errorf("gave up: %v", err) }},
			func(c *chat.Channel) chat.Handler {
				tries++
				return closeFunc{newEcho(c), func(error) { ends++ }}
			})
		require.NoError(t, err)
		for range 5 {
			_, err := loop.Poll(0)
			require.NoError(t, err)
		}
		require.NoError(t, loop.Close())
		k.Advance(time.Hour)
		require.Equal(t, []int{1, 1}, []int{tries, ends}, "connected: %t", connected)
	}
}

// What is wrong with an address is said at once, and nothing follows.
func TestRetryOfNoAddress(t *testing.T) {
	p := retry(t, t.Context(), chat.Backoff{})
	p.Do(func() {
		r, err := (&chat.Dialer{}).Retry(t.Context(), p.Conn.Channel().Loop(), "tcp", "no port",
			chat.Backoff{}, newEcho)
		require.Error(t, err)
		require.Nil(t, r)
	})
	p.Conn.Advance(time.Minute)
}
