package chat

import (
	"crypto/tls"
	"fmt"
	"time"
)

// StartTLS upgrades the connection, as [Channel.StartTLS] does, and waits for the end of the
// handshake. This end is the client if it has dialled, else the server. If the handshake fails, the
// error has the reason.
func (v *Conversation) StartTLS(config *tls.Config) error {
	return v.startTLS((*Channel).StartTLS, config, v.plain != nil && v.plain.dialled)
}

// StartTLSServer begins TLS as the server, whichever end has dialled.
func (v *Conversation) StartTLSServer(config *tls.Config) error {
	return v.startTLS((*Channel).StartTLSServer, config, false)
}

// StartTLSClient begins TLS as the client, whichever end has dialled.
func (v *Conversation) StartTLSClient(config *tls.Config) error {
	return v.startTLS((*Channel).StartTLSClient, config, true)
}

// startTLS starts it on the channel, or, over a net.Conn, as client or not.
func (v *Conversation) startTLS(
	start func(*Channel, *tls.Config) error, config *tls.Config, client bool,
) error {
	if v.plain != nil {
		return v.plain.startTLS(v, config, client)
	}
	if err := v.enter(); err != nil {
		return err
	}
	defer v.leave()
	if err := start(v.c, config); err != nil {
		return err
	}
	for v.c.securing() {
		if err := v.wait(forConnect, time.Time{}); err != nil {
			return err
		}
	}
	return nil
}

// startTLS gives what was read and not consumed to crypto/tls.
func (p *plainConn) startTLS(v *Conversation, config *tls.Config, client bool) error {
	if err := checkTLS(config, client); err != nil {
		return fmt.Errorf("chat: StartTLS: %w", err)
	}
	if err := p.flush(); err != nil {
		return err
	}
	raw := &prefixedConn{Conn: p.conn, in: append([]byte(nil), v.buf...)}
	secured := tls.Server(raw, config)
	if client {
		secured = tls.Client(raw, config)
	}
	v.buf, v.partial = nil, false
	v.elem.forget()
	p.matcher.Set(p.matcher.Terminator())
	p.conn = secured
	return secured.Handshake()
}
