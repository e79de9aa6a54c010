package chat

import (
	"crypto/tls"
	"errors"
	"io"
	"net"

	"github.com/go-asynchat/asynchat/chat/internal/coroutine"
	"github.com/go-asynchat/asynchat/fifo"
)

// secure is what a channel has beside others when it speaks TLS. The channel's queue holds plain text as ever; what crypto/tls makes of it, and
// before it what was pushed before the upgrade, goes through wire.
//
// Only the handshake needs a coroutine. Afterwards crypto/tls reads when input has come, and is told that it would block when there is no more:
// an error that says that it is temporary, which crypto/tls does not remember.
type secure struct {
	c      *Channel
	conn   *tls.Conn
	co     *coroutine.Coroutine // the handshake, while it is in progress
	err    error                // of the handshake
	wire   fifo.FIFO            // what goes to the peer
	plain  int                  // bytes at its head that are plain text, for the tap
	in     []byte               // what came from the peer, and crypto/tls has not taken: during one call
	held   []byte               // the same, between two calls
	state  tls.ConnectionState
	eof    bool // the connection has ended
	closed bool // and we have said that we send no more
	opens  bool // the channel opens when the handshake is done
}

// A HandshakeError is the reason for a channel on which TLS could not be agreed upon.
type HandshakeError struct{ Err error }

func (e *HandshakeError) Error() string { return "chat: TLS handshake: " + e.Err.Error() }
func (e *HandshakeError) Unwrap() error { return e.Err }

// ErrTruncated is the reason for a TLS connection that ended without a word of the peer (close_notify): somebody between may have cut it.
// errors.Is(ErrTruncated, io.ErrUnexpectedEOF) is true.
var ErrTruncated error = truncated{}

type truncated struct{}

func (truncated) Error() string        { return "chat: TLS connection was cut: no close_notify" }
func (truncated) Is(target error) bool { return target == io.ErrUnexpectedEOF }

// errSecured is returned by a second StartTLS.
var errSecured = errors.New("chat: StartTLS on a channel that has TLS")

func (c *Channel) tls() *secure {
	if c.extra == nil {
		return nil
	}
	return c.extra.tls
}

// StartTLS upgrades the channel to TLS: as client if it was dialled, else as server. What was pushed before is sent in plain text first, what
// is pushed afterwards waits for the end of the handshake and is encrypted. No callback but HandleClose comes until then. What the peer has sent
// behind the command is taken for the beginning of its handshake, never for plain text; so what an attacker has put there makes the
// handshake fail (CVE-2011-0411). The terminator, limits, and what a Collector, Lines or Messages have gathered, start afresh; then
// HandleSecured is called. A handshake that fails closes the channel with a [*HandshakeError], one that takes too long with
// ErrHandshake. Called by a NewHandler, it secures the channel before HandleConnect.
//
// config must not be changed afterwards. As for tls.Client, it needs a ServerName or InsecureSkipVerify on the client's side. StartTLS returns
// [ErrClosed] after a close, CloseWhenDone or CloseWrite, and an error without any effect for a config of nil, for a channel that has TLS, and from
// within a producer.
func (c *Channel) StartTLS(config *tls.Config) error {
	switch {
	case c.state >= draining || c.has(done|writeClosed|failed|eof):
		return ErrClosed
	case c.tls() != nil:
		return errSecured
	case config == nil:
		return errors.New("chat: StartTLS without a configuration")
	case c.has(transmitting):
		return errors.New("chat: StartTLS from within a producer")
	}
	s := &secure{c: c, opens: c.state < open}
	if c.has(dialled) {
		s.conn = tls.Client((*wire)(s), config)
	} else {
		s.conn = tls.Server((*wire)(s), config)
	}
	c.more().tls = s
	c.flags |= securing
	s.wire, c.out = c.out, fifo.FIFO{}
	s.plain = s.wire.Len()
	c.out.SetMarks(c.settings.LowWater, max(c.settings.HighWater, 0))
	c.updateWant()
	c.settleSoon()
	return nil
}

// ConnectionState returns what was agreed upon in the handshake, and false if there was none yet. It may be called for as long as the
// channel is open.
func (c *Channel) ConnectionState() (tls.ConnectionState, bool) {
	if s := c.tls(); s != nil && !c.has(securing) {
		return s.state, true
	}
	return tls.ConnectionState{}, false
}

// begin starts the handshake, at a safe point.
func (s *secure) begin() {
	c := s.c
	s.held = append(c.extra.unread, c.held...)
	c.held, c.extra.unread, c.element = nil, nil, 0
	c.flags &^= found | look
	c.startClock(handshakeClock)
	s.co = coroutine.New(func() { s.err = s.conn.Handshake() })
	s.in, s.held = s.held, nil
	s.step()
}

// step lets the handshake go on with what is in s.in.
func (s *secure) step() {
	c := s.c
	if c.state == closed {
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
	c.flags = c.flags&^(securing|found|discarded) | first
	c.matcher.Set(c.Terminator())
	c.dropNext()
	c.startClock(noClock)
	if h, ok := inner(c.handler).(interface{ forget() }); ok {
		h.forget()
	}
	if v := c.conversation(); v != nil {
		v.secured()
	}
	if s.opens {
		c.opened()
	}
	if h, ok := as[SecuredHandler](c.handler); ok && c.isOpen() {
		h.HandleSecured(s.state)
	}
	c.flags |= look // what came behind the handshake
	c.settleSoon()
}

// wire is the connection as crypto/tls sees it. It has no deadlines: the channel's clocks are enough.
type wire secure

// errWouldBlock is what crypto/tls gets when there is no input. It is temporary, so crypto/tls does not take the connection for broken.
type errWouldBlock struct{}

func (errWouldBlock) Error() string   { return "chat: no input yet" }
func (errWouldBlock) Timeout() bool   { return false }
func (errWouldBlock) Temporary() bool { return true }

// errBareEnd is the end of the connection. As io.EOF, crypto/tls would take it for the peer's word.
var errBareEnd = errors.New("connection ended")

func (w *wire) Read(p []byte) (int, error) {
	for {
		switch {
		case len(w.in) > 0:
			n := copy(p, w.in)
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
	w.wire.Push(p)
	w.c.settleSoon()
	return len(p), nil
}

func (w *wire) Close() error         { return nil }
func (w *wire) LocalAddr() net.Addr  { return w.c.LocalAddr() }
func (w *wire) RemoteAddr() net.Addr { return w.c.RemoteAddr() }
