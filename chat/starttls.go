package chat

import (
	"crypto/tls"
	"errors"
	"fmt"

	"github.com/go-asynchat/asynchat/fifo"
)

// errSecured is returned by a second StartTLS.
var errSecured = errors.New("chat: StartTLS on a channel that has TLS")

// StartTLS upgrades the channel to TLS: as client if this end has dialled, by [Dial] or core.Dial,
// else as server. For adopted connections, and for protocols with the roles reversed, use
// StartTLSClient or StartTLSServer.
//
// Earlier pushes are sent in plain text first. Later pushes wait for the end of the handshake and
// are encrypted. Until then, no callback except HandleClose comes. Input after the command is taken
// for the beginning of the handshake, never for plain text. So bytes that an attacker has injected
// make the handshake fail (CVE-2011-0411). After the handshake, the terminator stays, but limits
// and the data of a Collector, Lines or Messages start afresh; then HandleSecured is called. A
// handshake that fails closes the channel with a [*HandshakeError], one that takes too long with
// ErrHandshakeTimeout. Called by a NewHandler, it secures the channel before HandleConnect.
//
// Callbacks of config, its ClientSessionCache and its KeyLogWriter may block: they run on workers,
// not on the loop. So do operations of a private key, unless it is in memory and is Ed25519, or
// ECDSA of at most 256 bits. These callbacks must not use the channel. While they run, the clock of
// the handshake stands still. The Context of their ClientHelloInfo or CertificateRequestInfo is
// done when the channel is closed. If a callback panics, the channel is closed with a
// [*PanicError].
//
// config must not be changed afterwards. StartTLS returns [ErrClosed] after a close, CloseWhenDone
// or CloseWrite. It returns another error, and has no effect, if config is nil or incomplete, if
// the channel already has TLS, or within a producer. A server needs Certificates, GetCertificate or
// GetConfigForClient, a client ServerName or InsecureSkipVerify.
func (c *Channel) StartTLS(config *tls.Config) error { return c.startTLS(config, c.conn.Dialled()) }

// StartTLSServer begins TLS as the server, whichever end has dialled. In the active mode of FTP,
// for example, the server dials the data connection and is also the TLS server on it (RFC 4217).
func (c *Channel) StartTLSServer(config *tls.Config) error { return c.startTLS(config, false) }

// StartTLSClient begins TLS as the client, whichever end has dialled.
func (c *Channel) StartTLSClient(config *tls.Config) error { return c.startTLS(config, true) }

func (c *Channel) startTLS(config *tls.Config, client bool) error {
	c.heedMail()
	switch err := checkTLS(config, client); {
	case c.life.phase >= lingering || c.life.ends() || c.life.in != inOpen || c.outputHas(outFailed):
		return ErrClosed
	case c.special&actsTLS != 0:
		return errSecured
	case err != nil:
		return fmt.Errorf("chat: StartTLS: %w", err)
	case c.outputHas(sending):
		return errors.New("chat: StartTLS from within a producer")
	}
	s := &secure{c: c, securing: true, opens: c.life.phase < open}
	s.use(config, client)
	c.extension().tls = s
	c.special |= actsTLS
	s.wire, c.queue = c.queue, fifo.FIFO{}
	s.plain = s.wire.Len()
	c.queue.SetMarks(c.settings.LowWater, max(c.settings.HighWater, 0))
	c.updateWant()
	c.deferSettle()
	return nil
}

// use makes the connection of crypto/tls.
func (s *secure) use(config *tls.Config, client bool) {
	s.client, s.burden = client, burdenOf(config, client)
	if !client {
		s.conn = tls.Server((*wire)(s), config)
		return
	}
	if isForeign(config.ClientSessionCache) {
		config = config.Clone()
		config.ClientSessionCache = &sessionCache{config.ClientSessionCache, s}
	}
	s.conn = tls.Client((*wire)(s), config)
}

// ConnectionState returns the result of the handshake, and false if it is not complete. It may be
// called while the channel is open.
func (c *Channel) ConnectionState() (tls.ConnectionState, bool) {
	c.touch()
	if c.special&actsTLS == 0 || c.securing() {
		return tls.ConnectionState{}, false
	}
	return c.ext.tls.state, true
}

// A sessionCache is a foreign one, off the loop: in the handshake it is called by a worker, and
// tickets that come behind it are stored by one.
type sessionCache struct {
	tls.ClientSessionCache
	s *secure
}

func (k *sessionCache) Put(key string, state *tls.ClientSessionState) {
	cache := k.ClientSessionCache
	if k.s.shake != nil {
		cache.Put(key, state)
		return
	}
	k.s.c.Go(func() func() {
		cache.Put(key, state)
		return nil
	})
}
