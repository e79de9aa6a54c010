package main

import (
	"bytes"
	"net/netip"
	"runtime"
	"syscall"

	"github.com/go-asynchat/asynchat/bench/internal/raw"
)

// A rawLoop is reference/epoll_echo.c in Go: what the language and its runtime cost, and no
// structure.
type rawLoop struct {
	epoll   *raw.Epoll
	conns   []*rawConn // by descriptor
	in, out []byte
	all     bool // each line to all connections
}

type rawConn struct {
	held, out []byte // a line that has begun; output that the peer has not taken
}

const rawBuffer = 64 << 10

// yieldEvery is after how many waits the loop yields: Go's scheduler takes the processor of a
// goroutine that never does in each wait.
const yieldEvery = 64

func serveRaw(all bool) func(addr string) error {
	return func(addr string) error {
		at, err := netip.ParseAddrPort(addr)
		if err != nil {
			return err
		}
		epoll, err := raw.NewEpoll(1024)
		if err != nil {
			return err
		}
		l := &rawLoop{epoll: epoll, in: make([]byte, 2*rawBuffer),
			out: make([]byte, 0, 2*rawBuffer), all: all}
		return l.serve(at)
	}
}

func (l *rawLoop) serve(addr netip.AddrPort) error {
	listener, err := syscall.Socket(syscall.AF_INET,
		syscall.SOCK_STREAM|syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	syscall.SetsockoptInt(listener, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1)
	if err := syscall.Bind(listener,
		&syscall.SockaddrInet4{Port: int(addr.Port()), Addr: addr.Addr().As4()}); err != nil {
		return err
	}
	if err := syscall.Listen(listener, 4096); err != nil {
		return err
	}
	if err := l.epoll.Add(listener, listener, syscall.EPOLLIN); err != nil {
		return err
	}
	for waits := 1; ; waits++ {
		if waits%yieldEvery == 0 {
			runtime.Gosched()
		}
		events, err := l.epoll.Wait(-1)
		if err != nil {
			return err
		}
		for i := range events {
			fd := int(events[i].Fd)
			switch {
			case fd == listener:
				l.accept(listener)
			case l.conns[fd] == nil:
			case l.conns[fd].out != nil:
				l.writable(fd, l.conns[fd])
			default:
				l.readable(fd, l.conns[fd])
			}
		}
	}
}

func (l *rawLoop) accept(listener int) {
	for range 64 {
		fd, _, err := syscall.Accept4(listener, syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC)
		if err != nil {
			return
		}
		syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1)
		for len(l.conns) <= fd {
			l.conns = append(l.conns, nil)
		}
		l.conns[fd] = &rawConn{}
		if l.epoll.Add(fd, fd, syscall.EPOLLIN) != nil {
			l.drop(fd)
		}
	}
}

func (l *rawLoop) drop(fd int) {
	l.conns[fd] = nil
	syscall.Close(fd)
}

func (l *rawLoop) readable(fd int, c *rawConn) {
	n := copy(l.in, c.held)
	got, err := raw.Read(fd, l.in[n:n+rawBuffer])
	if err == syscall.EAGAIN {
		return
	}
	if err != nil || got == 0 {
		l.drop(fd)
		return
	}
	l.out = l.out[:0]
	rest := l.lines(l.in[:n+got])
	switch {
	case len(rest) > rawBuffer:
		l.drop(fd)
		return
	case len(rest) > 0:
		c.held = append([]byte(nil), rest...)
	default:
		c.held = nil
	}
	switch {
	case len(l.out) == 0:
	case l.all:
		for fd, c := range l.conns {
			if c != nil {
				l.send(fd, c, l.out)
			}
		}
	default:
		l.send(fd, c, l.out)
	}
}

// lines appends the whole lines of in to out, one by one as a program with something to say would,
// and returns the rest.
func (l *rawLoop) lines(in []byte) []byte {
	for from := 0; ; {
		lf := bytes.IndexByte(in[from:], '\n')
		if lf < 0 {
			return in
		}
		end := from + lf + 1
		if end < 2 || in[end-2] != '\r' {
			from = end
			continue
		}
		l.out = append(l.out, in[:end]...)
		in, from = in[end:], 0
	}
}

func (l *rawLoop) send(fd int, c *rawConn, p []byte) {
	if c.out != nil {
		c.out = append(c.out, p...)
		return
	}
	n, err := raw.Write(fd, p)
	if err != nil && err != syscall.EAGAIN {
		l.drop(fd)
		return
	}
	if n < len(p) {
		c.out = append([]byte(nil), p[n:]...)
		l.epoll.Modify(fd, fd, syscall.EPOLLOUT)
	}
}

func (l *rawLoop) writable(fd int, c *rawConn) {
	n, err := raw.Write(fd, c.out)
	switch {
	case err != nil && err != syscall.EAGAIN:
		l.drop(fd)
	case n == len(c.out):
		c.out = nil
		l.epoll.Modify(fd, fd, syscall.EPOLLIN)
	default:
		c.out = c.out[n:]
	}
}
