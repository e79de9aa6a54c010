//go:build unix

package chat_test

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/terminator"
)

// connecting is a client of an HTTP proxy, which asks for a tunnel.
type connecting struct {
	*chat.Channel
	chat.Collector
}

func newConnecting(c *chat.Channel) chat.Handler {
	c.SetTerminator(terminator.String("\r\n\r\n"))
	return &connecting{Channel: c}
}

func (s *connecting) FoundTerminator() {
	method, rest, _ := strings.Cut(string(s.Take()), " ")
	target, _, _ := strings.Cut(rest, " ")
	if method != "CONNECT" {
		s.refuse("405 Method Not Allowed")
		return
	}
	s.PauseReading() // what comes next is for the tunnel
	_, err := chat.Dial(s.Loop(), "tcp", target, func(up *chat.Channel) chat.Handler {
		return &tunnel{Channel: up, other: s.Channel, asks: s}
	})
	if err != nil {
		s.refuse("400 Bad Request")
	}
}

func (s *connecting) refuse(status string) {
	s.PushString("HTTP/1.1 " + status + "\r\n\r\n")
	s.CloseWhenDone()
}

// tunnel sends what comes on one connection to the other.
type tunnel struct {
	*chat.Channel
	other *chat.Channel
	asks  *connecting // until the tunnel is there
}

func (t *tunnel) HandleConnect() {
	if t.asks == nil {
		return
	}
	t.asks.PushString("HTTP/1.1 200 OK\r\n\r\n")
	t.asks.Use(func(c *chat.Channel) chat.Handler {
		return &tunnel{Channel: c, other: t.Channel}
	})
	t.asks = nil
}

func (t *tunnel) CollectIncomingData(data []byte) {
	if t.other.Push(data); t.other.Queued() > chat.DefaultLimits().HighWater {
		t.PauseReading()
	}
}

func (t *tunnel) FoundTerminator() {}
func (t *tunnel) HandleDrained()   { t.other.ResumeReading() }
func (t *tunnel) HandleEOF()       { t.other.CloseWrite() }

func (t *tunnel) HandleClose(error) {
	if t.asks != nil {
		t.asks.refuse("502 Bad Gateway")
	} else {
		t.other.CloseWhenDone()
	}
}

// M3: a proxy with CONNECT, whose channel gets another handler: by hand, with the first bytes of
// the tunnel behind the request, and by curl, with as much as it takes to wait for each other.
func TestConnectProxy(t *testing.T) {
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, r.URL.Path+" ")
		io.Copy(w, r.Body)
	}))
	defer web.Close()
	target := web.Listener.Addr().String()
	addr, _ := serve(t, &chat.Server{Handler: newConnecting}, "tcp", "127.0.0.1:0")

	ask := func(request string) string {
		conn, err := net.Dial("tcp", addr.String())
		require.NoError(t, err)
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(patience))
		_, err = io.WriteString(conn, request)
		require.NoError(t, err)
		got, err := io.ReadAll(conn)
		require.NoError(t, err)
		return string(got)
	}
	got := ask("CONNECT " + target + " HTTP/1.1\r\n\r\n" +
		"GET /early HTTP/1.0\r\n\r\n")
	require.True(t, strings.HasPrefix(got, "HTTP/1.1 200 OK\r\n\r\nHTTP/1.0 200 OK\r\n"), "%q", got)
	require.True(t, strings.HasSuffix(got, "\r\n\r\n/early "), "%q", got)
	require.Contains(t, ask("GET / HTTP/1.0\r\n\r\n"), " 405 ")
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	closed.Close()
	require.Contains(t, ask("CONNECT "+closed.Addr().String()+" HTTP/1.1\r\n\r\n"), " 502 ")

	needProgram(t, "curl")
	body := bytes.Repeat([]byte("0123456789abcde\x00"), 1<<16)
	curl := exec.Command("curl", "-sS", "-x", "http://"+addr.String(), "--proxytunnel",
		"--data-binary", "@-", "http://"+target+"/page")
	curl.Stdin = bytes.NewReader(body)
	out, err := curl.Output()
	require.NoError(t, err)
	require.True(t, bytes.Equal(append([]byte("/page "), body...), out), "%d bytes", len(out))
}
