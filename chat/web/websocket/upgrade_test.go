package websocket

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
)

const (
	head = "GET /chat HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\n" +
		"Connection: keep-alive, Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
		"Sec-WebSocket-Version: 13\r\n"
	welcome = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
)

// The handshake of RFC 6455, section 1.3, and what comes in the same segments behind it.
func TestUpgrade(t *testing.T) {
	u := &Upgrader{Subprotocols: []string{"superchat", "chat"}}
	stream := head + "Origin: http://Server.example.com\r\nSec-WebSocket-Protocol: chat\r\n" +
		"Sec-WebSocket-Protocol: x, superchat\r\n\r\n" + up(0x81, "hello", 0x01, "a", 0x80, "b")
	c := chattest.EverySplit(t, u.Server(newEcho), stream)
	require.Equal(t, welcome+"Sec-WebSocket-Protocol: superchat\r\n\r\n"+
		down(0x81, "hello", 0x81, "ab"), string(c.Received()))
}

func TestRefusals(t *testing.T) {
	change := func(old, new string) string { return strings.Replace(head, old, new, 1) + "\r\n" }
	for _, tt := range []struct{ request, want string }{
		{change("GET", "POST"), "405"},
		{change("HTTP/1.1", "HTTP/1.0"), "400"},
		{change("Host: server.example.com\r\n", ""), "400"},
		{change("Upgrade: websocket\r\n", ""), "426"},
		{change("Upgrade: websocket", "Upgrade: h2c"), "426"},
		{change("keep-alive, Upgrade", "keep-alive"), "426"},
		{change(": 13", ": 8"), "426"},
		{change("dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25j"), "400"},
		{change("Sec-WebSocket-Key", "X"), "400"},
		{change("Upgrade:", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nUpgrade:"), "400"},
		{change("Upgrade:", "Content-Length: 5\r\nUpgrade:") + "hello", "400"},
		{change("Upgrade:", "Transfer-Encoding: chunked\r\nUpgrade:"), "400"},
		{change("Upgrade:", "Origin: https://evil.example\r\nUpgrade:"), "403"},
		{change("Upgrade:", "Origin: null\r\nUpgrade:"), "403"},
		{"\x16\x03\x01\x00\r\n\r\n", "400"},
		{"GET / HTTP/1.1\r\nX: " + strings.Repeat("x", 40<<10), "431"},
	} {
		c := chattest.NewConn(t, Server(newEcho))
		c.SendString(tt.request + up(0x81, "hello"))
		got := string(c.Received())
		if len(tt.request) < 1000 {
			chattest.EverySplit(t, Server(newEcho), tt.request+up(0x81, "hello"))
		}
		require.Equal(t, "HTTP/1.1 "+tt.want, got[:12], "%q", tt.request)
		require.NotContains(t, got, "\x81")
		if tt.want == "426" {
			require.Regexp(t, "\r\n(Upgrade: websocket|Sec-Websocket-Version: 13)\r\n", got)
		}
	}
	u := &Upgrader{CheckOrigin: func(origin string, _ http.Header) bool {
		return origin == "https://evil.example"
	}}
	c := chattest.NewConn(t, u.Server(newEcho))
	c.SendString(change("Upgrade:", "Origin: https://evil.example\r\nUpgrade:"))
	require.Equal(t, welcome+"\r\n", string(c.Received()))
}

// Upgrade pushes nothing where it fails: its caller answers.
func TestUpgradeByAnother(t *testing.T) {
	var got error
	c := chattest.NewConn(t, chat.Lines(func(c *chat.Channel, line []byte) {
		h := http.Header{"Host": {"a"}, "Upgrade": {"WebSocket"}, "Connection": {"upgrade"},
			"Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {"dGhlIHNhbXBsZSBub25jZQ=="}}
		if got = Upgrade(c, string(line), h, newEcho); got != nil {
			c.PushString("no")
		}
	}))
	c.SendString("HEAD\n")
	var e *UpgradeError
	require.ErrorAs(t, got, &e)
	require.Equal(t, UpgradeError{405, "the method is not GET", http.Header{"Allow": {"GET"}}}, *e)
	require.Equal(t, "no", string(c.Received()))
	c.SendString("GET\n" + up(0x89, "x"))
	require.NoError(t, got)
	require.Equal(t, welcome+"\r\n"+down(0x8A, "x"), string(c.Received()))
}

// A caller is a client that writes down what happens.
type caller struct {
	*Conn
	heard []string
	ended []error
}

func (c *caller) HandleConnect() {
	c.PushText("hello")
	c.Push(Binary, []byte(strings.Repeat("x", 300)))
	c.Ping([]byte("ping"))
}

func (c *caller) HandleMessage(_ Kind, m []byte) { c.heard = append(c.heard, string(m)) }
func (c *caller) HandlePong(data []byte)         { c.heard = append(c.heard, "pong "+string(data)) }
func (c *caller) HandleClose(err error)          { c.ended = append(c.ended, err) }

func (c *caller) client(t *testing.T, d *Dialer) chat.NewHandler {
	addr, secure, h, err := d.Client("ws://localhost/path?query", func(conn *Conn) Handler {
		c.Conn = conn
		if err := conn.PushText("too early"); err != ErrNotOpen {
			t.Errorf("PushText before HandleConnect = %v", err)
		}
		return c
	})
	require.NoError(t, err)
	require.Equal(t, "localhost:80", addr)
	require.False(t, secure)
	return h
}

// Our client and our server understand each other, up to the end.
func TestClientAndServer(t *testing.T) {
	var e *echo
	me := &caller{}
	u := &Upgrader{Subprotocols: []string{"b"}}
	newServer := u.Server(func(c *Conn) Handler { e = &echo{Conn: c}; return e })
	server, client := chattest.Pair(t, newServer,
		me.client(t, &Dialer{Subprotocols: []string{"a", "b"}, Header: http.Header{
			"Origin": {"http://localhost"}, "Upgrade": {"no"}}}))
	require.Equal(t, []string{"hello", strings.Repeat("x", 300), "pong ping"}, me.heard)
	require.Equal(t, "b", me.Subprotocol())
	require.Equal(t, "b", e.Subprotocol())
	client.Do(func() { require.NoError(t, me.CloseWith(4000, "enough")) })
	require.Equal(t, []error{nil}, me.ended)
	require.Equal(t, `close 4000 "enough"`, e.end)
	require.NoError(t, server.Reason())
}

// What a server answers that does not speak WebSocket ends the client, with the reason.
func TestClientIsRefused(t *testing.T) {
	accept := "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
	for _, tt := range []struct{ answer, want string }{
		{"HTTP/1.1 404 Not Found\r\n\r\n", "the server answers 404 Not Found (404)"},
		{"SSH-2.0-OpenSSH\r\n\r\n", "the answer is malformed (0)"},
		{accept + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
			"the server does not know WebSocket (101)"},
		{accept + "Sec-WebSocket-Accept: $\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n",
			"the server wants an extension (101)"},
		{accept + "Sec-WebSocket-Accept: $\r\nSec-WebSocket-Protocol: x\r\n\r\n",
			"the server wants another subprotocol (101)"},
		{strings.Repeat("x", 40<<10), "the answer is too long (0)"},
		{"", "the server does not answer (0)"},
	} {
		me := &caller{}
		c := chattest.NewConn(t, me.client(t, &Dialer{}))
		req, err := http.ReadRequest(newReader(string(c.Received())))
		require.NoError(t, err)
		require.Equal(t, "/path?query", req.RequestURI)
		c.SendString(strings.Replace(tt.answer, "$", acceptOf(req.Header.Get("Sec-WebSocket-Key")), 1))
		c.Advance(time.Minute)
		require.Len(t, me.ended, 1)
		var e *UpgradeError
		require.ErrorAs(t, me.ended[0], &e)
		require.EqualError(t, e, "websocket: no upgrade: "+tt.want)
		require.Empty(t, me.heard)
	}
	me := &caller{}
	c := chattest.NewConn(t, me.client(t, &Dialer{}))
	c.CloseWrite()
	require.Equal(t, []error{io.ErrUnexpectedEOF}, me.ended)
}

// Dial connects, and says at once what is wrong with a URL.
func TestDial(t *testing.T) {
	c := chattest.NewConn(t, chat.Lines(func(*chat.Channel, []byte) {}))
	l := c.Listen("tcp", "127.0.0.1:80")
	me := &caller{}
	c.Do(func() {
		for _, url := range []string{"http://a/", "ws://", "ws://a:b/", "ws://u:p@a/", "ws://a/#x", "/"} {
			_, err := Dial(c.Channel().Loop(), url, newEcho)
			require.Error(t, err, url)
		}
		_, err := Dial(c.Channel().Loop(), "ws://127.0.0.1", func(c *Conn) Handler {
			me.Conn = c
			return me
		})
		require.NoError(t, err)
	})
	p := l.Accept()
	require.True(t, strings.HasPrefix(string(p.Received()), "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n"))
	p.CloseWrite()
	c.Advance(time.Second)
	require.Equal(t, []error{io.ErrUnexpectedEOF}, me.ended)
	require.True(t, errors.Is(&CloseError{}, io.EOF))
}
