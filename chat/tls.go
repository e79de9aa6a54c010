package chat

import (
	"crypto/tls"
	"errors"
	"net"
	"time"

	"github.com/go-asynchat/asynchat/chat/internal/coroutine"
	"github.com/go-asynchat/asynchat/fifo"
)

// errSecured is returned by a second StartTLS.
var errSecured = errors.New("chat: StartTLS on a channel that has TLS")

// StartTLS upgrades the channel to TLS: as client if it was dialled, else as server. What was
// pushed before is sent in plain text first, what is pushed afterwards waits for the end of the
// handshake and is encrypted. No callback but HandleClose comes until then. What the peer has sent
// behind the command is taken for the beginning of its handshake, never for plain text; so what an
// attacker has put there makes the handshake fail (CVE-2011-0411). The terminator, limits, and what
// a Collector, Lines or Messages have gathered, start afresh; then HandleSecured is called. A
// handshake that fails closes the channel with a [*HandshakeError], one that takes too long with
// ErrHandshake. Called by a NewHandler, it secures the channel before HandleConnect.
//
// config must not be changed afterwards. As for tls.Client, it needs a ServerName or
// InsecureSkipVerify on the client's side. StartTLS returns [ErrClosed] after a close,
// CloseWhenDone or CloseWrite, and an error without any effect for a config of nil, for a channel
// that has TLS, and from within a producer.
func (c *Channel) StartTLS(config *tls.Config) error {
	switch {
	case c.life.phase >= lingering || c.life.ends() || c.life.in != inOpen || c.outputHas(outFailed):
		return ErrClosed
	case c.special&actsTLS != 0:
		return errSecured
	case config == nil:
		return errors.New("chat: StartTLS without a configuration")
	case c.outputHas(sending):
		return errors.New("chat: StartTLS from within a producer")
	}
	s := &secure{c: c, securing: true, opens: c.life.phase < open}
	if c.traits&dialled != 0 {
		s.conn = tls.Client((*wire)(s), config)
	} else {
		s.conn = tls.Server((*wire)(s), config)
	}
	c.extension().tls = s
	c.special |= actsTLS
	s.wire, c.queue = c.queue, fifo.FIFO{}
	s.plain = s.wire.Len()
	c.queue.SetMarks(c.settings.LowWater, max(c.settings.HighWater, 0))
	c.updateWant()
	c.deferSettle()
	return nil
}

// ConnectionState returns what was agreed upon in the handshake, and false if there was none yet.
// It may be called for as long as the channel is open.
func (c *Channel) ConnectionState() (tls.ConnectionState, bool) {
	if c.special&actsTLS == 0 || c.securing() {
		return tls.ConnectionState{}, false
	}
	return c.ext.tls.state, true
}

// begin starts the handshake, at a safe point.
func (s *secure) begin() {
	c := s.c
	s.held = append(c.takeUnread(), c.unconsumed...)
	c.forgetInput()
	c.clearInput(rescan)
	c.startClock(handshakeClock)
	s.co = coroutine.New(func() { s.err = s.conn.Handshake() })
	s.in, s.held = s.held, nil
	s.step()
}

// step lets the handshake go on with what is in s.in.
func (s *secure) step() {
	c := s.c
	if c.life.phase == closed {
		return
	}
	ended := s.co.Resume()
	s.held, s.in = keepRest(s.held, s.in), nil
	if !ended {
		return
	}
	s.co = nil
	c.transmitWire() // an alert, if it failed
	if s.err != nil {
		c.close(&HandshakeError{Err: s.err})
		return
	}
	s.established()
}

// abandon ends a handshake in progress when the channel has been closed.
func (s *secure) abandon() {
	if s.co != nil {
		defer func() { recover() }() // the coroutine has nobody left to tell
		s.co.Cancel()
		s.co = nil
	}
}

// established starts afresh: nothing of what was said in plain text counts any more.
func (s *secure) established() {
	c := s.c
	s.state = s.conn.ConnectionState()
	s.securing = false
	s.taken.settle()
	c.clearInput(terminatorPending | skippedEnd | dropped)
	c.awaitFirst()
	c.matcher.Set(c.Terminator())
	c.takeTerminator()
	c.startClock(noClock)
	if h, ok := inner(c.handler).(gatherer); ok {
		h.forget()
	}
	if c.special&actsAsker != 0 {
		c.ext.asker.secured()
	}
	if s.opens {
		c.opened()
	}
	if c.holds(holdUse) {
		c.ext.next.begin(c)
	}
	if h, ok := as[SecuredHandler](c.handler); ok && c.life.delivers() {
		h.HandleSecured(s.state)
		c.heedPosts()
	}
	c.scheduleRescan() // of what came behind the handshake
}

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

// errBareEnd is the end of the connection. As io.EOF, crypto/tls would take it for the peer's word.
var errBareEnd = errors.New("connection ended")

func (w *wire) Read(p []byte) (int, error) {
	if w.given != nil {
		return w.given.Read(p)
	}
	for {
		switch {
		case w.securing && w.taken.helloTooLong():
			return 0, errHelloTooLong
		case len(w.in) > 0:
			n := w.taken.take(p, w.in)
			w.in = w.in[n:]
			return n, nil
		case w.eof:
			return 0, errBareEnd
		case w.co == nil || !w.co.Running():
			return 0, errWouldBlock{}
		case !w.co.Park():
			return 0, net.ErrClosed
		}
	}
}

// Write queues what crypto/tls has encrypted. It never waits.
func (w *wire) Write(p []byte) (int, error) {
	if w.given != nil {
		return w.given.Write(p)
	}
	w.taken.answer()
	if w.c.life.out != outBroken {
		w.wire.Push(p)
		w.c.deferSettle()
	}
	return len(p), nil
}

func (w *wire) LocalAddr() net.Addr {
	if w.given != nil {
		return w.given.LocalAddr()
	}
	return w.c.LocalAddr()
}

func (w *wire) RemoteAddr() net.Addr {
	if w.given != nil {
		return w.given.RemoteAddr()
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
