package core

import (
	"errors"
	"fmt"
	"net"
	"syscall"

	"github.com/go-asynchat/asynchat/core/kernel"
)

// ErrClosed is returned by methods of a closed dispatcher or loop. It is net.ErrClosed.
var ErrClosed = net.ErrClosed

// ErrWouldBlock is returned if no datagram has arrived, or if there is no room to send one.
// errors.Is(ErrWouldBlock, syscall.EAGAIN) is true.
var ErrWouldBlock = fmt.Errorf("core: %w", syscall.EAGAIN)

// ErrRunning is returned by Run of a loop that another goroutine runs: see [Loop.Join].
var ErrRunning = errors.New("core: another goroutine runs the loop")

// ErrUnsupported is returned if the platform has no poller, or if core does not know a network.
// errors.Is(ErrUnsupported, errors.ErrUnsupported) is true.
var ErrUnsupported = kernel.ErrUnsupported

// A PanicError is the reason of the close if a callback of a dispatcher panicked.
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
