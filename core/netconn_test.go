package core_test

import (
	"errors"
	"io"
	"net"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/core"
)

// M15: a connection goes on as one of package net, with deadlines, when its descriptor here is
// closed.
func TestNetConn(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer ln.Close()
	peer, err := net.Dial("tcp", ln.Addr().String())
	require.NoError(t, err)
	defer peer.Close()
	original, err := ln.Accept()
	require.NoError(t, err)
	conn := giveAway(t, original)
	original.Close()
	require.Equal(t, peer.LocalAddr().String(), conn.RemoteAddr().String())
	_, err = io.WriteString(peer, "ask")
	require.NoError(t, err)
	buf := make([]byte, 3)
	_, err = io.ReadFull(conn, buf)
	require.NoError(t, err)
	require.Equal(t, "ask", string(buf))
	_, err = io.WriteString(conn, "tell")
	require.NoError(t, err)
	conn.SetReadDeadline(time.Now().Add(time.Millisecond))
	if _, err := conn.Read(buf); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("Read = %v, want the deadline", err)
	}
	require.NoError(t, conn.Close())
	got, err := io.ReadAll(peer)
	require.NoError(t, err)
	require.Equal(t, "tell", string(got))
}

// giveAway adopts v, makes it a connection of package net, and closes it here.
func giveAway(t *testing.T, v any) net.Conn {
	l, err := core.New()
	require.NoError(t, err)
	defer l.Close()
	c, err := core.Adopt(l, v)
	require.NoError(t, err)
	require.NoError(t, c.Attach(&handler{}, core.Readable))
	conn, err := c.NetConn()
	if runtime.GOOS == "windows" {
		require.ErrorIs(t, err, core.ErrUnsupported)
		t.SkipNow()
	}
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	c.Close()
	l.Poll(0)
	if _, err := c.NetConn(); err != core.ErrClosed {
		t.Errorf("NetConn after Close = %v, want ErrClosed", err)
	}
	return conn
}

// What a simulation has cannot be given away.
func TestNetConnUnsupported(t *testing.T) {
	everywhere(t, func(w *world) {
		c, _ := w.watched(w.noting("c"), core.Readable)
		defer w.l.CloseAll()
		_, err := c.NetConn()
		var op *net.OpError
		if !errors.Is(err, core.ErrUnsupported) || !errors.As(err, &op) { // by the spy, too
			w.Errorf("NetConn = %v, want ErrUnsupported in a *net.OpError", err)
		}
	})
}
