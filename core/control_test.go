package core_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/kernel"
)

var errControl = errors.New("not this one")

// shown returns a Control that notes what it is called with, and keeps the last socket.
func (w *world) shown(kept *syscall.RawConn, fd *uintptr, err error) func(
	network, address string, c syscall.RawConn) error {
	return func(network, address string, c syscall.RawConn) error {
		w.note("%s %s", network, address)
		*kept = c
		if err := c.Control(func(shown uintptr) { *fd = shown }); err != nil {
			w.Errorf("RawConn.Control: %v", err)
		}
		return err
	}
}

// M1: a Dialer shows its socket before it is connected, and only then.
func TestDialerControl(t *testing.T) {
	onSystem(t, func(w *world) {
		w.l = w.plain()
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(w, err)
		defer ln.Close()
		var raw syscall.RawConn
		var fd uintptr
		dialer := core.Dialer{Control: w.shown(&raw, &fd, nil)}
		h := w.noting("client")
		c, err := dialer.Dial(context.Background(), w.l, "tcp", ln.Addr().String(), h, core.Readable)
		require.NoError(w, err)
		w.untilNoted(2)
		w.check("tcp4 "+ln.Addr().String(), "client connect")
		require.NoError(w, c.Control(func(own uintptr) {
			require.Equal(w, own, fd, "another socket was shown")
		}))
		never := func(uintptr) { w.Error("it is shown afterwards") }
		require.ErrorIs(w, raw.Control(never), net.ErrClosed)
		ready := func(uintptr) bool { return true }
		require.ErrorIs(w, raw.Read(ready), errors.ErrUnsupported)
		require.ErrorIs(w, raw.Write(ready), errors.ErrUnsupported)
	})
}

// M1: the error of a Control is that of the dial, as it is, and leaves no socket. A panic leaves
// none either.
func TestDialerControlFails(t *testing.T) {
	onSystem(t, func(w *world) {
		w.l = w.plain()
		for _, reason := range []error{errControl, fmt.Errorf("the mark: %w", syscall.EPERM),
			syscall.EAGAIN, syscall.EINTR, syscall.EINPROGRESS} {
			var raw syscall.RawConn
			var fd uintptr
			dialer := core.Dialer{Control: w.shown(&raw, &fd, reason)}
			_, err := dialer.Dial(context.Background(), w.l, "tcp", there, w.noting("client"), 0)
			require.ErrorIs(w, err, reason)
			require.EqualError(w, err, "dial tcp "+there+": "+reason.Error())
			w.check("tcp4 " + there)
		}
		dialer := core.Dialer{Control: func(string, string, syscall.RawConn) error { panic("control") }}
		require.PanicsWithValue(w, "control", func() {
			dialer.Dial(context.Background(), w.l, "tcp", there, nil, 0)
		})
	})
}

// Each address of a name has a socket of its own. The last error is the reason.
func TestDialerControlOfAName(t *testing.T) {
	onSystem(t, func(w *world) {
		w.k.resolve = func(string) ([]net.Addr, error) {
			return []net.Addr{tcpAddr(w.T, "127.0.0.1:1"), tcpAddr(w.T, "[::1]:1")}, nil
		}
		w.l = w.preparing()
		h := w.noting("client")
		h.closed = func(err error) { w.note("%v", err) }
		var raw syscall.RawConn
		var fd uintptr
		dialer := core.Dialer{Control: w.shown(&raw, &fd, errControl)}
		_, err := dialer.Dial(context.Background(), w.l, "tcp", "example.com:1", h, 0)
		require.NoError(w, err)
		w.untilNoted(3)
		w.check("tcp4 127.0.0.1:1", "tcp6 [::1]:1", "dial tcp [::1]:1: not this one")
	})
}

// preparer is a spy that shows sockets.
type preparer struct {
	*spy
	kernel.Preparer
}

// preparing returns a loop on a spied kernel that shows sockets.
func (w *world) preparing() *core.Loop {
	w.Helper()
	l, err := core.New(core.WithKernel(preparer{w.k, w.k.Kernel.(kernel.Preparer)}))
	require.NoError(w, err)
	w.Cleanup(func() { l.Close() })
	return l
}

// M1: what listens, or receives, shows its socket before it is bound. Its error comes back.
func TestListenControl(t *testing.T) {
	onSystem(t, func(w *world) {
		w.l = w.plain()
		var raw syscall.RawConn
		var fd uintptr
		type closer interface{ Close() error }
		for _, tt := range []struct {
			network, shown string
			listen         func(core.ListenConfig) (closer, error)
		}{
			{"tcp", "tcp4", func(config core.ListenConfig) (closer, error) {
				return config.Listen(w.l, "tcp", "127.0.0.1:0", &handler{})
			}},
			{"udp", "udp4", func(config core.ListenConfig) (closer, error) {
				return config.ListenPacket(w.l, "udp", "127.0.0.1:0", nil, 0)
			}},
			{"tcp", "tcp4", func(config core.ListenConfig) (closer, error) {
				return config.Open("tcp", "127.0.0.1:0")
			}},
		} {
			made, err := tt.listen(core.ListenConfig{Control: w.shown(&raw, &fd, nil)})
			require.NoError(w, err)
			require.NoError(w, made.Close())
			w.check(tt.shown + " 127.0.0.1:0")
			_, err = tt.listen(core.ListenConfig{Control: w.shown(&raw, &fd, errControl)})
			require.ErrorIs(w, err, errControl)
			require.EqualError(w, err, "listen "+tt.network+" 127.0.0.1:0: not this one")
			w.did = nil // package net tries again without MPTCP
		}
		w.settle()
	})
}

// M1: in a simulation there is no socket to be shown, which is said, and nothing is called.
func TestControlInASimulation(t *testing.T) {
	w := simulated(t)
	w.l = w.plain()
	never := func(string, string, syscall.RawConn) error {
		t.Error("a socket is shown")
		return nil
	}
	dialer := core.Dialer{Control: never}
	_, err := dialer.Dial(context.Background(), w.l, "tcp", there, nil, 0)
	require.ErrorIs(t, err, errors.ErrUnsupported)
	require.ErrorContains(t, err, "dial tcp "+there+": ")
	config := core.ListenConfig{Control: never}
	_, err = config.Listen(w.l, "tcp", "127.0.0.1:25", &handler{})
	require.ErrorIs(t, err, errors.ErrUnsupported)
	require.ErrorContains(t, err, "listen tcp 127.0.0.1:25: ")
	_, err = config.ListenPacket(w.l, "udp", "127.0.0.1:25", nil, 0)
	require.ErrorIs(t, err, errors.ErrUnsupported)
}
