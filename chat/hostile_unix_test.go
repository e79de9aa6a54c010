//go:build unix

package chat_test

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"net"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
)

// shallow gives a socket small buffers.
func shallow(_, _ string, c syscall.RawConn) error {
	return c.Control(func(fd uintptr) {
		syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 4096)
		syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_SNDBUF, 4096)
	})
}

// W5, CVE-2019-9512: a peer that has crypto/tls answer, again and again, and reads nothing, costs
// no memory: it is not listened to any more, and closed when it has stalled. Others are answered.
func TestKeyUpdateFloodOverSockets(t *testing.T) {
	if raceEnabled {
		t.Skip("memory is as it is without the race detector")
	}
	listen := net.ListenConfig{Control: shallow}
	l, err := listen.Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := &chat.Server{TLSConfig: serverConfig(), Handler: newEcho,
		Limits: chat.Limits{MaxOutput: 64 << 10}}
	go s.Serve(l)
	defer s.Close()
	other := dialOther(t, l.Addr().String())

	dialer := net.Dialer{Control: shallow}
	conn, err := dialer.Dial("tcp", l.Addr().String())
	require.NoError(t, err)
	defer conn.Close()
	w := &recordWriter{t: t}
	config := clientConfig(tls.VersionTLS13)
	config.KeyLogWriter = w
	client := tls.Client(conn, config)
	require.NoError(t, client.Handshake())
	if client.ConnectionState().CipherSuite != tls.TLS_AES_128_GCM_SHA256 {
		t.Skip("another cipher suite")
	}
	before, slowed := inUse(), 0
	for n := 0; n < 100_000 && slowed == 0; n += 100 {
		if n%1000 == 0 {
			other(n)
		}
		conn.SetWriteDeadline(time.Now().Add(2 * time.Second))
		if _, err := conn.Write(w.updates(100)); err != nil {
			slowed = n
		}
	}
	other(-1)
	if grown := inUse() - before; grown > 1<<20 || slowed == 0 {
		t.Errorf("after %d updates, the process has grown by %d bytes", slowed, grown)
	}
	if full { // it is closed in the end
		require.Eventually(t, func() bool {
			other(-2)
			return s.Stats().Closed[chat.ReasonStalled] == 1
		}, 2*time.Minute, time.Second)
	}
}

// dialOther returns a function that sends a line and waits for its echo.
func dialOther(t *testing.T, addr string) func(int) {
	conn, err := tls.Dial("tcp", addr, clientConfig(tls.VersionTLS13))
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	r := bufio.NewReader(conn)
	return func(n int) {
		conn.SetDeadline(time.Now().Add(time.Minute))
		fmt.Fprintf(conn, "line %d\r\n", n)
		line, err := r.ReadString('\n')
		require.NoError(t, err)
		require.Equal(t, fmt.Sprintf("line %d\r\n", n), line)
	}
}

// W13: however many connect that are refused, few are open at a time.
func TestCrowdThatIsRefused(t *testing.T) {
	s := &chat.Server{Addr: "127.0.0.1:0", Handler: newEcho, MaxConns: 50,
		OnRefuse: func(c *chat.Channel) { c.PushString("421 no\r\n") }}
	l, err := s.Listen()
	require.NoError(t, err)
	go s.Serve(l)
	defer s.Close()
	most := int64(0)
	for range scaled(3000) {
		c, err := net.Dial("tcp", l.Addr().String())
		require.NoError(t, err)
		t.Cleanup(func() { c.Close() })
		most = max(most, int64(s.Stats().Connections))
	}
	if most < 50 || most > 50+64 {
		t.Errorf("%d connections are open at a time, want at least 50 and at most 114", most)
	}
}
