package kernel

import (
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
)

// ErrUnsupported is returned where the platform has no poller, or a network is none that core
// knows. errors.Is(ErrUnsupported, errors.ErrUnsupported) is true.
var ErrUnsupported = fmt.Errorf("core: %w", errors.ErrUnsupported)

// ErrNoControl is returned where a Control is set and there is no descriptor to be shown.
var ErrNoControl = fmt.Errorf("no socket of the operating system for Control: %w", ErrUnsupported)

// OpError says which operation failed on what, in the form that the net package uses, and by which
// system call if err is an errno. If call is empty, or no more than the operation again with no
// address between, err is kept as it is. Of nil it makes nil.
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

// WouldBlock reports whether err says that a call has nothing to do yet.
func WouldBlock(err error) bool { return err == syscall.EAGAIN || err == syscall.EWOULDBLOCK }
