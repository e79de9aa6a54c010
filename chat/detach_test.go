//go:build unix

package chat_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/terminator"
)

// given is a connection that a handler has given away.
type given struct {
	conn   net.Conn
	unread []byte
}

// giving returns protocols of lines in each way that, at a line "go", say so and give their
// connection away, with the error if that fails.
func giving(to chan<- given, fail func(error)) map[string]chat.NewHandler {
	return kindsOf("1", func(c *chat.Channel, line string) {
		if line != "go" {
			return
		}
		conn, unread, err := c.Detach()
		if err != nil {
			fail(err)
			return
		}
		to <- given{conn, unread}
	})
}

// M15: a connection of a server is given away, in plain text and under TLS, and goes on where it
// was, whatever way the input is cut. The server does not count it any more.
func TestDetach(t *testing.T) {
	for _, secured := range []bool{false, true} {
		for _, cut := range []int{0, 3, 4, 6, 8} {
			for _, name := range []string{"Lines", "Messages", "Reads", "Collector", "Converse"} {
				t.Run(name, func(t *testing.T) { detach(t, name, secured, cut) })
			}
		}
	}
}

func detach(t *testing.T, name string, secured bool, cut int) {
	to := make(chan given, 1)
	closed := make(chan error, 1)
	h := giving(to, func(err error) { t.Errorf("Detach: %v", err) })[name]
	server := &chat.Server{Addr: "127.0.0.1:0", MaxConns: 1, Handler: h,
		OnRefuse: func(c *chat.Channel) { closed <- errors.New("refused") }}
	if secured {
		server.TLSConfig = serverConfig()
	}
	l, err := server.Listen()
	require.NoError(t, err)
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	dial := func() net.Conn {
		conn, err := net.Dial("tcp", l.Addr().String())
		require.NoError(t, err)
		if secured {
			conn = tls.Client(conn, clientConfig(tls.VersionTLS13))
		}
		conn.SetDeadline(time.Now().Add(patience))
		return conn
	}
	peer := dial()
	defer peer.Close()
	const all = "go\nmore\x00\n"
	in := []string{all[:cut], all[cut:]}
	_, err = io.WriteString(peer, in[0])
	require.NoError(t, err)
	_, err = io.WriteString(peer, in[1])
	require.NoError(t, err)
	g := <-to
	g.conn.SetDeadline(time.Now().Add(patience))
	rest := make([]byte, len("more\x00\n"))
	_, err = io.ReadFull(io.MultiReader(bytes.NewReader(g.unread), g.conn), rest)
	require.NoError(t, err)
	require.Equal(t, "more\x00\n", string(rest))
	_, err = io.WriteString(g.conn, "2\n")
	require.NoError(t, err)
	line, err := bufio.NewReader(peer).ReadString('2')
	require.NoError(t, err)
	require.Equal(t, "1 go\r\n2", line)

	for { // it counts until HandleClose
		next := dial()
		io.WriteString(next, "a\n")
		_, err := io.ReadFull(next, make([]byte, len("1 a\r\n")))
		next.Close()
		if err == nil {
			break
		}
	}
	require.NoError(t, server.Shutdown(t.Context()))
	require.Equal(t, chat.ErrServerClosed, <-ended)
	require.EqualValues(t, 1, server.Stats().Closed[chat.ReasonDetached])
	_, err = io.WriteString(g.conn, "3\n") // the shutdown has not touched it
	require.NoError(t, err)
	require.NoError(t, g.conn.Close())
}

// Of a channel that cannot be given away now nothing changes, and the error says why.
func TestDetachRefused(t *testing.T) {
	loop, err := core.New()
	require.NoError(t, err)
	defer loop.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	check := func(c *chat.Channel, want string) {
		t.Helper()
		conn, _, err := c.Detach()
		if conn != nil {
			conn.Close()
		}
		require.ErrorContains(t, err, want)
	}
	connected := false
	var c *chat.Channel
	c, err = chat.Dial(loop, "tcp", l.Addr().String(), func(c *chat.Channel) chat.Handler {
		check(c, "no handler")
		c.SetTerminator(terminator.String("\n"))
		return &noted{Channel: c, t: new([]string), f: func(s *noted, callback string) {
			connected = connected || callback == "connect"
		}}
	})
	require.NoError(t, err)
	check(c, "not connected")
	for !connected {
		_, err := loop.Poll(-1)
		require.NoError(t, err)
	}
	c.PushProducer(waiting{})
	check(c, "output")
	c.DiscardBuffers()
	c.Go(func() func() { return nil })
	check(c, "in flight")
	peer, err := l.Accept()
	require.NoError(t, err)
	defer peer.Close()
	c.Close()
	check(c, "closed")

	m := chattest.NewConn(t, h1)
	_, _, err = m.Channel().Detach()
	require.ErrorIs(t, err, errors.ErrUnsupported)
	m.SendString("a\n")
	require.Equal(t, "1 a\r\n", string(m.Received()))
}

// net/http gets the connection of which we have read the beginning.
func TestDetachToHTTP(t *testing.T) {
	conns := make(chan net.Conn)
	web := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Write(append([]byte(r.URL.Path+" "), body...))
	})}
	go web.Serve(&oneByOne{conns: conns})
	defer web.Close()
	server := &chat.Server{Addr: "127.0.0.1:0", Handler: func(c *chat.Channel) chat.Handler {
		c.SetTerminator(terminator.Length(4))
		return &sniffer{Channel: c, conns: conns}
	}}
	l, err := server.Listen()
	require.NoError(t, err)
	go server.Serve(l)
	defer server.Close()
	for range 2 {
		resp, err := http.Post("http://"+l.Addr().String()+"/page", "text/plain",
			bytes.NewReader([]byte("the body")))
		require.NoError(t, err)
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		require.NoError(t, err)
		require.Equal(t, "/page the body", string(body))
		http.DefaultClient.CloseIdleConnections()
	}
}

// sniffer looks at the first bytes, and gives what is HTTP away.
type sniffer struct {
	*chat.Channel
	chat.Collector
	conns chan<- net.Conn
}

func (s *sniffer) FoundTerminator() {
	head := s.Take()
	if string(head) != "POST" {
		s.Close()
		return
	}
	conn, unread, err := s.Detach()
	if err != nil {
		s.Close()
		return
	}
	conn = &readBefore{conn, io.MultiReader(bytes.NewReader(append(head, unread...)), conn)}
	go func() { s.conns <- conn }()
}

// readBefore is a connection of which something has been read.
type readBefore struct {
	net.Conn
	r io.Reader
}

func (c *readBefore) Read(p []byte) (int, error) { return c.r.Read(p) }

// oneByOne is a listener that accepts what it is given.
type oneByOne struct {
	conns chan net.Conn
	over  sync.Once
}

func (l *oneByOne) Accept() (net.Conn, error) {
	if conn, ok := <-l.conns; ok {
		return conn, nil
	}
	return nil, net.ErrClosed
}

func (l *oneByOne) Close() error {
	l.over.Do(func() { close(l.conns) })
	return nil
}

func (l *oneByOne) Addr() net.Addr { return &net.TCPAddr{} }
