package chat_test

import (
	"context"
	"crypto/tls"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/simkernel"
)

// A gatherer has all data in one piece, whatever the elements.
type gatherer struct{ got string }

func (g *gatherer) CollectIncomingData(data []byte) { g.got += string(data) }
func (g *gatherer) FoundTerminator()                { g.got += "|" }

// An announcer says its piece, and ends its direction, when it is connected.
type announcer struct {
	*chat.Channel
	says string
}

func (g *announcer) CollectIncomingData([]byte) {}
func (g *announcer) FoundTerminator()           {}

func (g *announcer) HandleConnect() {
	g.PushString(g.says)
	g.CloseWrite()
}

// S131: what is held as the beginning of a delimiter is delivered at the end of the input, also if
// handshake, data and end of a TLS connection come with one read. (Found by the simulation.)
func TestHeldPrefixAtTheEndOfTLS(t *testing.T) {
	k := simkernel.New()
	k.Inject(rand.New(rand.NewPCG(1, 0)), simkernel.Faults{Join: 1})
	loops := make([]*core.Loop, 2)
	for i := range loops {
		var err error
		loops[i], err = core.New(core.WithKernel(k))
		require.NoError(t, err)
		defer loops[i].Close()
	}
	l, err := k.NewListener("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	g := &gatherer{}
	srv := &chat.Server{TLSConfig: serverConfig(), Handler: func(c *chat.Channel) chat.Handler {
		c.SetTerminator(crlf)
		return g
	}}
	require.NoError(t, srv.Start(l, loops[0]))
	config := clientConfig(tls.VersionTLS13)
	config.InsecureSkipVerify = true
	greet := func(c *chat.Channel) chat.Handler { return &announcer{c, "a line\r\nhalf a line\r"} }
	_, err = (&chat.Dialer{TLSConfig: config}).Dial(context.Background(), loops[1], "tcp",
		l.Addr().String(), greet)
	require.NoError(t, err)
	for range 5 {
		for i := range loops { // each until it is quiet, so that what the other gets is together
			for calls := 1; calls > 0; {
				calls, err = loops[1-i].Poll(0)
				require.NoError(t, err)
			}
		}
	}
	if want := "a line|half a line\r"; g.got != want {
		t.Errorf("delivered %q, want %q", g.got, want)
	}
}

// An unreader makes five lines of what was held at the end of the input.
type unreader struct {
	*chat.Channel
	chat.Collector
	lines []string
}

func (u *unreader) CollectIncomingData(data []byte) {
	if string(data) == "\r" { // held until the end
		u.Unread([]byte("1\r\n2\r\n3\r\n4\r\n5\r\n"))
		return
	}
	u.Collector.CollectIncomingData(data)
}

func (u *unreader) FoundTerminator() { u.lines = append(u.lines, string(u.Take())) }

// The end of the input is told when all is delivered, also of a channel that has given way before.
func TestEndBehindWhatGaveWay(t *testing.T) {
	u := &unreader{}
	c := chattest.NewConn(t, func(c *chat.Channel) chat.Handler {
		c.SetTerminator(crlf)
		c.SetLimits(chat.Limits{ElementsPerTurn: 2})
		u.Channel = c
		return u
	})
	c.SendString("a\r\n\r")
	c.CloseWrite()
	if want := []string{"a", "1", "2", "3", "4", "5"}; !slices.Equal(u.lines, want) {
		t.Errorf("the lines %q, want %q", u.lines, want)
	}
}
