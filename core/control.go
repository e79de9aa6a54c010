package core

import (
	"net"
	"syscall"

	"github.com/go-asynchat/asynchat/core/internal/sys"
	"github.com/go-asynchat/asynchat/core/kernel"
)

// control is a Dialer's: see there.
type control func(network, address string, c syscall.RawConn) error

// connect begins to connect to addr. The new socket is shown before, if that is wanted.
func (f control) connect(k Kernel, network string, local, addr net.Addr) (int, error) {
	if f == nil {
		fd, err := k.Connect(network, local, addr)
		return fd, kernel.OpError("dial", "connect", network, addr, err)
	}
	p, ok := k.(kernel.Preparer)
	if !ok {
		return -1, kernel.OpError("dial", "", network, addr, kernel.ErrNoControl)
	}
	call := "connect"
	fd, err := p.ConnectPrepared(func(fd uintptr) error {
		err := sys.ShowSocket(f, fd, withVersion(network, addr), addr.String())
		if err != nil {
			call = "" // it is not of the system
		}
		return err
	}, network, local, addr)
	return fd, kernel.OpError("dial", call, network, addr, err)
}

// withVersion returns the network that package net would name to a Control.
func withVersion(network string, addr net.Addr) string {
	tcp, ok := addr.(*net.TCPAddr)
	switch {
	case !ok:
		return network
	case tcp.IP.To4() != nil:
		return "tcp4"
	}
	return "tcp6"
}
