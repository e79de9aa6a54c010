package core

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"time"

	"github.com/go-asynchat/asynchat/core/kernel"
)

// A Dialer makes connections. The function [Dial] uses the zero value.
type Dialer struct {
	// Timeout bounds the whole dial, including the lookup of the name; 0 means 30 s, a negative value
	// leaves only the system's timeout.
	Timeout time.Duration
	// LocalAddr is the address to connect from: a *net.TCPAddr, whose port may be 0, or a
	// *net.UnixAddr. nil leaves it to the system. With a LocalAddr, addresses of the other IP version
	// are not tried.
	LocalAddr net.Addr
	// Control, if it is not nil, is called with each new socket before it is bound or connected, like
	// Control of net.Dialer: network is "tcp4", "tcp6" or "unix", address is the address to connect
	// to, and c is valid only during the call. It is called on the goroutine of the loop. An error of
	// Control ends the attempt, and is reported with the address. KeepAlive is set after this call. A
	// simulation has no such socket: there, a dial with a Control fails with [ErrUnsupported].
	Control func(network, address string, c syscall.RawConn) error
	// KeepAlive says how the system probes a silent TCP peer. The zero value means the values of
	// package net: the first probe after 15 s, then one every 15 s, nine in all. [NoKeepAlive] turns
	// it off.
	KeepAlive net.KeepAliveConfig
	// Stagger is how long to wait for an attempt before the next address of a name is tried in
	// parallel. 0 means 250 ms, as in RFC 8305 ("happy eyeballs"); a negative value tries one address
	// after the other.
	Stagger time.Duration
}

const (
	defaultDialTimeout = 30 * time.Second
	defaultStagger     = 250 * time.Millisecond
)

// Dial begins to connect to a stream address, as net.Dial names them ("tcp", "tcp4", "tcp6",
// "unix"), and returns at once. When the connection is made, handler gets HandleConnect, and is
// called for everything in want. If it cannot be made, HandleClose gets the reason, the last one if
// several addresses were tried. Dial itself returns only errors that are known at once. It is
// called on l's goroutine.
//
// Names are resolved in the background. The addresses are tried in the resolver's order, IPv6 and
// IPv4 alternating. The next address is tried when one has failed or has not answered for a while.
// The first connection that is made is used.
func Dial(l *Loop, network, address string, handler any, want Ready) (*Conn, error) {
	return (&Dialer{}).Dial(context.Background(), l, network, address, handler, want)
}

// Dial connects as the function [Dial] does, with the dialer's settings. When ctx is done before
// the connection is made, HandleClose gets the cause; afterwards ctx has no effect.
func (dr *Dialer) Dial(
	ctx context.Context, l *Loop, network, address string, handler any, want Ready,
) (*Conn, error) {
	if err := checkNetwork(network, address); err != nil {
		return nil, err
	}
	if l.closing {
		return nil, ErrClosed
	}
	if ctx.Err() != nil {
		return nil, dialError(network, nil, context.Cause(ctx))
	}
	if err := byValue(handler); err != nil {
		return nil, err
	}
	c := &Conn{Dispatcher: Dispatcher{loop: l, fd: -1}}
	d := &dialing{conn: c, network: network, local: dr.LocalAddr, control: dr.Control,
		keepAlive: dr.KeepAlive, stagger: orDefault(dr.Stagger, defaultStagger),
		handler: handler, want: want}
	c.setHandler(d)
	c.flags |= connecting | dialled
	addr := literal(network, address)
	if addr != nil {
		d.addrs = []net.Addr{addr}
		c.peer = newPeer(addrPort(addr))
		if err := d.next(); err != nil {
			return nil, err
		}
	}
	c.register() // CloseAll finds it
	d.bound(ctx, orDefault(dr.Timeout, defaultDialTimeout))
	if addr == nil {
		d.resolve(address)
	}
	return c, nil
}

// orDefault returns what d stands for: the default if it is zero, 0 for none if it is negative.
func orDefault(d, byDefault time.Duration) time.Duration {
	if d == 0 {
		return byDefault
	}
	return max(d, 0)
}

func checkNetwork(network, address string) error {
	switch network {
	case "unix":
		return nil
	case "tcp", "tcp4", "tcp6":
		if _, _, err := net.SplitHostPort(address); err != nil {
			return dialError(network, nil, err)
		}
		return nil
	default:
		return kernel.UnknownNetwork("dial", network)
	}
}

func dialError(network string, addr net.Addr, err error) error {
	return &net.OpError{Op: "dial", Net: network, Addr: addr, Err: err}
}

// literal returns the address that needs no look-up, or nil.
func literal(network, address string) net.Addr {
	if network == "unix" {
		return &net.UnixAddr{Name: address, Net: network}
	}
	ap, err := netip.ParseAddrPort(address)
	if err != nil || strings.HasSuffix(network, "4") != ap.Addr().Is4() && network != "tcp" {
		return nil
	}
	return net.TCPAddrFromAddrPort(ap)
}

func addrPort(addr net.Addr) netip.AddrPort {
	if tcp, ok := addr.(*net.TCPAddr); ok {
		return tcp.AddrPort()
	}
	return netip.AddrPort{}
}
