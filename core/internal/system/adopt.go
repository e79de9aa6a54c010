//go:build (unix && !aix) || windows

package system

import (
	"fmt"
	"net"
	"os"
	"syscall"

	"github.com/go-asynchat/asynchat/core/kernel"
)

// original returns v if it is a socket of package net, or a file. Whatever wraps one has a
// SyscallConn method too, by embedding, but also an Accept or a Read of its own: an access list, a
// buffer that has read ahead. To take the descriptor would bypass them.
func original(v any) (syscall.Conn, error) {
	switch v := v.(type) {
	case *net.TCPListener, *net.UnixListener, *net.TCPConn, *net.UnixConn, *net.UDPConn, *net.IPConn,
		*os.File:
		return v.(syscall.Conn), nil
	}
	return nil, fmt.Errorf("a %T is neither a socket of package net nor a file: %w",
		v, kernel.ErrUnsupported)
}
