//go:build unix && !aix

package chat_test

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
)

// A doorman is a listener that wraps another, with an Accept of its own.
type doorman struct {
	net.Listener
	accept func(inner net.Listener) (net.Conn, error)
}

func (d *doorman) Accept() (net.Conn, error) { return d.accept(d.Listener) }

// serveWrapped serves what wrap makes of a listener, and returns its address and what Serve
// returns.
func serveWrapped(
	t *testing.T, s *chat.Server, wrap func(net.Listener) net.Listener,
) (addr net.Addr, ended <-chan error) {
	t.Helper()
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s.Limits = withoutClocks(s.Limits)
	if s.Logger == nil {
		s.Logger = slog.New(slog.DiscardHandler)
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve(wrap(inner)) }()
	t.Cleanup(func() { s.Close() })
	return inner.Addr(), done
}

// W3: an access list in Accept is honoured, on each of several loops, and by the shutdown.
func TestAccessListInAccept(t *testing.T) {
	var banned atomic.Pointer[string]
	s := &chat.Server{Loops: 2, Handler: newEcho}
	addr, ended := serveWrapped(t, s, func(l net.Listener) net.Listener {
		return &doorman{l, func(l net.Listener) (net.Conn, error) {
			for {
				c, err := l.Accept()
				if err != nil {
					return nil, err
				}
				if b := banned.Load(); b == nil || *b != c.RemoteAddr().String() {
					return c, nil
				}
				c.Close()
			}
		}}
	})
	for i := range 6 {
		local := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}
		if i%3 == 2 { // its port is known before it connects
			l, err := net.ListenTCP("tcp", local)
			require.NoError(t, err)
			local.Port = l.Addr().(*net.TCPAddr).Port
			l.Close()
			text := local.String()
			banned.Store(&text)
		}
		conn, err := net.DialTCP("tcp", local, addr.(*net.TCPAddr))
		require.NoError(t, err)
		conn.SetDeadline(time.Now().Add(patience))
		fmt.Fprintf(conn, "line %d\r\n", i)
		if r := bufio.NewReader(conn); i%3 == 2 {
			if b, err := r.ReadByte(); err == nil {
				t.Errorf("who is turned away got %q", b)
			}
		} else {
			expectLine(t, r, fmt.Sprintf("line %d", i))
		}
		conn.Close()
	}
	require.NoError(t, s.Shutdown(t.Context()))
	expectEnded(t, ended)
	if st := s.Stats(); st.Accepted != 4 {
		t.Errorf("%d were accepted, want 4", st.Accepted)
	}
	if _, err := net.Dial("tcp", addr.String()); err == nil {
		t.Error("the listener is open")
	}
}

// A buffered connection has read ahead.
type bufferedConn struct {
	*net.TCPConn
	r *bufio.Reader
}

func (c bufferedConn) Read(p []byte) (int, error) { return c.r.Read(p) }

// W31: what hands out connections that are no sockets of package net ends Serve at the first, with
// an error that names their type, and what to use instead. Nothing is read past them.
func TestConnectionsThatAreNoSockets(t *testing.T) {
	for name, wrap := range map[string]func(net.Listener) net.Listener{
		"*tls.Conn": func(l net.Listener) net.Listener { return tls.NewListener(l, serverConfig()) },
		"chat_test.bufferedConn": func(l net.Listener) net.Listener {
			return &doorman{l, func(l net.Listener) (net.Conn, error) {
				c, err := l.Accept()
				if err != nil {
					return nil, err
				}
				return bufferedConn{c.(*net.TCPConn), bufio.NewReader(c)}, nil
			}}
		},
	} {
		log := &syncLog{}
		s := &chat.Server{Handler: func(*chat.Channel) chat.Handler {
			t.Error("there is a channel")
			return nil
		}, Logger: slog.New(slog.NewTextHandler(log, nil))}
		addr, ended := serveWrapped(t, s, wrap)
		conn := dial(t, addr)
		fmt.Fprint(conn, "hello\r\n")
		err := <-ended
		require.ErrorIs(t, err, core.ErrUnsupported)
		for _, word := range []string{name, "TLSConfig", "ProxyFrom", "Talk"} {
			require.ErrorContains(t, err, word)
			require.Contains(t, log.String(), word)
		}
		if b, err := io.ReadAll(conn); len(b) > 0 {
			t.Errorf("%s: the client got %q, %v", name, b, err)
		}
	}
}

// What Accept says for good ends Serve.
func TestAcceptOfAWrapperFails(t *testing.T) {
	odd := errors.New("odd")
	s := &chat.Server{Handler: newEcho}
	_, ended := serveWrapped(t, s, func(l net.Listener) net.Listener {
		return &doorman{l, func(net.Listener) (net.Conn, error) { return nil, odd }}
	})
	require.ErrorIs(t, <-ended, odd)

	s = &chat.Server{Handler: newEcho, Logger: slog.New(slog.DiscardHandler)}
	var p *core.PanicError
	if err := s.Serve(nopListener{}); !errors.As(err, &p) { // its Accept is that of nil
		t.Errorf("Serve = %v, want a *PanicError", err)
	}
}

// The limits hold for connections of a wrapper, and where the server waits at MaxConns, its Accept
// is not called more than once ahead.
func TestWrapperWaitsAtMaxConns(t *testing.T) {
	var calls atomic.Int64
	s := &chat.Server{Handler: newEcho, MaxConns: 2, WaitAtMaxConns: true}
	addr, ended := serveWrapped(t, s, func(l net.Listener) net.Listener {
		return &doorman{l, func(l net.Listener) (net.Conn, error) {
			calls.Add(1)
			return l.Accept()
		}}
	})
	var conns []net.Conn
	for i := range 6 {
		conns = append(conns, dial(t, addr))
		fmt.Fprintf(conns[i], "line %d\r\n", i)
	}
	for i, c := range conns {
		expectLine(t, bufio.NewReader(c), fmt.Sprintf("line %d", i))
		if n := calls.Load(); n > int64(i)+3 { // this one, its neighbour, and one that waits
			t.Errorf("Accept was called %d times for the %d. connection", n, i+1)
		}
		c.Close()
	}
	require.NoError(t, s.Shutdown(t.Context()))
	expectEnded(t, ended)
	if st := s.Stats(); st.Accepted != 6 || st.Refused != (chat.Refusals{}) {
		t.Errorf("%d accepted, refused %v", st.Accepted, st.Refused)
	}
}

// syncLog is what is logged by several goroutines.
type syncLog struct{ text atomic.Pointer[string] }

func (l *syncLog) Write(p []byte) (int, error) {
	for {
		old := l.text.Load()
		now := string(p)
		if old != nil {
			now = *old + now
		}
		if l.text.CompareAndSwap(old, &now) {
			return len(p), nil
		}
	}
}

func (l *syncLog) String() string {
	if s := l.text.Load(); s != nil {
		return *s
	}
	return ""
}

func (l *syncLog) count(what string) int { return strings.Count(l.String(), what) }
