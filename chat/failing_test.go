//go:build unix && !aix

package chat_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
)

// shutDown ends a listening socket behind the back of the server, as a process can that shares it.
// Of that of a Unix socket Linux tells nobody.
func shutDown(t *testing.T, l net.Listener) {
	t.Helper()
	rc, err := l.(syscall.Conn).SyscallConn()
	require.NoError(t, err)
	require.NoError(t, rc.Control(func(fd uintptr) {
		require.NoError(t, syscall.Shutdown(int(fd), syscall.SHUT_RDWR))
	}))
}

// W16: a listener that cannot accept any more ends Serve with the error, which the log has at once.
// What is connected finishes the element in progress. Nobody is deaf without a word.
func TestServeEndsWithItsListener(t *testing.T) {
	for _, loops := range []int{1, 3} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		log := &syncLog{}
		closed := make(chan error, 2)
		s := &chat.Server{Loops: loops, Limits: withoutClocks(chat.Limits{}),
			Logger: slog.New(slog.NewTextHandler(log, nil)),
			Handler: func(c *chat.Channel) chat.Handler {
				return closeFunc{newEcho(c), func(err error) { closed <- err }}
			}}
		ended := make(chan error, 1)
		go func() { ended <- s.Serve(l) }()
		idle, busy := dial(t, l.Addr()), dial(t, l.Addr())
		fmt.Fprint(idle, "x\r\n")
		expectLine(t, bufio.NewReader(idle), "x")
		r := bufio.NewReader(busy)
		fmt.Fprint(busy, "first\r\nsec")
		expectLine(t, r, "first")

		shutDown(t, l)
		_, err = io.ReadAll(idle) // its end
		require.NoError(t, err)
		idle.Close()
		select {
		case err := <-ended:
			t.Errorf("Serve = %v before the element in progress ended", err)
		default:
		}
		require.Equal(t, 1, log.count("the listener has failed"), log.String())
		fmt.Fprint(busy, "ond\r\n")
		expectLine(t, r, "second")
		_, err = io.ReadAll(r) // its loop may come to the shutdown last
		require.NoError(t, err)
		busy.Close()
		err = <-ended
		var op *net.OpError
		if !errors.Is(err, syscall.EINVAL) || !errors.As(err, &op) || op.Op != "accept" {
			t.Errorf("Serve = %v, want accept: EINVAL", err)
		}
		require.Equal(t, chat.ErrShutdown, <-closed)
		require.Equal(t, chat.ErrShutdown, <-closed)
		require.NoError(t, s.Shutdown(t.Context()))
	}
}

// W16: each loop may have a listener of its own: when one fails, Serve ends.
func TestServeEndsWithOneOfItsListeners(t *testing.T) {
	s := &chat.Server{Loops: 3, Handler: newEcho, Addr: "127.0.0.1:0",
		Logger: slog.New(slog.DiscardHandler)}
	s.ListenConfig.Spread = core.SpreadReusePort
	l, err := s.Listen()
	if err != nil {
		t.Skip(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(l) }()
	dial(t, l.Addr()).Close()
	shutDown(t, l)
	require.ErrorIs(t, <-ended, syscall.EINVAL)
	_, err = net.Dial("tcp", l.Addr().String())
	require.Error(t, err, "the others still listen")
}

// A failing kernel accepts nothing, for good.
type failingKernel struct {
	core.Kernel
	fails atomic.Bool
}

func (k *failingKernel) Accept(fd int) (int, netip.AddrPort, error) {
	if k.fails.Load() {
		return -1, netip.AddrPort{}, syscall.EINVAL
	}
	return k.Kernel.Accept(fd)
}

// W16: on loops of Start the log has it, and what is connected is served on.
func TestStartLogsThatItsListenerHasFailed(t *testing.T) {
	system, err := core.System("")
	require.NoError(t, err)
	k := &failingKernel{Kernel: system}
	loop, err := core.New(core.WithKernel(k))
	require.NoError(t, err)
	defer loop.Close()
	log := &syncLog{}
	s := &chat.Server{Handler: newEcho, Logger: slog.New(slog.NewTextHandler(log, nil)),
		Limits: withoutClocks(chat.Limits{})}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, s.Start(l, loop))
	ctx, cancel := context.WithCancel(t.Context())
	ran := make(chan error, 1)
	go func() { ran <- loop.Run(ctx) }()
	conn := dial(t, l.Addr())
	r := bufio.NewReader(conn)
	fmt.Fprint(conn, "first\r\n")
	expectLine(t, r, "first")
	k.fails.Store(true)
	if c, err := net.Dial("tcp", l.Addr().String()); err == nil {
		c.Read(make([]byte, 1)) // until it is closed with the listener
		c.Close()
	}
	fmt.Fprint(conn, "second\r\n")
	expectLine(t, r, "second")
	require.Equal(t, 1, log.count("the listener has failed"), log.String())
	cancel()
	<-ran
}
