package core

import (
	"log/slog"
	"time"
)

// An Option sets up a loop.
type Option func(*options)

type options struct {
	kernel   Kernel
	poller   string
	logger   *slog.Logger
	watchdog time.Duration
	spin     time.Duration
}

// WithKernel makes a loop run on k instead of on the operating system.
func WithKernel(k Kernel) Option { return func(o *options) { o.kernel = k } }

// WithPoller makes a loop use the named mechanism, one of [Pollers], instead of the one that
// [System] has by default. It has no effect beside WithKernel.
func WithPoller(name string) Option { return func(o *options) { o.poller = name } }

// WithLogger makes a loop log to logger instead of slog.Default().
func WithLogger(logger *slog.Logger) Option { return func(o *options) { o.logger = logger } }

// WithSpin lets a loop that has nothing to do look again and again for up to limit before it
// sleeps. To be put to sleep and woken costs tens of microseconds, on virtual machines above all,
// so with few connections that are answered at once this is faster and costs less: 50 µs is
// enough. It tunes itself: the loop spins only if the last wait was about as short as that, and
// after an unsuccessful spin it skips the next 1, 3, 7, … up to 127 waits. An idle loop does not
// spin. Where there is one processor for all goroutines, it yields to the others after each look,
// and sleeps if one had something to do.
//
// It is off by default. It is of no use to a loop that is busy, and takes power that other programs
// of the machine may want.
func WithSpin(limit time.Duration) Option {
	return func(o *options) { o.spin = max(limit, 0) }
}

// WithWatchdog makes a loop log each callback that holds it longer than limit, with what it was:
// while it still does, with the stack, if the loop is run by Run, so that a handler that never
// returns is found too; and when it has returned, with how long it took. All other connections of
// the loop have waited meanwhile. It costs two readings of the clock a callback, and a goroutine
// that wakes up every limit.
func WithWatchdog(limit time.Duration) Option { return func(o *options) { o.watchdog = limit } }
