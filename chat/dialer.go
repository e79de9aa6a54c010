package chat

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"syscall"
	"time"

	"github.com/go-asynchat/asynchat/core"
)

// A Dialer makes channels to peers. The function [Dial] uses the zero value.
type Dialer struct {
	// Timeout bounds the whole dial, including the lookup of the name; 0 means 30 s, NoLimit leaves
	// only the system's timeout.
	Timeout time.Duration
	// LocalAddr is the address to connect from: a *net.TCPAddr, whose port may be 0, or a
	// *net.UnixAddr. nil leaves it to the system.
	LocalAddr net.Addr
	// Control, if it is not nil, is called with each new socket before it is bound or connected: see
	// [core.Dialer].
	Control func(network, address string, c syscall.RawConn) error
	// KeepAlive says how the system probes a TCP peer that is silent: see [core.Dialer].
	KeepAlive net.KeepAliveConfig
	// TLSConfig, if it is not nil, makes the connection begin with a TLS handshake; HandleConnect
	// comes after the handshake. Without a ServerName the certificate is checked for the host of
	// the address.
	TLSConfig *tls.Config
	// Limits are those of the channels. FirstTimeout, IdleTimeout and HighWater have no limit if they
	// are zero.
	Limits
}

// Dial connects to a stream address ("tcp", "unix" and so on) from loop and returns at once.
// HandleConnect is called when the connection is made, or HandleClose with the reason of the
// failure. Data that is pushed before that waits. Dial itself fails only for errors that are known
// at once, such as a malformed address; then newHandler was not called.
func Dial(loop *core.Loop, network, addr string, newHandler NewHandler) (*Channel, error) {
	return (&Dialer{}).Dial(context.Background(), loop, network, addr, newHandler)
}

// Dial connects as the function [Dial] does, with the dialer's settings. When ctx is done before
// the connection is made, HandleClose gets the cause; afterwards ctx has no effect.
func (d *Dialer) Dial(
	ctx context.Context, loop *core.Loop, network, addr string, newHandler NewHandler,
) (*Channel, error) {
	return d.dial(ctx, loop, network, addr, newHandler, d.settings())
}

// dial is Dial with the settings of the channel.
func (d *Dialer) dial(
	ctx context.Context, loop *core.Loop, network, addr string, newHandler NewHandler, s *settings,
) (*Channel, error) {
	config := d.TLSConfig
	if config != nil {
		config = withServerName(config, addr)
		if err := checkTLS(config, true); err != nil {
			return nil, fmt.Errorf("chat: Dialer.TLSConfig: %w", err)
		}
	}
	c := &Channel{}
	c.setUp(s)
	dialer := core.Dialer{Timeout: d.Timeout, LocalAddr: d.LocalAddr, Control: d.Control,
		KeepAlive: d.KeepAlive}
	conn, err := dialer.Dial(ctx, loop, network, addr, (*endpoint)(c), core.Readable)
	if err != nil {
		return nil, err
	}
	c.conn = conn
	if config != nil {
		c.StartTLSClient(config) // before the handler can push anything
	}
	if c.makeHandler(newHandler); c.handler == nil {
		return nil, errors.New("chat: Dial: the new handler is nil")
	}
	return c, nil
}

// withServerName returns a configuration that names the server, if config does not.
func withServerName(config *tls.Config, addr string) *tls.Config {
	if config.ServerName != "" || config.InsecureSkipVerify {
		return config
	}
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		host = addr
	}
	config = config.Clone()
	config.ServerName = host
	return config
}

func (d *Dialer) settings() *settings {
	if d.Limits == (Limits{}) {
		return dialDefaults
	}
	return &settings{Limits: dialLimits(d.Limits)}
}
