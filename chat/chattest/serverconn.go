package chattest

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// A serverConn is the server's end of a connection in memory, made for a bubble: what waits there
// waits for a sync.Cond, and deadlines are timers. Its peer is never slow.
type serverConn struct {
	mu      sync.Mutex
	changed sync.Cond
	unread  [][]byte // pieces that have arrived
	ended   bool     // nothing more arrives
	broken  bool     // the peer has gone
	closed  bool
	shut    bool // CloseWrite was called
	sent    []byte
	read    deadline
	write   deadline
}

// A deadline is a time and the timer that wakes those who wait until then.
type deadline struct {
	at    time.Time
	timer *time.Timer
}

func (d *deadline) passed() bool { return !d.at.IsZero() && !time.Now().Before(d.at) }

func newServerConn() *serverConn {
	c := &serverConn{}
	c.changed.L = &c.mu
	return c
}

// change makes f change c, and wakes who waits.
func (c *serverConn) change(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f()
	c.changed.Broadcast()
}

func (c *serverConn) deliver(piece []byte) {
	c.change(func() { c.unread = append(c.unread, piece) })
}
func (c *serverConn) finish()   { c.change(func() { c.ended = true }) }
func (c *serverConn) breakOff() { c.change(func() { c.broken = true }) }

// take returns what the server has sent since the last time, and whether its direction has ended.
func (c *serverConn) take() (sent []byte, closed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	sent, c.sent = c.sent, nil
	return sent, c.closed || c.shut
}

// Read reads from one piece.
func (c *serverConn) Read(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		switch {
		case c.closed:
			return 0, c.opError("read", net.ErrClosed)
		case c.read.passed():
			return 0, c.opError("read", os.ErrDeadlineExceeded)
		case len(b) == 0:
			return 0, nil
		case c.broken:
			return 0, c.opError("read", syscall.ECONNRESET)
		case len(c.unread) > 0:
			n := copy(b, c.unread[0])
			if c.unread[0] = c.unread[0][n:]; len(c.unread[0]) == 0 {
				c.unread = c.unread[1:]
			}
			return n, nil
		case c.ended:
			return 0, io.EOF
		}
		c.changed.Wait()
	}
}

func (c *serverConn) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.closed:
		return 0, c.opError("write", net.ErrClosed)
	case c.write.passed():
		return 0, c.opError("write", os.ErrDeadlineExceeded)
	case c.shut, c.broken:
		return 0, c.opError("write", syscall.EPIPE)
	}
	c.sent = append(c.sent, b...)
	return len(b), nil
}

func (c *serverConn) Close() error {
	err := c.opError("close", net.ErrClosed)
	c.change(func() {
		if !c.closed {
			c.closed, err = true, nil
			c.read.stop()
			c.write.stop()
		}
	})
	return err
}

func (c *serverConn) CloseWrite() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return c.opError("close", net.ErrClosed)
	}
	c.shut = true
	return nil
}

func (c *serverConn) SetDeadline(t time.Time) error      { return c.set(t, &c.read, &c.write) }
func (c *serverConn) SetReadDeadline(t time.Time) error  { return c.set(t, &c.read) }
func (c *serverConn) SetWriteDeadline(t time.Time) error { return c.set(t, &c.write) }

func (c *serverConn) set(t time.Time, deadlines ...*deadline) error {
	err := c.opError("set", net.ErrClosed)
	c.change(func() {
		if c.closed {
			return
		}
		err = nil
		for _, d := range deadlines {
			d.stop()
			if d.at = t; !t.IsZero() {
				d.timer = time.AfterFunc(time.Until(t), func() { c.change(func() {}) })
			}
		}
	})
	return err
}

func (d *deadline) stop() {
	if d.timer != nil {
		d.timer.Stop()
	}
}

var (
	serverAddr = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80}
	peerAddr   = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 40000}
)

func (c *serverConn) LocalAddr() net.Addr  { return serverAddr }
func (c *serverConn) RemoteAddr() net.Addr { return peerAddr }

func (c *serverConn) opError(op string, err error) error {
	return &net.OpError{Op: op, Net: "tcp", Source: serverAddr, Addr: peerAddr, Err: err}
}

// ListenerOf returns a listener for a server that needs one. Its first Accept returns conn. The
// next Accept waits until conn or the listener is closed, and returns net.ErrClosed, after which
// most servers end. Use it with [EverySplitConn].
func ListenerOf(conn net.Conn) net.Listener {
	return &listenerOf{conn: conn, done: make(chan struct{})}
}

type listenerOf struct {
	conn  net.Conn
	given sync.Once
	end   sync.Once
	done  chan struct{}
}

// acceptedConn ends its listener when it is closed.
type acceptedConn struct {
	net.Conn
	l *listenerOf
}

func (l *listenerOf) Accept() (conn net.Conn, err error) {
	l.given.Do(func() { conn = acceptedConn{l.conn, l} })
	if conn != nil {
		return conn, nil
	}
	<-l.done
	return nil, &net.OpError{Op: "accept", Net: "tcp", Addr: l.Addr(), Err: net.ErrClosed}
}

func (l *listenerOf) Close() error {
	l.end.Do(func() { close(l.done) })
	return nil
}

func (l *listenerOf) Addr() net.Addr { return l.conn.LocalAddr() }

func (c acceptedConn) Close() error {
	defer c.l.Close()
	return c.Conn.Close()
}

func (c acceptedConn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return &net.OpError{Op: "close", Net: "tcp", Addr: c.RemoteAddr(), Err: errors.ErrUnsupported}
}
