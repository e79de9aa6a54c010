package kernel

import (
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
)

// ErrUnsupported is returned if the platform has no poller, or if core does not know a network.
// errors.Is(ErrUnsupported, errors.ErrUnsupported) is true.
var ErrUnsupported = fmt.Errorf("core: %w", errors.ErrUnsupported)

// ErrNoControl is returned if a Control is set and the kernel has no descriptor for it.
var ErrNoControl = fmt.Errorf("no socket of the operating system for Control: %w", ErrUnsupported)

// OpError wraps err with the operation and the address, in the form of package net, and with the
// system call if err is an errno. If call is empty, or would only repeat the operation, err is not
// wrapped with the call. For a nil err it returns nil.
func OpError(op, call, network string, addr net.Addr, err error) error {
	if err == nil {
		return nil
	}
	var errno syscall.Errno
	if call != "" && (call != op || network != "") && errors.As(err, &errno) {
		err = os.NewSyscallError(call, errno)
	}
	return &net.OpError{Op: op, Net: network, Addr: addr, Err: err}
}

// UnknownNetwork is the error of an operation on a network that core does not know.
func UnknownNetwork(op, network string) error {
	return &net.OpError{Op: op, Net: network, Err: net.UnknownNetworkError(network)}
}

// WouldBlock reports whether err means that a call would block.
func WouldBlock(err error) bool { return err == syscall.EAGAIN || err == syscall.EWOULDBLOCK }
