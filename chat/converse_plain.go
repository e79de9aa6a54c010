package chat

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"time"
)

// Talk runs f over a net.Conn, on the calling goroutine: the same function as for Converse, without
// a loop. When f has returned, its output is sent, and conn is closed as a channel is: Talk waits
// up to 5 s for the peer to close too. Talk returns the error of f. No timeouts apply except the
// deadlines that f sets.
func Talk(conn net.Conn, f func(*Conversation) error) error {
	v := newPlain(conn)
	defer func() { v.plain.close() }()
	err := f(v)
	if failure := v.plain.flush(); err == nil {
		err = failure
	}
	v.plain.linger()
	return err
}

// linger waits for the peer to close, so that what it has sent meanwhile cannot reset the
// connection before our last words have arrived.
func (p *plainConn) linger() {
	half, ok := p.conn.(interface{ CloseWrite() error })
	if !ok || p.eof || half.CloseWrite() != nil {
		return
	}
	p.conn.SetReadDeadline(time.Now().Add(defaultLinger))
	io.Copy(io.Discard, p.conn)
}

// plainConn is what a conversation has over a net.Conn. What is written is kept until the function
// waits, so that many small writes are one.
type plainConn struct {
	ownInput
	conn    net.Conn
	in, out []byte
	failed  error // of the first write that has; all that follow fail so
	dialled bool
	lasting lasting
}

const plainBuffer = 4 << 10

func newPlain(conn net.Conn) *Conversation {
	p := &plainConn{conn: conn}
	p.source = p
	p.matcher.Set(lineEnd)
	p.matcher.SetLimit(defaultMaxElement, false)
	return &Conversation{plain: p, own: &p.ownInput}
}

// fill reads once, behind what is not consumed. What has come can be read after a failed write,
// too: the error of that is for the end.
func (p *plainConn) fill(v *Conversation) error {
	if err := p.flush(); err != nil && p.failed == nil {
		return err
	}
	if cap(p.in) < len(v.buf)+plainBuffer/2 {
		p.in = make([]byte, 0, 2*len(v.buf)+plainBuffer)
	}
	p.in = append(p.in[:0], v.buf...)
	n, err := p.conn.Read(p.in[len(p.in):cap(p.in)])
	p.in = p.in[:len(p.in)+n]
	v.buf = p.in
	switch {
	case err == nil, n > 0: // an error comes again
		return nil
	case errors.Is(err, os.ErrDeadlineExceeded):
		return err
	case p.failed != nil:
		p.end = p.failed
	case err != io.EOF:
		p.end = err
	}
	p.ended()
	return nil
}

func (p *plainConn) write(b []byte) (int, error) {
	p.out = append(p.out, b...)
	if len(p.out) >= plainBuffer {
		return len(b), p.flush()
	}
	return len(b), p.failed
}

func (p *plainConn) flush() error {
	if len(p.out) > 0 && p.failed == nil {
		_, err := p.conn.Write(p.out)
		p.out = p.out[:0]
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			p.failed = err
		}
		return err
	}
	p.out = p.out[:0]
	return p.failed
}

func (p *plainConn) sleep(d time.Duration) error {
	if err := p.flush(); err != nil && p.failed == nil {
		return err
	}
	time.Sleep(d)
	return nil
}

func (p *plainConn) closeWrite() error {
	if err := p.flush(); err != nil {
		return err
	}
	if half, ok := p.conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return p.conn.Close()
}

func (p *plainConn) close() error {
	p.lasting.end(nil)
	p.out = nil
	return p.conn.Close()
}

func dialPlain(d *Dialer, network, addr string) (*Conversation, error) {
	conn, err := d.plain().DialContext(context.Background(), network, addr)
	if err != nil {
		return nil, err
	}
	v := newPlain(conn)
	v.plain.dialled = true
	if d.TLSConfig != nil {
		if err := v.StartTLS(withServerName(d.TLSConfig, addr)); err != nil {
			conn.Close()
			return nil, err
		}
	}
	return v, nil
}

// plain returns a dialer of package net with the settings of d.
func (d *Dialer) plain() *net.Dialer {
	timeout := d.Timeout
	orDefault(&timeout, 30*time.Second)
	plain := &net.Dialer{Timeout: max(timeout, 0), LocalAddr: d.LocalAddr, Control: d.Control,
		KeepAliveConfig: d.KeepAlive}
	if d.KeepAlive != (net.KeepAliveConfig{}) && !d.KeepAlive.Enable {
		plain.KeepAlive = -1 // which turns it off, there too
	}
	return plain
}
