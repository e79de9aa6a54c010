package core_test

import (
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/core"
)

// S85, S86, S87, B40: nothing there, data, the end, and a failure can be told apart.
func TestRecv(t *testing.T) {
	everywhere(t, func(w *world) {
		c, far := w.watched(&handler{}, 0)
		p := make([]byte, 8)
		recv := func(want string, wantErr error) {
			w.Helper()
			n, err := c.Recv(p)
			if string(p[:n]) != want || err != wantErr {
				w.Errorf("Recv = %q, %v, want %q, %v", p[:n], err, want, wantErr)
			}
		}
		recv("", nil)
		w.send(far, "hello, world")
		w.arrive(w.near)
		if n, err := c.Recv(nil); n != 0 || err != nil {
			w.Errorf("Recv(nil) = %d, %v, want 0, nil", n, err)
		}
		recv("hello, w", nil)
		recv("orld", nil)
		recv("", nil)
		w.k.Kernel.CloseWrite(far)
		w.arrive(w.near)
		recv("", io.EOF)
		recv("", io.EOF)
		c.Close()
		recv("", core.ErrClosed)
	})
}

// S18, S84, B27: EINTR is made again, EAGAIN is no error, and everything else is a *net.OpError
// that names the peer.
func TestErrnos(t *testing.T) {
	w := simulated(t)
	c, far := w.watched(&handler{}, 0)
	one := [][]byte{[]byte("abc"), []byte("def")}
	for _, op := range []struct {
		call, name string
		f          func() (int, error)
	}{
		{"Read", "read", func() (int, error) { return c.Recv(make([]byte, 6)) }},
		{"Write", "write", func() (int, error) { return c.Send([]byte("abcdef")) }},
		{"Write", "write", func() (int, error) { return c.SendV([][]byte{[]byte("abcdef")}) }},
		{"Writev", "write", func() (int, error) { return c.SendV(one) }},
	} {
		w.send(far, "abcdef")
		w.k.fault = failing(op.call, 3, syscall.EINTR)
		w.k.total()
		if n, err := op.f(); n != 6 || err != nil {
			t.Errorf("%s interrupted = %d, %v, want 6, nil", op.call, n, err)
		}
		if n := w.k.total(op.call); n != 4 {
			t.Errorf("%s interrupted 3 times was called %d times, want 4", op.call, n)
		}
		w.send(far, "abcdef")
		w.k.fault = failing(op.call, 1, syscall.EAGAIN)
		if n, err := op.f(); n != 0 || err != nil {
			t.Errorf("%s without room = %d, %v, want 0, nil", op.call, n, err)
		}
		if n := w.k.total(op.call); n != 1 {
			t.Errorf("%s was called %d times after EAGAIN, want 1", op.call, n)
		}
		w.k.fault = failing(op.call, 1, syscall.ETIMEDOUT)
		n, err := op.f()
		var oe *net.OpError
		if n != 0 || !errors.Is(err, syscall.ETIMEDOUT) || !errors.As(err, &oe) {
			t.Errorf("%s = %d, %v, want ETIMEDOUT in a *net.OpError", op.call, n, err)
			continue
		}
		want := op.name + " tcp " + c.RemoteAddr().String() + ": " + op.name + ": " +
			syscall.ETIMEDOUT.Error()
		if err.Error() != want {
			t.Errorf("the error reads %q, want %q", err, want)
		}
		w.k.fault = nil
	}
}

func TestSend(t *testing.T) {
	everywhere(t, func(w *world) {
		c, far := w.watched(w.noting("a"), 0)
		for _, send := range []func() (int, error){
			func() (int, error) { return c.Send([]byte("hello, world")) },
			func() (int, error) { return c.SendV([][]byte{[]byte("hello, world")}) },
			func() (int, error) {
				return c.SendV([][]byte{[]byte("hello"), nil, []byte(", "),
					[]byte("world")})
			},
		} {
			if n, err := send(); n != 12 || err != nil {
				w.Errorf("Send = %d, %v, want 12, nil", n, err)
			}
			w.arrive(far)
			if got := w.received(far); got != "hello, world" {
				w.Errorf("the peer received %q", got)
			}
		}
		for _, send := range []func() (int, error){
			func() (int, error) { return c.Send(nil) },
			func() (int, error) { return c.SendV(nil) },
			func() (int, error) { return c.SendV([][]byte{nil, {}}) },
		} {
			if n, err := send(); n != 0 || err != nil {
				w.Errorf("Send of nothing = %d, %v, want 0, nil", n, err)
			}
		}
		c.Close()
		if n, err := c.Send([]byte("x")); n != 0 || err != core.ErrClosed {
			w.Errorf("Send after Close = %d, %v, want ErrClosed", n, err)
		}
		if n, err := c.SendV([][]byte{nil, []byte("x")}); n != 0 || err != core.ErrClosed {
			w.Errorf("SendV after Close = %d, %v, want ErrClosed", n, err)
		}
		if err := c.CloseWrite(); err != core.ErrClosed {
			w.Errorf("CloseWrite after Close = %v, want ErrClosed", err)
		}
	})
}

// S84: a send without room is short, then 0; HandleWrite tells when there is room again.
func TestShortSend(t *testing.T) {
	everywhere(t, func(w *world) {
		h := w.noting("a")
		c, far := w.watched(h, 0)
		sent := fill(w, c)
		h.write = func() {
			w.note("room")
			c.SetWant(0)
		}
		c.SetWant(core.Writable)
		got := 0
		w.until("everything is received", func() bool {
			got += len(w.received(far))
			return got == sent
		})
		w.untilNoted(1)
		w.check("room")
	})
}

// S80, B23: after CloseWrite the peer sees the end, and may go on sending.
func TestCloseWrite(t *testing.T) {
	everywhere(t, func(w *world) {
		c, far := w.watched(&handler{}, 0)
		if err := c.CloseWrite(); err != nil {
			w.Errorf("CloseWrite: %v", err)
		}
		w.arrive(far)
		if n, err := w.k.Kernel.Read(far, make([]byte, 1)); n != 0 || err != nil {
			w.Errorf("the peer's Read = %d, %v, want the end of the stream", n, err)
		}
		w.send(far, "answer")
		w.arrive(w.near)
		if n, err := c.Recv(make([]byte, 8)); n != 6 || err != nil {
			w.Errorf("Recv = %d, %v, want 6, nil", n, err)
		}
		_, err := c.Send([]byte("x"))
		if !errors.Is(err, syscall.EPIPE) || !strings.HasPrefix(err.Error(), "write tcp 127.0.0.1:") {
			w.Errorf("Send after CloseWrite: %v, want write tcp …: EPIPE", err)
		}
	})
}

func TestAddresses(t *testing.T) {
	everywhere(t, func(w *world) {
		c, far := w.watched(&handler{}, 0)
		peer, err := w.k.LocalAddr(far)
		require.NoError(w, err)
		self, err := w.k.PeerAddr(far)
		require.NoError(w, err)
		if got := c.LocalAddr(); got.String() != self.String() {
			w.Errorf("LocalAddr() = %v, want %v", got, self)
		}
		if got := c.RemoteAddr(); got.String() != peer.String() || got.Network() != "tcp" {
			w.Errorf("RemoteAddr() = %v, want %v", got, peer)
		}
		c.Close()
		w.turn()
		if a, b := c.LocalAddr(), c.RemoteAddr(); a != nil || b.String() != peer.String() {
			w.Errorf("after the close the addresses are %v, %v, want nil, %v", a, b, peer)
		}
	})
}

// S106, S110: a pipe has no address, and is adopted like anything with a descriptor. Its end is an
// end like that of a socket.
func TestAdopt(t *testing.T) {
	needsUnix(t)
	onSystem(t, func(w *world) {
		in, out, err := os.Pipe()
		require.NoError(w, err)
		defer out.Close()
		c, err := core.Adopt(w.l, in)
		require.NoError(w, err)
		in.Close()
		h := w.noting("pipe")
		require.NoError(w, c.Attach(h, core.Readable))
		h.read = func() {
			p := make([]byte, 8)
			n, err := c.Recv(p)
			w.note("%q %v", p[:n], err)
			if err != nil {
				c.CloseWith(err)
			}
		}
		if a, b := c.LocalAddr(), c.RemoteAddr(); a != nil || b != nil {
			w.Errorf("the addresses of a pipe are %v, %v, want nil", a, b)
		}
		out.WriteString("hello")
		w.untilNoted(1)
		out.Close()
		w.untilNoted(3)
		w.check(`"hello" <nil>`, `"" EOF`, "pipe closed EOF")
	})
}

// S40: the connection lives on a duplicate: closing the net.Conn does not touch it.
func TestAdoptConn(t *testing.T) {
	onSystem(t, func(w *world) {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(w, err)
		defer ln.Close()
		near, err := net.Dial("tcp", ln.Addr().String())
		require.NoError(w, err)
		far, err := ln.Accept()
		require.NoError(w, err)
		defer far.Close()
		c, err := core.Adopt(w.l, near)
		require.NoError(w, err)
		near.Close()
		h := &handler{}
		require.NoError(w, c.Attach(h, core.Readable))
		h.read = func() {
			n, err := c.Recv(w.l.ReadBuffer())
			c.Send(w.l.ReadBuffer()[:n])
			w.note("echo %d %v", n, err)
			c.Close()
		}
		if got := c.RemoteAddr().String(); got != far.LocalAddr().String() {
			w.Errorf("RemoteAddr() = %v, want %v", got, far.LocalAddr())
		}
		far.Write([]byte("hello"))
		w.untilNoted(1)
		w.settle()
		w.check("echo 5 <nil>")
		if got, err := io.ReadAll(far); string(got) != "hello" || err != nil {
			w.Errorf("the peer read %q, %v", got, err)
		}
	})
}

func TestAdoptFails(t *testing.T) {
	everywhere(t, func(w *world) {
		for _, v := range []any{42, nil, "socket"} {
			if c, err := core.Adopt(w.l, v); c != nil || !errors.Is(err, core.ErrUnsupported) {
				w.Errorf("Adopt(%v) = %v, %v, want ErrUnsupported", v, c, err)
			}
		}
		f, err := os.Open(os.DevNull)
		require.NoError(w, err)
		f.Close()
		if c, err := core.Adopt(w.l, f); c != nil || err == nil {
			w.Errorf("Adopt of a closed file = %v, %v, want an error", c, err)
		}
	})
}
