package core

import (
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
)

// ErrClosed is returned for what has been closed: a dispatcher, a loop. errors.Is(ErrClosed, net.ErrClosed) is true.
var ErrClosed = fmt.Errorf("asynchat: %w", net.ErrClosed)

// ErrWouldBlock is returned by reads and writes of datagrams that have nothing to do yet. errors.Is(ErrWouldBlock, syscall.EAGAIN) is true.
var ErrWouldBlock = fmt.Errorf("asynchat: %w", syscall.EAGAIN)

// ErrUnsupported is returned where the platform has no poller, or a network is none that core knows.
// errors.Is(ErrUnsupported, errors.ErrUnsupported) is true.
var ErrUnsupported = fmt.Errorf("asynchat: %w", errors.ErrUnsupported)

// A PanicError is the reason for which a dispatcher was closed whose handler panicked.
type PanicError struct {
	Value any    // what was passed to panic
	Stack []byte // the stack of the handler, as debug.Stack prints it
}

func (e *PanicError) Error() string { return fmt.Sprintf("panic in a handler: %v", e.Value) }

// Unwrap returns the value of the panic, if that is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// opError says which operation failed on what, in the form that the net package uses.
func opError(op, call, network string, addr net.Addr, err error) error {
	if err == nil {
		return nil
	}
	var errno syscall.Errno
	if errors.As(err, &errno) {
		err = os.NewSyscallError(call, errno)
	}
	return &net.OpError{Op: op, Net: network, Addr: addr, Err: err}
}

// wouldBlock reports whether err says that a call has nothing to do yet.
func wouldBlock(err error) bool { return err == syscall.EAGAIN || err == syscall.EWOULDBLOCK }
