package chattest

import (
	"io"
	"net"
	"time"
)

// NetConn returns the peer as a net.Conn, for clients of the standard library, such as those of
// net/smtp and net/textproto, that write and then read the reply. A Read without input would wait
// forever, so it fails instead, with an error whose Temporary method reports true. Deadlines have
// no effect. Close ends the peer's direction, as CloseWrite does.
func (p *Peer) NetConn() net.Conn { return (*netConn)(p) }

type netConn Peer

// noInput is the error of a Read that would wait. It is temporary so that crypto/tls, which keeps
// every other error for good, can go on when there is something to read.
type noInput struct{}

func (noInput) Error() string {
	return "chattest: nothing has arrived to be read, and all is quiet"
}
func (noInput) Timeout() bool   { return false }
func (noInput) Temporary() bool { return true }

func (c *netConn) Read(b []byte) (int, error) {
	p := (*Peer)(c)
	if len(b) == 0 {
		return 0, nil
	}
	p.w.run()
	if len(p.received) == 0 {
		if p.Closed() {
			return 0, io.EOF
		}
		return 0, c.opError("read", noInput{})
	}
	n := copy(b, p.received)
	if p.received = p.received[n:]; len(p.received) == 0 {
		p.received = nil
	}
	return n, nil
}

func (c *netConn) Write(b []byte) (int, error) {
	p := (*Peer)(c)
	if p.finished {
		return 0, c.opError("write", net.ErrClosed)
	}
	p.Send(b)
	return len(b), nil
}

func (c *netConn) Close() error {
	p := (*Peer)(c)
	if p.finished {
		return c.opError("close", net.ErrClosed)
	}
	p.CloseWrite()
	return nil
}

func (c *netConn) opError(op string, err error) error {
	return &net.OpError{Op: op, Net: "tcp", Source: c.LocalAddr(), Addr: c.RemoteAddr(), Err: err}
}

func (c *netConn) LocalAddr() net.Addr {
	addr, _ := c.w.kernel.LocalAddr(c.fd)
	return addr
}

func (c *netConn) RemoteAddr() net.Addr {
	addr, _ := c.w.kernel.PeerAddr(c.fd)
	return addr
}

func (c *netConn) SetDeadline(time.Time) error      { return nil }
func (c *netConn) SetReadDeadline(time.Time) error  { return nil }
func (c *netConn) SetWriteDeadline(time.Time) error { return nil }
