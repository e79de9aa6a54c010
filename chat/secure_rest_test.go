package chat_test

import (
	"crypto/tls"
	"io"
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
)

// worked is a client of a channel whose work is done only when the client waits for an answer.
type worked struct {
	net.Conn
	c   *chattest.Conn
	got []byte
}

func (w *worked) Write(p []byte) (int, error) {
	w.c.Send(p)
	return len(p), nil
}

func (w *worked) Read(p []byte) (int, error) {
	for len(w.got) == 0 {
		if w.got = w.c.Received(); len(w.got) == 0 && !w.c.FinishWork() {
			return 0, io.EOF
		}
	}
	n := copy(p, w.got)
	w.got = w.got[n:]
	return n, nil
}

// A client that does not wait behind its last word of the handshake is not read until a worker has
// looked at that: the loop sleeps meanwhile, and does not turn again and again for what is there.
func TestLoopRestsWhileAWorkerShakes(t *testing.T) {
	_, heavy := burdens(t, func() {})
	versions(t, func(t *testing.T, version uint16) {
		c := toBeSecured(t, heavy["RSA"])
		turns := func() (n uint64) {
			c.Do(func() { n = c.Channel().Loop().Stats().Turns })
			return n
		}
		peer := tls.Client(&worked{c: c}, &tls.Config{InsecureSkipVerify: true, MaxVersion: version})
		require.NoError(t, peer.Handshake())
		before := turns()
		io.WriteString(peer, "one\r\n")
		t.Log(turns() - before)
		got := make([]byte, 5)
		_, err := io.ReadFull(peer, got)
		require.NoError(t, err)
		require.Equal(t, "one\r\n", string(got))
	})
}

// What is encrypted, and not taken by the system, which takes 64 KiB, is queued still.
func TestEncryptedIsQueued(t *testing.T) {
	versions(t, func(t *testing.T, version uint16) {
		c := chattest.NewConn(t, func(c *chat.Channel) chat.Handler {
			require.NoError(t, c.StartTLSServer(serverConfig()))
			return newEcho(c)
		})
		peer := tls.Client(c.NetConn(), clientConfig(version))
		require.NoError(t, peer.Handshake())
		c.Stall()
		c.Do(func() { c.Channel().Push(make([]byte, 40_000)) })
		c.Do(func() { c.Channel().Push(make([]byte, 60_000)) })
		require.Greater(t, c.Channel().Queued(), 30_000)
		c.Unstall()
		_, err := io.ReadFull(peer, make([]byte, 100_000))
		require.NoError(t, err)
		require.Zero(t, c.Channel().Queued())
	})
}
