package chat

import (
	"net"
	"time"
)

// giveTo lets crypto/tls go on over conn, behind what has come already, and returns its connection.
func (s *secure) giveTo(conn net.Conn) net.Conn {
	s.given = &prefixedConn{Conn: conn, in: append(append([]byte(nil), s.held...), s.in...)}
	return s.conn
}

// wire is the connection as crypto/tls sees it. It has no deadlines: the channel's clocks are
// enough.
type wire secure

// errWouldBlock is what crypto/tls gets when there is no input. It is temporary, so crypto/tls does
// not take the connection for broken.
type errWouldBlock struct{}

func (errWouldBlock) Error() string   { return "chat: no input yet" }
func (errWouldBlock) Timeout() bool   { return false }
func (errWouldBlock) Temporary() bool { return true }

func (w *wire) Read(p []byte) (int, error) {
	switch {
	case w.given != nil:
		return w.given.Read(p)
	case w.shake != nil:
		return w.shake.read(p)
	case len(w.in) > 0:
		n := w.taken.take(p, w.in)
		w.in = w.in[n:]
		return n, nil
	case w.eof:
		return 0, errBareEnd
	}
	return 0, errWouldBlock{}
}

// Write queues what crypto/tls has encrypted. It never waits.
func (w *wire) Write(p []byte) (int, error) {
	if w.given != nil {
		return w.given.Write(p)
	}
	w.taken.answer()
	if h := w.shake; h != nil && h.errand != nil {
		h.out = append(h.out, p...)
	} else {
		(*secure)(w).say(p)
	}
	return len(p), nil
}

func (s *secure) say(p []byte) {
	if len(p) > 0 && s.c.life.out != outBroken {
		s.wire.Push(p)
		s.c.deferSettle()
	}
}

func (w *wire) LocalAddr() net.Addr {
	if w.given != nil {
		return w.given.LocalAddr()
	}
	if h := w.shake; h != nil && h.errand != nil {
		return h.local
	}
	return w.c.LocalAddr()
}

func (w *wire) RemoteAddr() net.Addr {
	if w.given != nil {
		return w.given.RemoteAddr()
	}
	if h := w.shake; h != nil && h.errand != nil {
		return h.peer
	}
	return w.c.RemoteAddr()
}

// Close and deadlines are for who is given the connection.
func (w *wire) Close() error {
	if w.given == nil {
		return nil
	}
	return w.given.Close()
}

func (w *wire) SetDeadline(t time.Time) error {
	w.SetReadDeadline(t)
	return w.SetWriteDeadline(t)
}

func (w *wire) SetReadDeadline(t time.Time) error {
	if w.given == nil {
		return nil
	}
	return w.given.SetReadDeadline(t)
}

func (w *wire) SetWriteDeadline(t time.Time) error {
	if w.given == nil {
		return nil
	}
	return w.given.SetWriteDeadline(t)
}
