package chat

import (
	"time"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/terminator"
)

const (
	// DefaultMaxElement bounds an element between delimiters, in bytes. asyncio takes 64 KiB too, Twisted 16 KiB.
	DefaultMaxElement = 64 << 10
	// DefaultMaxOutput is the number of queued bytes above which a peer counts as too slow.
	DefaultMaxOutput = 1 << 20
	// DefaultLinger is how long a channel that we have closed waits for the peer to take our last bytes and close too.
	DefaultLinger = 5 * time.Second

	// NoLimit turns a limit off. Zero means its default.
	NoLimit = -1
)

const (
	highWater   = 16 << 10 // more output than this, and we read no more requests
	lowWater    = 4 << 10  // less than this, and we do again
	flushAt     = 64 << 10 // output to write before the end of the event
	directWrite = 16 << 10 // a push of this size is offered to the system before it is copied
	busyRead    = 16 << 10 // one read while output waits
)

var (
	// ErrClosed is returned for a channel that is closed or closing, and a loop that is. errors.Is(ErrClosed, net.ErrClosed).
	ErrClosed = core.ErrClosed
	// ErrTooLong is the reason of a close for an element over its limit.
	ErrTooLong = terminator.ErrTooLong
	// ErrNoProgress is the reason of a close for a terminator that fires on no bytes and was left in force, as Length(0).
	ErrNoProgress = terminator.ErrNoProgress
)

// PanicError is the reason of a close for a callback that panicked. It holds the value and the stack.
type PanicError = core.PanicError

// settings are what channels of one origin have in common.
type settings struct {
	maxElement int64
	maxOutput  int
	linger     time.Duration
	service    *service // nil: no server
}

func newSettings(maxElement int64, maxOutput int, linger time.Duration) *settings {
	return &settings{
		maxElement: limit(maxElement, DefaultMaxElement),
		maxOutput:  limit(maxOutput, DefaultMaxOutput),
		linger:     limit(linger, DefaultLinger),
	}
}

// limit returns what n stands for: the default if it is zero, 0 for none if it is negative.
func limit[T int | int64 | time.Duration](n, byDefault T) T {
	if n == 0 {
		return byDefault
	}
	return max(n, 0)
}

var defaults = newSettings(0, 0, 0)
