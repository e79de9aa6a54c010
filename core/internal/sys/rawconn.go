package sys

import (
	"fmt"
	"net"
	"syscall"

	"github.com/go-asynchat/asynchat/core/kernel"
)

// ShowSocket calls control with a new socket, as package net does: the network name ends with the
// IP version of the socket.
func ShowSocket(
	control func(network, address string, c syscall.RawConn) error,
	fd uintptr, network, address string,
) error {
	c := &rawConn{fd: fd}
	defer func() { c.over = true }()
	return control(network, address, c)
}

// rawConn is a socket that can be set up, and nothing else yet.
type rawConn struct {
	fd   uintptr
	over bool // it is no longer shown
}

func (c *rawConn) Control(f func(fd uintptr)) error {
	if c.over {
		return net.ErrClosed
	}
	f(c.fd)
	return nil
}

var errNotYet = fmt.Errorf("a socket that is not connected: %w", kernel.ErrUnsupported)

func (c *rawConn) Read(func(fd uintptr) bool) error  { return errNotYet }
func (c *rawConn) Write(func(fd uintptr) bool) error { return errNotYet }
