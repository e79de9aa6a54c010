//go:build unix && !aix

package core_test

import (
	"bufio"
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/core"
)

// What wraps a socket of package net, and has all of its methods, but for one of its own.
type (
	bufferedConn struct {
		*net.TCPConn
		r *bufio.Reader
	}
	taggedPacketConn struct{ *net.UDPConn }
)

func (c bufferedConn) Read(p []byte) (int, error)    { return c.r.Read(p) }
func (c taggedPacketConn) Write([]byte) (int, error) { return 0, errors.New("nothing may") }

// W3: to adopt the descriptor of what wraps a socket would bypass its methods.
func TestAdoptRefusesWrappers(t *testing.T) {
	onSystem(t, func(w *world) {
		ln, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
		require.NoError(w, err)
		defer ln.Close()
		conn, err := net.DialTCP("tcp", nil, ln.Addr().(*net.TCPAddr))
		require.NoError(w, err)
		defer conn.Close()
		packets, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		require.NoError(w, err)
		defer packets.Close()

		check := func(err error, name string) {
			w.Helper()
			if !errors.Is(err, core.ErrUnsupported) || !strings.Contains(err.Error(), name) {
				w.Errorf("the error is %v, want ErrUnsupported with %q", err, name)
			}
		}
		_, err = core.Adopt(w.l, bufferedConn{conn, bufio.NewReader(conn)})
		check(err, "core_test.bufferedConn")
		_, err = core.AdoptPacket(w.l, taggedPacketConn{packets}, w.noting("packets"), core.Readable)
		check(err, "core_test.taggedPacketConn")
		if w.l.Len() != 0 {
			w.Errorf("%d dispatchers are registered, want none", w.l.Len())
		}
	})
}
