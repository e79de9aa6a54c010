package simkernel

import (
	"net"

	"github.com/go-asynchat/asynchat/core"
)

// A Listener is a listening socket of the simulation as a net.Listener. Pass it to a server whose
// loops are on the same kernel: the loops adopt it. It has no descriptor of the operating system.
type Listener struct {
	k    *Kernel
	fd   int
	addr net.Addr
}

// NewListener opens a listening socket and returns it as a net.Listener.
func (k *Kernel) NewListener(network, address string) (*Listener, error) {
	fd, addr, err := k.Listen(core.ListenConfig{}, network, address)
	if err != nil {
		return nil, err
	}
	return &Listener{k, fd, addr}, nil
}

// Accept always fails: only a loop can accept connections.
func (l *Listener) Accept() (net.Conn, error) {
	return nil, &net.OpError{Op: "accept", Net: l.addr.Network(), Addr: l.addr,
		Err: core.ErrUnsupported}
}

// Addr returns the address on which l listens.
func (l *Listener) Addr() net.Addr { return l.addr }

// Close closes l. A loop that has adopted it goes on listening.
func (l *Listener) Close() error {
	fd := l.fd
	if l.fd = -1; fd < 0 {
		return net.ErrClosed
	}
	return l.k.Close(fd)
}

func (l *Listener) descriptor() (*Kernel, int) { return l.k, l.fd }

// Adopt returns another descriptor for a [Listener] of k, or for a value that embeds such a
// Listener. Other values cannot be adopted.
func (k *Kernel) Adopt(v any) (int, error) {
	l, ok := v.(interface{ descriptor() (*Kernel, int) })
	if !ok {
		return -1, core.ErrUnsupported
	}
	home, fd := l.descriptor()
	if home != k {
		return -1, core.ErrUnsupported
	}
	s, err := k.socket(fd)
	if err != nil {
		return -1, err
	}
	if err := k.fileError(); err != nil {
		return -1, err
	}
	s.dups++
	return k.install(s), nil
}
