package core

import (
	"context"
	"errors"
	"net"
	"os"
	"slices"
	"syscall"
	"time"

	"github.com/go-asynchat/asynchat/core/kernel"
	"github.com/go-asynchat/asynchat/internal/inside"
)

// dialing is the handler of a connection that is being made. The connection has no descriptor
// before one of the attempts has succeeded.
type dialing struct {
	conn      *Conn
	network   string
	local     net.Addr
	control   control
	keepAlive net.KeepAliveConfig
	stagger   time.Duration
	handler   any
	want      Ready
	addrs     []net.Addr         // still to be tried
	attempts  []*attempt         // that have not ended
	turn      *Timer             // for the next address
	expire    func()             // stops its deadline
	cancel    context.CancelFunc // of the look-up
	forget    func() bool        // of the caller's context
}

// An attempt connects to one address.
type attempt struct {
	Dispatcher
	d    *dialing
	addr net.Addr
}

func (d *dialing) keepWant(want Ready) { d.want = want }
func (d *dialing) standsFor() any      { return d.handler }

func (d *dialing) keep(handler any, want Ready) error {
	d.handler, d.want = handler, want
	err := byValue(handler)
	if err != nil {
		d.conn.CloseWith(err)
	}
	return err
}

// bound gives the dialing its ends: the time, and the caller's context.
func (d *dialing) bound(ctx context.Context, timeout time.Duration) {
	if timeout > 0 {
		d.expire = d.conn.loop.Timeout(timeout,
			func() { d.fail(dialError(d.network, d.tried(), os.ErrDeadlineExceeded)) })
	}
	if ctx.Done() == nil {
		return
	}
	d.forget = context.AfterFunc(ctx, func() {
		d.conn.loop.Post(func() { d.fail(dialError(d.network, d.tried(), context.Cause(ctx))) })
	})
}

// tried returns the address to which an attempt that has not ended connects, if there is one.
func (d *dialing) tried() net.Addr {
	if len(d.attempts) == 0 {
		return nil
	}
	return d.attempts[0].addr
}

func (d *dialing) resolve(address string) {
	l := d.conn.loop
	ctx, cancel := context.WithCancel(context.Background())
	d.cancel = cancel
	l.kernel.Background(func() {
		addrs, err := l.kernel.Resolve(ctx, d.network, address)
		l.Post(func() { d.resolved(addrs, err) })
	})
}

func (d *dialing) resolved(addrs []net.Addr, err error) {
	if d.conn.Closed() {
		return
	}
	if err != nil {
		d.fail(dialError(d.network, nil, err))
		return
	}
	if d.addrs = d.order(addrs); len(d.addrs) == 0 {
		d.fail(dialError(d.network, nil, errors.New("no suitable address")))
		return
	}
	if err := d.next(); err != nil {
		d.fail(err)
	}
}

// order leaves out what the local address cannot reach, and lets the IP versions alternate: where
// one of them goes nowhere, it costs one attempt, not all.
func (d *dialing) order(addrs []net.Addr) []net.Addr {
	if tcp, ok := d.local.(*net.TCPAddr); ok && len(tcp.IP) > 0 {
		addrs = slices.DeleteFunc(slices.Clone(addrs),
			func(a net.Addr) bool { return isIPv4(a) != isIPv4(tcp) })
	}
	if len(addrs) == 0 {
		return nil
	}
	var first, second []net.Addr
	for _, a := range addrs {
		if isIPv4(a) == isIPv4(addrs[0]) {
			first = append(first, a)
		} else {
			second = append(second, a)
		}
	}
	ordered := make([]net.Addr, 0, len(addrs))
	for i := range max(len(first), len(second)) {
		ordered = append(ordered, first[min(i, len(first)):min(i+1, len(first))]...)
		ordered = append(ordered, second[min(i, len(second)):min(i+1, len(second))]...)
	}
	return ordered
}

func isIPv4(a net.Addr) bool {
	tcp, ok := a.(*net.TCPAddr)
	return ok && tcp.IP.To4() != nil
}

// next begins to connect to the first address for which that is possible. It returns an error if
// there is none, and no other attempt is under way.
func (d *dialing) next() (err error) {
	for len(d.addrs) > 0 {
		addr := d.addrs[0]
		d.addrs = d.addrs[1:]
		if err = d.try(addr); err == nil {
			d.giveTurn()
			return nil
		}
	}
	if len(d.attempts) > 0 {
		return nil
	}
	return err
}

func (d *dialing) try(addr net.Addr) error {
	l := d.conn.loop
	fd, err := d.control.connect(l.kernel, d.network, d.local, addr)
	if err != nil {
		return err
	}
	if _, ok := addr.(*net.TCPAddr); ok {
		if err := setKeepAlive(l.kernel, fd, d.keepAlive); err != nil {
			l.kernel.Close(fd)
			return err
		}
	}
	a := &attempt{Dispatcher: Dispatcher{loop: l, fd: int32(fd)}, d: d, addr: addr}
	d.attempts = append(d.attempts, a)
	a.Attach(a, Writable) // should it fail, HandleClose tells
	return nil
}

// giveTurn lets the next address have its turn after a while.
func (d *dialing) giveTurn() {
	switch {
	case len(d.addrs) == 0 || d.stagger == 0:
	case d.turn == nil:
		d.turn = d.conn.loop.After(d.stagger, d.turnIsOver)
	default:
		d.turn.Reset(d.stagger)
	}
}

func (d *dialing) turnIsOver() {
	if err := d.next(); err != nil {
		d.fail(err)
	}
}

// HandleWrite is called when the attempt has ended. The error is asked for once, since asking
// clears it: a second look would take a refused connection for one that is made. No error may also
// mean that the attempt goes on, and the event was a false one.
func (a *attempt) HandleWrite() {
	if err := a.loop.kernel.SocketError(int(a.fd)); err != nil {
		a.CloseWith(kernel.OpError("dial", "connect", a.d.network, a.addr, err))
		return
	}
	peer, err := a.loop.kernel.PeerAddr(int(a.fd))
	if err == syscall.ENOTCONN {
		return
	}
	if a.isItsPeer(peer) {
		a.CloseWith(kernel.OpError("dial", "connect", a.d.network, a.addr, syscall.ECONNREFUSED))
		return
	}
	a.d.made(a)
}

// isItsPeer reports whether the system has given the attempt the very port to which it connects.
// TCP then connects a socket to itself, which can only be where nobody listens.
func (a *attempt) isItsPeer(peer net.Addr) bool {
	if _, ok := peer.(*net.TCPAddr); !ok || a.d.local != nil {
		return false
	}
	local, err := a.loop.kernel.LocalAddr(int(a.fd))
	return err == nil && addrPort(local) == addrPort(peer)
}

// HandleClose is called when the attempt has failed, or is not needed any more.
func (a *attempt) HandleClose(err error) {
	d := a.d
	i := slices.Index(d.attempts, a)
	if i < 0 || d.conn.Closed() {
		return
	}
	d.attempts = slices.Delete(d.attempts, i, i+1)
	if next := d.next(); next != nil {
		err = next
	} else if len(d.attempts) > 0 {
		return
	}
	d.fail(err)
}

// made gives the descriptor of the attempt to the connection.
func (d *dialing) made(a *attempt) {
	c := d.conn
	if c.Closed() {
		return
	}
	c.fd, c.peer = a.release(), newPeer(addrPort(a.addr))
	c.flags &^= connecting
	d.end()
	c.guard(func() {
		if h, ok := d.handler.(ConnectHandler); c.Attach(d.handler, d.want) == nil && ok {
			h.HandleConnect()
		}
	})
}

// fail closes the connection, unless it has been made: what a context or a look-up has to say may
// come too late.
func (d *dialing) fail(reason error) {
	if d.conn.handler == any(d) {
		d.conn.CloseWith(reason)
	}
}

// end leaves nothing behind of what made, or was to make, the connection.
func (d *dialing) end() {
	attempts := d.attempts
	d.attempts, d.addrs = nil, nil
	for _, a := range attempts {
		a.Close()
	}
	if d.turn != nil {
		d.turn.Stop()
	}
	if d.expire != nil {
		d.expire()
	}
	if d.cancel != nil {
		d.cancel()
	}
	if d.forget != nil {
		d.forget()
	}
}

func (d *dialing) HandleDeferred() {
	if h, ok := d.handler.(inside.DeferredHandler); ok {
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
	d.end()
	if h, ok := d.handler.(CloseHandler); ok {
		h.HandleClose(err)
	}
}
