package chat

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/fifo"
	"github.com/go-asynchat/asynchat/terminator"
)

// HandleClose gets one of these errors as the reason of the close. Other reasons are io.EOF,
// io.ErrUnexpectedEOF, errors of the connection (*net.OpError), *PanicError and
// *fifo.ProducerError. For a timeout, errors.Is(err, os.ErrDeadlineExceeded) is true.
var (
	// ErrClosed is returned for a channel or loop that is closed or closing. errors.Is(ErrClosed,
	// net.ErrClosed).
	ErrClosed = core.ErrClosed
	// ErrTooLong is the reason of a close if an element is longer than its limit.
	ErrTooLong = terminator.ErrTooLong
	// ErrNoProgress is the reason of a close if a terminator that fires on no bytes, such as
	// Length(0), is left in force.
	ErrNoProgress = terminator.ErrNoProgress
	// ErrSlowReader is the reason of a close if the peer did not read what was pushed, and the queue
	// was above MaxOutput.
	ErrSlowReader = errors.New("chat: peer reads too slowly, output queue is full")
	// ErrBuffered is the reason of a close if the channel had to hold more than MaxBuffered bytes of
	// input.
	ErrBuffered = errors.New("chat: too much input is held")
	// ErrOverloaded is the reason of a close if the server held more than MaxTotalBuffered, and this
	// channel held most of it.
	ErrOverloaded = errors.New("chat: server buffers too much")
	// ErrRefused is the reason of a close if the server refused the connection: there were too many,
	// or OnAccept returned an error.
	ErrRefused = errors.New("chat: connection refused")
	// ErrShutdown is the reason of a close if Server.Shutdown has ended the channel.
	ErrShutdown = errors.New("chat: server is shut down")
	// ErrDetached is the reason of a close if Detach has given the connection away.
	ErrDetached = errors.New("chat: the connection was given away")
	// ErrProxyHeader is the reason of a close if a connection from Server.ProxyFrom begins without a
	// PROXY header, or with a malformed one. An error that wraps ErrProxyHeader has the details.
	ErrProxyHeader = errors.New("chat: bad PROXY header")

	// ErrFirstTimeout is the reason of a close if the peer sent no whole element within FirstTimeout.
	ErrFirstTimeout error = &timeoutError{"no element in time"}
	// ErrTooSlow is the reason of a close if an element was not complete within ElementTimeout.
	ErrTooSlow error = &timeoutError{"element came too slowly"}
	// ErrIdle is the reason of a close if the peer began no element within IdleTimeout.
	ErrIdle error = &timeoutError{"idle for too long"}
	// ErrSilent is the reason of a close if the peer sent nothing within SilenceTimeout.
	ErrSilent error = &timeoutError{"silent for too long"}
	// ErrStalled is the reason of a close if, for StallTimeout, the peer took no output, or less than
	// MinWriteRate.
	ErrStalled error = &timeoutError{"output stalled"}
	// ErrHandshakeTimeout is the reason of a close if a TLS handshake did not end within
	// HandshakeTimeout.
	ErrHandshakeTimeout error = &timeoutError{"TLS handshake took too long"}
	// ErrLifetime is the reason of a close if the channel was open for Lifetime.
	ErrLifetime error = &timeoutError{"open for too long"}

	errTooMany      = fmt.Errorf("%w: MaxConns is reached", ErrRefused)
	errTooManyOfOne = fmt.Errorf("%w: MaxConnsPerAddress is reached", ErrRefused)
)

// PanicError is the reason of the close if a callback panicked. It holds the value and the stack.
type PanicError = core.PanicError

// A HandshakeError is the reason for a channel whose TLS handshake failed.
type HandshakeError struct{ Err error }

func (e *HandshakeError) Error() string { return "chat: TLS handshake: " + e.Err.Error() }
func (e *HandshakeError) Unwrap() error { return e.Err }

// ErrTruncated is the reason of a close if a TLS connection ended without a close_notify from the
// peer: an attacker may have truncated the stream. errors.Is(ErrTruncated, io.ErrUnexpectedEOF) is
// true.
var ErrTruncated error = truncated{}

type truncated struct{}

func (truncated) Error() string        { return "chat: TLS connection was cut: no close_notify" }
func (truncated) Is(target error) bool { return target == io.ErrUnexpectedEOF }

// A timeoutError is a net.Error.
type timeoutError struct{ what string }

func (e *timeoutError) Error() string        { return "chat: " + e.what }
func (e *timeoutError) Timeout() bool        { return true }
func (e *timeoutError) Temporary() bool      { return false }
func (e *timeoutError) Is(target error) bool { return target == os.ErrDeadlineExceeded }

// Reason classifies the error that HandleClose gets, for statistics and for a switch: see
// [ReasonOf].
type Reason uint8

// The reasons, each with the error that HandleClose gets.
const (
	ReasonClosedHere  Reason = iota // nil: Close, or CloseWhenDone and all was sent
	ReasonPeerClosed                // io.EOF: between two elements
	ReasonPeerAborted               // io.ErrUnexpectedEOF: inside an element
	ReasonPeerReset                 // ECONNRESET and similar errors: the connection broke
	ReasonUnconnected               // the *net.OpError of a dial: there was no connection
	ReasonIdle                      // ErrIdle and ErrSilent
	ReasonTooSlow                   // ErrTooSlow and ErrFirstTimeout
	ReasonStalled                   // ErrStalled
	ReasonHandshake                 // TLS could not be agreed upon, or not in time
	ReasonExpired                   // ErrLifetime
	ReasonTooLong                   // ErrTooLong and ErrBuffered
	ReasonSlowReader                // ErrSlowReader
	ReasonOverloaded                // ErrOverloaded
	ReasonRefused                   // ErrRefused
	ReasonShutdown                  // ErrShutdown
	ReasonDetached                  // ErrDetached
	ReasonBadProxy                  // ErrProxyHeader
	ReasonPanicked                  // a *PanicError
	ReasonFailed                    // any other error, such as a *fifo.ProducerError
	numReasons
)

// Idle is ReasonIdle.
//
// Deprecated: use [ReasonIdle]. Older programs know it by this name, without the prefix.
const Idle = ReasonIdle

var reasonNames = [numReasons]string{"closed here", "peer closed", "peer closed inside an element",
	"connection broken", "not connected", "idle", "element too slow", "output stalled",
	"handshake failed", "lifetime over", "element too long", "slow reader", "overloaded", "refused",
	"shutdown", "given away", "bad PROXY header", "panic", "error"}

func (r Reason) String() string {
	if r < numReasons {
		return reasonNames[r]
	}
	return "unknown reason"
}

// ReasonOf returns the Reason to which err belongs.
func ReasonOf(err error) Reason {
	var (
		panicked *PanicError
		producer *fifo.ProducerError
		shake    *HandshakeError
		op       *net.OpError
	)
	switch { // whatever these wrap
	case err == nil:
		return ReasonClosedHere
	case errors.As(err, &panicked):
		return ReasonPanicked
	case errors.As(err, &producer):
		return ReasonFailed
	case errors.As(err, &shake):
		return ReasonHandshake
	case errors.As(err, &op) && op.Op == "dial":
		return ReasonUnconnected
	}
	for _, known := range reasons {
		if errors.Is(err, known.err) {
			return known.reason
		}
	}
	for _, errno := range []error{syscall.ECONNRESET, syscall.EPIPE, syscall.ECONNABORTED,
		syscall.ETIMEDOUT, syscall.EHOSTUNREACH, syscall.ENETUNREACH, syscall.ENETDOWN} {
		if errors.Is(err, errno) {
			return ReasonPeerReset
		}
	}
	return ReasonFailed
}

// The timeouts are not told apart by errors.Is alone, since each is an os.ErrDeadlineExceeded; as
// themselves they are.
var reasons = []struct {
	err    error
	reason Reason
}{
	{io.EOF, ReasonPeerClosed}, {io.ErrUnexpectedEOF, ReasonPeerAborted}, {ErrIdle, ReasonIdle},
	{ErrSilent, ReasonIdle}, {ErrFirstTimeout, ReasonTooSlow}, {ErrTooSlow, ReasonTooSlow},
	{ErrStalled, ReasonStalled},
	{ErrHandshakeTimeout, ReasonHandshake}, {ErrLifetime, ReasonExpired}, {ErrTooLong, ReasonTooLong},
	{ErrBuffered, ReasonTooLong}, {ErrSlowReader, ReasonSlowReader}, {ErrOverloaded, ReasonOverloaded},
	{ErrRefused, ReasonRefused}, {ErrShutdown, ReasonShutdown}, {ErrDetached, ReasonDetached},
	{ErrProxyHeader, ReasonBadProxy},
}
