package core

import (
	"io"
	"net"
	"net/netip"
	"syscall"

	"github.com/go-asynchat/asynchat/core/kernel"
)

// A Conn is a stream connection on a loop. Its methods never block. It is made by a [Listener],
// [Dial], [Adopt] or [NewConn]. Except after Dial, it has no handler and gets no events until
// [Dispatcher.Attach] is called.
type Conn struct{ Dispatcher }

// NewConn makes a connection of a connected, non-blocking stream socket of the loop's kernel. The
// connection owns the socket.
func NewConn(l *Loop, fd int) *Conn {
	c := unknownConn(l, fd)
	if addr, ok := c.peerAddr().(*net.TCPAddr); ok { // a broken connection no longer has one
		c.peer = newPeer(addr.AddrPort())
	}
	return c
}

// unknownConn is NewConn for those who know the peer.
func unknownConn(l *Loop, fd int) *Conn {
	return &Conn{Dispatcher: Dispatcher{loop: l, fd: int32(fd)}}
}

// Adopt makes a connection of a *net.TCPConn, a *net.UnixConn or an *os.File. It works on a
// duplicate of the descriptor: the caller closes v whenever it likes, and must not use it
// otherwise. For any other type it returns [ErrUnsupported], also for a type that embeds one of
// these: such a value may have read ahead, and its own methods would be bypassed.
func Adopt(l *Loop, v any) (*Conn, error) {
	fd, err := l.kernel.Adopt(v)
	if err != nil {
		return nil, kernel.OpError("adopt", "dup", "", nil, err)
	}
	return NewConn(l, fd), nil
}

// Recv reads what has arrived, at most len(p) bytes, with one system call. It returns 0 and no
// error if nothing has arrived yet, io.EOF at the end of the stream, and otherwise a *net.OpError.
// After io.EOF the connection gets no more Readable events, even if a predicate wants them:
// otherwise a handler that does not close would get the end again and again.
func (c *Conn) Recv(p []byte) (int, error) {
	if c.Closed() {
		return 0, ErrClosed
	}
	for {
		n, err := c.loop.kernel.Read(int(c.fd), p)
		switch {
		case err == nil && n == 0 && len(p) > 0:
			c.flags |= sawEOF
			c.SetWant(c.want &^ Readable)
			return 0, io.EOF
		case err == nil:
			c.loop.stats.Read += uint64(n)
			return n, nil
		case err == syscall.EINTR:
		case kernel.WouldBlock(err):
			return 0, nil
		default:
			return 0, c.opError("read", err)
		}
	}
}

// Send sends as much of p as there is room for, with one system call. It returns fewer than len(p)
// bytes and no error if there is no room for more; ask for Writable then.
func (c *Conn) Send(p []byte) (int, error) {
	if c.Closed() {
		return 0, ErrClosed
	}
	for {
		n, err := c.loop.kernel.Write(int(c.fd), p)
		if err == nil {
			c.loop.stats.Written += uint64(n)
			return n, nil
		}
		if err != syscall.EINTR {
			return c.sent(n, err)
		}
	}
}

// SendV sends the concatenation of v, at most 64 slices, as Send does.
func (c *Conn) SendV(v [][]byte) (int, error) {
	if len(v) == 1 {
		return c.Send(v[0])
	}
	if c.Closed() {
		return 0, ErrClosed
	}
	for {
		n, err := c.loop.kernel.Writev(int(c.fd), v)
		if err == syscall.EINTR {
			continue
		}
		return c.sent(n, err)
	}
}

func (c *Conn) sent(n int, err error) (int, error) {
	if err == nil {
		c.loop.stats.Written += uint64(n)
		return n, nil
	}
	if kernel.WouldBlock(err) {
		return 0, nil
	}
	return 0, c.opError("write", err)
}

// Err returns the pending error of a broken connection, a *net.OpError, and clears it. It returns
// nil if there is no error, or if it was reported already. Afterwards Recv returns the input before
// the break, and then io.EOF.
func (c *Conn) Err() error {
	if c.Closed() {
		return ErrClosed
	}
	return c.opError("read", c.socketError())
}

// CloseWrite ends the sending direction: the peer reads the end of the stream, and may go on
// sending.
func (c *Conn) CloseWrite() error {
	if c.Closed() {
		return ErrClosed
	}
	return c.opError("shutdown", c.loop.kernel.CloseWrite(int(c.fd)))
}

// CloseRead ends the receiving direction: Recv returns io.EOF once what has arrived is read. The
// peer does not notice this, but data that it sends later may be lost, and may reset the
// connection.
func (c *Conn) CloseRead() error {
	if c.Closed() {
		return ErrClosed
	}
	return c.opError("shutdown", c.loop.kernel.CloseRead(int(c.fd)))
}

// Dialled reports whether this end has dialled the connection by [Dial]. It returns false after
// [Adopt], which cannot know.
func (c *Conn) Dialled() bool { return c.flags&dialled != 0 }

// NetConn returns the connection as one of package net, on a descriptor of its own, which the
// caller closes. Use it to give the connection away. Then close c: this does not end the
// connection, but otherwise both would read parts of the input. Keep-alive is set as in package
// net. In a simulation and on Windows it returns [ErrUnsupported]. For a pipe it returns another
// error.
func (c *Conn) NetConn() (net.Conn, error) {
	if c.Closed() || c.fd < 0 {
		return nil, ErrClosed
	}
	k, ok := c.loop.kernel.(kernel.Giver)
	if !ok {
		return nil, c.opError("give away", ErrUnsupported)
	}
	conn, err := k.NetConn(int(c.fd))
	return conn, c.opError("give away", err)
}

// LocalAddr returns the connection's own address, or nil if it has none.
func (c *Conn) LocalAddr() net.Addr { return c.localAddr() }

// RemoteAddr returns the address of the peer, or nil if it has none. The address of an IP peer is
// known even after the close.
func (c *Conn) RemoteAddr() net.Addr { return c.peerAddr() }

// RemoteAddrPort returns the address of an IP peer, without an allocation, and the zero value for
// any other.
func (c *Conn) RemoteAddrPort() netip.AddrPort { return c.peer.addrPort() }
