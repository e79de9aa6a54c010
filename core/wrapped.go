package core

import (
	"errors"
	"log/slog"
	"net"
	"runtime/debug"
	"syscall"

	"github.com/go-asynchat/asynchat/core/kernel"
)

// wrapped is where a listener without a descriptor has its connections from: another one, whose
// Accept may do anything. A goroutine calls it, and is asked to each time that the loop has taken
// what came and nothing holds the listener.
type wrapped struct {
	ln      *Listener
	inner   net.Listener
	ask     chan struct{}
	waiting bool     // the goroutine was asked
	conn    net.Conn // came, and was not taken
	served  bool     // one was
}

// wrap makes a listener of one that has no descriptor, or must not be asked for it.
func wrap(l *Loop, inner net.Listener, h AcceptHandler, config ListenConfig) *Listener {
	ln := makeListener(l, -1, inner.Addr(), h, config)
	ln.keepAlive = config.KeepAlive
	ln.wrapped = &wrapped{ln: ln, inner: inner, ask: make(chan struct{}, 1)}
	ln.setHandler((*accepting)(ln))
	ln.register()
	go ln.wrapped.run()
	ln.wrapped.goOn()
	return ln
}

func (w *wrapped) run() {
	for range w.ask {
		conn, err := w.accept()
		if w.ln.Post(func() { w.came(conn, err) }) != nil {
			closeConn(conn)
		}
	}
}

func (w *wrapped) accept() (conn net.Conn, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	if conn, err = w.inner.Accept(); conn == nil && err == nil {
		err = errors.New("core: Accept has returned nothing")
	}
	return conn, err
}

func closeConn(c net.Conn) {
	if c != nil {
		c.Close()
	}
}

// came takes note of what Accept has returned.
func (w *wrapped) came(conn net.Conn, err error) {
	w.waiting = false
	switch {
	case w.ln.Closed():
		closeConn(conn)
	case err != nil:
		w.failed(err)
	default:
		w.ln.backoff, w.conn = 0, conn
		w.ln.release(0)
	}
}

// failed sorts the errors of Accept as those of a descriptor, and, as package net/http does, those
// that say that they are temporary.
func (w *wrapped) failed(err error) {
	var errno syscall.Errno
	var temporary interface{ Temporary() bool }
	switch {
	case errors.As(err, &errno) && isOfOneConnection(errno):
		w.ln.release(0)
	case errors.As(err, &errno):
		w.ln.failed(err)
	case errors.As(err, &temporary) && temporary.Temporary():
		w.ln.rest(err)
	default:
		w.ln.CloseWith(w.ln.acceptError(err))
	}
}

// goOn is called when nothing holds the listener: it takes the connection that came, and asks for
// the next.
func (w *wrapped) goOn() {
	if conn := w.conn; conn != nil {
		if !w.ln.hasRoom() {
			return
		}
		w.conn = nil
		w.take(conn)
	}
	if !w.ln.Closed() && !w.waiting {
		w.waiting = true
		w.ask <- struct{}{}
	}
}

// take makes a descriptor of ours of the connection, for which there is room.
func (w *wrapped) take(conn net.Conn) {
	ln, k := w.ln, w.ln.loop.kernel
	fd, err := k.Adopt(conn)
	conn.Close()
	if err != nil {
		ln.unreserve()
		w.lost(ln.acceptError(err))
		return
	}
	w.served = true
	if _, ok := conn.(*net.TCPConn); ok && ln.keepAlive != (net.KeepAliveConfig{}) {
		setKeepAlive(k, fd, ln.keepAlive) // else it is as Accept left it
	}
	peer, _ := k.PeerAddr(fd)
	ln.deliver(fd, addrPort(peer))
}

// lost deals with a connection that could not be taken. If the first one was of a type that cannot
// be, all will be.
func (w *wrapped) lost(err error) {
	if !w.served && errors.Is(err, kernel.ErrUnsupported) {
		w.ln.CloseWith(err)
		return
	}
	l := w.ln.loop
	l.seldom.log(l.Now(), l.Logger, slog.LevelError, "connection lost", "error", err)
}

// close ends the goroutine, once the inner listener is closed, which others do.
func (w *wrapped) close() {
	close(w.ask)
	closeConn(w.conn)
	w.conn = nil
}
