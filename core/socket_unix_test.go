//go:build unix && !aix

package core_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/kernel"
)

// setTOS marks the packets of a socket that has no address yet.
func setTOS(_, _ string, c syscall.RawConn) (err error) {
	control := c.Control(func(fd uintptr) {
		sa, _ := unix.Getsockname(int(fd))
		if in, ok := sa.(*unix.SockaddrInet4); !ok || in.Port != 0 {
			err = errors.New("it is bound, or not of IPv4")
			return
		}
		err = unix.SetsockoptInt(int(fd), unix.IPPROTO_IP, unix.IP_TOS, 0x10)
	})
	return errors.Join(control, err)
}

// M1: what a Control sets holds of the socket that listens, receives or is connected.
func TestControlSets(t *testing.T) {
	onSystem(t, func(w *world) {
		w.l = w.plain()
		config := core.ListenConfig{Control: setTOS}
		ln, err := config.Listen(w.l, "tcp", "127.0.0.1:0", &handler{
			accepted: func(c *core.Conn) { c.Close() }})
		require.NoError(w, err)
		p, err := config.ListenPacket(w.l, "udp", "127.0.0.1:0", nil, 0)
		require.NoError(w, err)
		dialer := core.Dialer{Control: setTOS}
		c, err := dialer.Dial(context.Background(), w.l, "tcp", ln.Addr().String(),
			w.noting("client"), 0)
		require.NoError(w, err)
		w.untilNoted(1)
		for name, d := range map[string]*core.Dispatcher{"listener": &ln.Dispatcher,
			"datagrams": &p.Dispatcher, "connection": &c.Dispatcher} {
			got, err := d.Option(core.TypeOfService)
			require.NoError(w, err)
			require.Equal(w, 0x10, got, name)
		}
		w.settle()
	})
}

// unixPair returns both ends of a connection over a Unix socket on the loop.
func unixPair(w *world, handler any) (dialled, accepted *core.Conn) {
	w.Helper()
	path := filepath.Join(shortDir(w.T), "s")
	ln, err := core.Listen(w.l, "unix", path, acceptFunc(func(c *core.Conn) { accepted = c }))
	require.NoError(w, err)
	dialled, err = core.Dial(w.l, "unix", path, handler, core.Readable)
	require.NoError(w, err)
	w.until("a connection", func() bool { return accepted != nil && dialled.LocalAddr() != nil })
	ln.Close()
	w.Cleanup(func() {
		dialled.Close()
		accepted.Close()
		w.l.Poll(0)
	})
	return dialled, accepted
}

type acceptFunc func(*core.Conn)

func (f acceptFunc) HandleAccepted(c *core.Conn) { f(c) }

func init() { roles["caller"] = caller }

// caller connects to the Unix socket that it is told, and waits until it is let go.
func caller() {
	c, err := net.Dial("unix", os.Getenv("CORE_TEST_SOCKET"))
	if err != nil {
		fmt.Println(err)
		return
	}
	io.Copy(io.Discard, c)
}

// M1: it is the process at the other end that the system tells, with its group.
func TestPeerCredentialsOfAnotherProcess(t *testing.T) {
	onSystem(t, func(w *world) {
		if _, ok := w.k.Kernel.(kernel.PeerIdentifier); !ok {
			w.Skip("the process is not known")
		}
		w.l = w.plain()
		var c *core.Conn
		path := filepath.Join(w.TempDir(), "s")
		ln, err := core.Listen(w.l, "unix", path, acceptFunc(func(accepted *core.Conn) {
			c = accepted
			w.note("accepted")
		}))
		require.NoError(w, err)
		defer ln.Close()
		cmd := child(t, "CORE_TEST_SOCKET="+path)
		cmd.Env = append(cmd.Env, "CORE_TEST_ROLE=caller")
		want := kernel.Credentials{UID: os.Geteuid(), GID: os.Getegid()}
		if want.UID == 0 {
			want.GID = 1234
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Gid: 1234}}
		}
		require.NoError(w, cmd.Start())
		w.untilNoted(1)
		if want.PID = cmd.Process.Pid; runtime.GOOS == "freebsd" {
			want.PID = 0
		}
		got, err := c.PeerCredentials()
		c.Close()
		w.l.Poll(0)
		require.NoError(w, cmd.Wait())
		require.NoError(w, err)
		require.Equal(w, want, got)
	})
}

// M1: both ends of a Unix socket know each other's process; of TCP nobody does.
func TestPeerCredentials(t *testing.T) {
	onSystem(t, func(w *world) {
		w.l = w.plain()
		dialled, accepted := unixPair(w, w.noting("client"))
		if _, ok := w.k.Kernel.(kernel.PeerIdentifier); !ok {
			_, err := dialled.PeerCredentials()
			require.ErrorIs(w, err, errors.ErrUnsupported)
			return
		}
		want := kernel.Credentials{UID: os.Geteuid(), GID: os.Getegid(), PID: os.Getpid()}
		if runtime.GOOS == "freebsd" {
			want.PID = 0
		}
		for _, c := range []*core.Conn{dialled, accepted} {
			got, err := c.PeerCredentials()
			require.NoError(w, err)
			require.Equal(w, want, got)
		}
		dialled.Close()
		_, err := dialled.PeerCredentials()
		require.ErrorIs(w, err, core.ErrClosed)

		near, far := w.descriptors()
		w.own(far)
		c := core.NewConn(w.l, near)
		defer c.Close()
		_, err = c.PeerCredentials()
		require.ErrorIs(w, err, errors.ErrUnsupported)
		require.ErrorContains(w, err, "credentials of the peer")
	})
	w := simulated(t)
	c, _ := w.pair()
	_, err := c.PeerCredentials()
	require.ErrorIs(t, err, errors.ErrUnsupported)
	c.Close()
	w.turn()
}

// M6: a handler of core gets the descriptors that come over a Unix socket by Control and recvmsg.
func TestDescriptorsOverUnixSocket(t *testing.T) {
	onSystem(t, func(w *world) {
		w.l = w.plain()
		h := w.noting("client")
		dialled, accepted := unixPair(w, h)
		r, pw, err := os.Pipe()
		require.NoError(w, err)
		defer r.Close()
		defer pw.Close()
		var got []int
		h.read = func() {
			data, oob := make([]byte, 16), make([]byte, unix.CmsgSpace(4))
			require.NoError(w, dialled.Control(func(fd uintptr) {
				n, oobn, _, _, err := unix.Recvmsg(int(fd), data, oob, 0)
				require.NoError(w, err)
				messages, err := unix.ParseSocketControlMessage(oob[:oobn])
				require.NoError(w, err)
				require.Len(w, messages, 1)
				got, err = unix.ParseUnixRights(&messages[0])
				require.NoError(w, err)
				w.note("%q", data[:n])
			}))
		}
		require.NoError(w, accepted.Control(func(fd uintptr) {
			rights := unix.UnixRights(int(pw.Fd()))
			require.NoError(w, unix.Sendmsg(int(fd), []byte("a pipe"), rights, nil, 0))
		}))
		w.until("a descriptor", func() bool { return len(got) > 0 })
		passed := os.NewFile(uintptr(got[0]), "passed")
		defer passed.Close()
		passed.WriteString("hello")
		buf := make([]byte, 5)
		r.Read(buf)
		require.Equal(w, "hello", string(buf))
	})
}

// M9: a Unix socket whose backlog is full refuses at once, as in package net.
func TestUnixBacklogIsFull(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("others say ECONNREFUSED")
	}
	onSystem(t, func(w *world) {
		path := filepath.Join(shortDir(w.T), "s")
		ln, err := core.ListenConfig{Backlog: 1}.Open("unix", path)
		require.NoError(w, err)
		defer ln.Close()
		for range 10 {
			_, err = core.Dial(w.l, "unix", path, &handler{}, 0)
			if err != nil {
				break
			}
		}
		require.ErrorIs(w, err, syscall.EAGAIN)
		require.EqualError(w, err, "dial unix "+path+": connect: resource temporarily unavailable")
		for range 10 {
			var c net.Conn
			if c, err = net.Dial("unix", path); err != nil {
				break
			}
			defer c.Close()
		}
		require.ErrorIs(w, err, syscall.EAGAIN)
	})
}
