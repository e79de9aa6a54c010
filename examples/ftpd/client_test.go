package main

import (
	"crypto/tls"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/examples/internal/certificate"
)

var testTLS = sync.OnceValue(func() *tls.Config {
	config, err := certificate.Config("", "", "ftp.example")
	if err != nil {
		panic(err)
	}
	return config
})

// newTestSite is a site of a copy of testdata/files, which clients may change.
func newTestSite(t testing.TB) *site {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "files")
	require.NoError(t, os.CopyFS(dir, os.DirFS("testdata/files")))
	s, err := newSite(dir, "", "", true)
	require.NoError(t, err)
	s.tls = testTLS()
	t.Cleanup(func() { s.root.Close() })
	return s
}

// A client is a program with a control connection, and one for data, on a network in memory.
type client struct {
	testing.TB
	site     *site
	net      *chattest.Listener
	loop     *core.Loop
	sessions *core.Loop
	control  *end
}

// An end is a connection of the client.
type end struct {
	*chat.Channel
	got      strings.Builder
	isClosed bool
	reason   error
}

func (e *end) CollectIncomingData(data []byte) { e.got.Write(data) }
func (e *end) FoundTerminator()                {}
func (e *end) HandleClose(err error)           { e.isClosed, e.reason = true, err }

func (e *end) take() string {
	defer e.got.Reset()
	return e.got.String()
}

func visit(t testing.TB, s *site) *client {
	t.Helper()
	c := &client{TB: t, site: s, net: chattest.Listen(t)}
	server := s.server()
	loops, err := c.net.Loops(2)
	require.NoError(t, err)
	c.sessions, c.loop = loops[0], loops[1]
	require.NoError(t, server.Start(c.net, c.sessions))
	c.control = c.dial(c.net.Addr().String(), false)
	c.expect("220 This is FTP")
	c.ask("USER me", "331 Any password will do")
	c.ask("PASS x", "230 Welcome")
	return c
}

func (c *client) dial(addr string, deaf bool) *end {
	c.Helper()
	e := &end{}
	_, err := chat.Dial(c.loop, "tcp", addr, e.attach(deaf))
	require.NoError(c, err)
	c.settle()
	return e
}

// attach has the end take a channel, and, if it is deaf, read nothing of it.
func (e *end) attach(deaf bool) chat.NewHandler {
	return func(ch *chat.Channel) chat.Handler {
		l := ch.Limits()
		l.MaxOutput = chat.NoLimit
		ch.SetLimits(l)
		if e.Channel = ch; deaf {
			ch.PauseReading()
		}
		return e
	}
}

func (c *client) settle() { c.net.Advance(0) }

func (c *client) expect(lines ...string) {
	c.Helper()
	want := strings.Join(lines, "\r\n") + "\r\n"
	if len(lines) == 0 {
		want = ""
	}
	require.Equal(c, want, c.control.take())
}

func (c *client) say(line string) {
	c.control.PushString(line + "\r\n")
	c.settle()
}

// finish ends the direction of the client on a data connection.
func (c *client) finish(d *end) {
	d.CloseWrite()
	c.settle()
}

// expectNothingOpen fails if a data connection or a port is left.
func (c *client) expectNothingOpen() {
	c.Helper()
	c.net.Advance(10 * time.Second) // a closed channel waits for its peer for less
	if n := c.sessions.Len(); n != 2 {
		c.Errorf("%d dispatchers are left, want the listener and the control connection", n)
	}
}

func (c *client) ask(line string, answer ...string) {
	c.Helper()
	c.say(line)
	c.expect(answer...)
}

// open opens a data connection in one of the four ways. Where the server is to connect, it does
// so at the command, and until then the end has no channel.
func (c *client) open(way string, deaf bool) *end {
	c.Helper()
	switch way {
	case "PASV", "EPSV":
		c.say(way)
		port := 0
		if reply := c.control.take(); way == "PASV" {
			var high, low int
			_, err := fmt.Sscanf(reply, "227 Entering Passive Mode (127,0,0,1,%d,%d)", &high, &low)
			require.NoError(c, err, reply)
			port = high<<8 + low
		} else {
			_, err := fmt.Sscanf(reply, "229 Entering Extended Passive Mode (|||%d|)", &port)
			require.NoError(c, err, reply)
		}
		return c.dial(fmt.Sprintf("127.0.0.1:%d", port), deaf)
	}
	e := &end{}
	l, err := chat.Listen(c.loop, "tcp", "127.0.0.1:0", e.attach(deaf))
	require.NoError(c, err)
	l.Once()
	addr := netip.MustParseAddrPort(l.Addr().String())
	if way == "PORT" {
		c.ask("PORT "+formatPort(addr), "200 I come there")
	} else {
		c.ask(fmt.Sprintf("EPRT |1|%s|%d|", addr.Addr(), addr.Port()), "200 I come there")
	}
	return e
}

var ways = []string{"PASV", "EPSV", "PORT", "EPRT"}

// put makes a file of the site.
func (s *site) put(t testing.TB, name, content string) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(s.root.Name(), name), []byte(content), 0o644))
}

func (s *site) expect(t testing.TB, name, content string) {
	t.Helper()
	got, err := os.ReadFile(filepath.Join(s.root.Name(), name))
	require.NoError(t, err)
	require.True(t, string(got) == content, "%s has %d bytes, not the %d that it should have",
		name, len(got), len(content))
}

// random is a text in which a part that is missing, or comes twice, shows.
func random(n int) string {
	var b strings.Builder
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, "%d,", i*i)
	}
	return b.String()[:n]
}
