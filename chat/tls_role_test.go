package chat_test

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/core"
)

// W20: a connection of core.Dial, with an option of its own, is a TLS client as one of chat.Dial.
func TestStartTLSOfCoreDial(t *testing.T) {
	k, loop, settle := simLoop(t)
	ln, err := k.NewListener("tcp", "192.0.2.1:25")
	require.NoError(t, err)
	server := &chat.Server{Handler: newEcho, TLSConfig: serverConfig()}
	require.NoError(t, server.Start(ln, loop))
	early := &withOption{t: t}
	early.conn, err = core.Dial(loop, "tcp", ln.Addr().String(), early, core.Readable)
	require.NoError(t, err)
	settle()
	require.Equal(t, "hello", early.answer)
}

type withOption struct {
	t      *testing.T
	conn   *core.Conn
	answer string
}

func (w *withOption) HandleRead() {}
func (w *withOption) HandleConnect() {
	require.True(w.t, w.conn.Dialled())
	w.conn.SetOption(core.KeepAlive, 1)
	chat.NewChannel(w.conn, func(c *chat.Channel) chat.Handler {
		require.NoError(w.t, c.StartTLS(clientConfig(tls.VersionTLS13)))
		c.PushString("hello\r\n")
		return chat.Lines(func(_ *chat.Channel, line []byte) { w.answer = string(line) })(c)
	})
}

// W20: each side may be the client, in all ways to write a protocol.
func TestStartTLSRoles(t *testing.T) {
	accepted, dialled := chattest.Pair(t, func(c *chat.Channel) chat.Handler {
		require.NoError(t, c.StartTLSClient(clientConfig(tls.VersionTLS13)))
		c.PushString("hello\r\n")
		return chat.Lines(func(*chat.Channel, []byte) {})(c)
	}, func(c *chat.Channel) chat.Handler {
		require.NoError(t, c.StartTLSServer(serverConfig()))
		return newEcho(c)
	})
	require.Equal(t, chattest.ErrOpen, accepted.Reason())
	require.Equal(t, chattest.ErrOpen, dialled.Reason())
	_, secured := accepted.Channel().ConnectionState()
	require.True(t, secured)

	greet := func(v *chat.Conversation) error { // a server that is the client
		if err := v.StartTLSClient(clientConfig(tls.VersionTLS12)); err != nil {

			return err
		}
		_, err := v.Printf("hello\r\n")
		return err
	}
	for name, h := range map[string]chat.NewHandler{
		"Converse": chat.Converse(greet), "Threaded": chat.Threaded(greet),
	} {
		addr, _ := serve(t, &chat.Server{Handler: h}, "tcp", "127.0.0.1:0")
		c := tls.Server(dial(t, addr), serverConfig())
		got := make([]byte, 7)
		_, err := io.ReadFull(c, got)
		require.NoError(t, err, name)
		require.Equal(t, "hello\r\n", string(got), name)
	}
	a, b := net.Pipe()
	done := make(chan error, 1)
	go func() { done <- chat.Talk(a, greet) }()
	c := tls.Server(b, serverConfig())
	got := make([]byte, 7)
	_, err := io.ReadFull(c, got)
	require.NoError(t, err)
	c.Close()
	<-done

	a, _ = net.Pipe()
	require.ErrorContains(t, chat.Talk(a, func(v *chat.Conversation) error {
		return v.StartTLSServer(clientConfig(0))
	}), "GetCertificate")
}

// A conversation dials, and is the TLS server all the same, as an FTP server in active mode.
func TestConverseDialsAndServesTLS(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer ln.Close()
	addr, _ := serve(t, &chat.Server{Handler: chat.Converse(func(v *chat.Conversation) error {
		w, err := v.Dial("tcp", ln.Addr().String())
		if err != nil {
			return err
		}
		if err := w.StartTLSServer(serverConfig()); err != nil {
			return err
		}
		fmt.Fprint(w, "hello\r\n")
		return w.Flush()
	})}, "tcp", "127.0.0.1:0")
	dial(t, addr)
	raw, err := ln.Accept()
	require.NoError(t, err)
	c := tls.Client(raw, clientConfig(tls.VersionTLS13))
	got := make([]byte, 7)
	_, err = io.ReadFull(c, got)
	require.NoError(t, err)
	require.Equal(t, "hello\r\n", string(got))
}
