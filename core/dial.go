package core

import (
	"errors"
	"net"
	"net/netip"
	"strings"
)

// Dial begins to connect to a stream address, as net.Dial names them ("tcp", "tcp4", "tcp6", "unix"), and returns at once. When the
// connection is made, handler gets HandleConnect, and is called for everything in want. If it cannot be made, HandleClose
// gets the reason. Names are resolved in the background, and their addresses tried one after the other. Dial itself
// returns an error only for what can be told at once. It is called on l's goroutine.
func Dial(l *Loop, network, address string, handler any, want Ready) (*Conn, error) {
	if err := checkNetwork(network, address); err != nil {
		return nil, err
	}
	if l.ending {
		return nil, ErrClosed
	}
	c := &Conn{Dispatcher: Dispatcher{loop: l, fd: -1}}
	d := &dialing{conn: c, network: network, handler: handler, want: want}
	c.handler = d
	if addr := literal(network, address); addr != nil {
		d.addrs = []net.Addr{addr}
		if err := d.try(); err != nil {
			return nil, err
		}
		return c, nil
	}
	c.register() // CloseAll finds it while the name is looked up
	l.kernel.Background(func() {
		addrs, err := l.kernel.Resolve(network, address)
		l.Post(func() { d.resolved(addrs, err) })
	})
	return c, nil
}

func checkNetwork(network, address string) error {
	switch network {
	case "unix":
		return nil
	case "tcp", "tcp4", "tcp6":
		if _, _, err := net.SplitHostPort(address); err != nil {
			return &net.OpError{Op: "dial", Net: network, Err: err}
		}
		return nil
	default:
		return &net.OpError{Op: "dial", Net: network, Err: net.UnknownNetworkError(network)}
	}
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

// dialing is the handler of a connection that is being made.
type dialing struct {
	conn    *Conn
	network string
	addrs   []net.Addr // still to be tried; the first is being tried
	handler any
	want    Ready
}

func (d *dialing) resolved(addrs []net.Addr, err error) {
	if d.conn.Closed() {
		return
	}
	if err == nil && len(addrs) == 0 {
		err = errors.New("no suitable address")
	}
	if err == nil {
		d.addrs = addrs
		err = d.tryAll()
	} else {
		err = &net.OpError{Op: "dial", Net: d.network, Err: err}
	}
	if err != nil {
		d.conn.CloseWith(err)
	}
}

// tryAll begins to connect to the first address for which that is possible.
func (d *dialing) tryAll() error {
	for {
		err := d.try()
		if err == nil || len(d.addrs) == 1 {
			return err
		}
		d.addrs = d.addrs[1:]
	}
}

func (d *dialing) try() error {
	addr := d.addrs[0]
	fd, err := d.conn.loop.kernel.Connect(d.network, addr)
	if err != nil {
		return opError("dial", "connect", d.network, addr, err)
	}
	d.conn.fd = int32(fd)
	if tcp, ok := addr.(*net.TCPAddr); ok {
		d.conn.peer = tcp.AddrPort()
	}
	d.conn.Attach(d, Writable) // should it fail, HandleClose tells
	return nil
}

// HandleWrite is called when the attempt has ended. The error is asked for once, since asking clears it: a second look would
// take a refused connection for one that is made.
func (d *dialing) HandleWrite() {
	c := d.conn
	err := c.loop.kernel.SocketError(int(c.fd))
	if err == nil {
		if h, ok := d.handler.(ConnectHandler); c.Attach(d.handler, d.want) == nil && ok {
			h.HandleConnect()
		}
		return
	}
	err = opError("dial", "connect", d.network, d.addrs[0], err)
	if len(d.addrs) > 1 {
		d.addrs = d.addrs[1:]
		c.unwatch()
		c.loop.kernel.Close(int(c.fd))
		c.fd = -1
		err = d.tryAll()
	}
	if err != nil {
		c.CloseWith(err)
	}
}

func (d *dialing) HandleDeferred() {
	if h, ok := d.handler.(DeferredHandler); ok {
		h.HandleDeferred()
	}
}

func (d *dialing) HandleError(err error) {
	if h, ok := d.handler.(ErrorHandler); ok {
		h.HandleError(err)
	}
}

// HandleClose passes the failure, or the close, on to the handler that has been waiting.
func (d *dialing) HandleClose(err error) {
	if h, ok := d.handler.(CloseHandler); ok {
		h.HandleClose(err)
	}
}
