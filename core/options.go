package core

import (
	"log/slog"
	"time"
)

// An Option is a setting of a new loop.
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

// WithPoller makes a loop use the named mechanism, one of [Pollers], instead of the default of
// [System]. It has no effect together with WithKernel.
func WithPoller(name string) Option { return func(o *options) { o.poller = name } }

// WithLogger makes a loop log to logger instead of slog.Default().
func WithLogger(logger *slog.Logger) Option { return func(o *options) { o.logger = logger } }

// WithSpin lets a loop query the poller again and again for up to limit before it sleeps. A sleep
// and a wake cost tens of microseconds, above all on virtual machines. So with few connections
// whose peers answer at once, spinning is faster and costs less; a limit of 50 µs is enough. It
// tunes itself: the loop spins only if the last wait was about as short as limit, and after an
// unsuccessful spin it skips the next 1, 3, 7, … up to 127 waits. A loop that stays idle does not
// spin. If all goroutines share one processor, the loop yields to the others after each query, and
// sleeps if one of them ran.
//
// Spinning is off by default. It does not help a busy loop, and takes processor time that other
// programs may need.
func WithSpin(limit time.Duration) Option {
	return func(o *options) { o.spin = max(limit, 0) }
}

// WithWatchdog makes a loop log each callback that runs longer than limit, because all other
// connections of the loop wait meanwhile. When the callback has returned, the log has its name and
// its time. If Run runs the loop, the log also has the stack of the callback while it runs, so that
// a handler that never returns is found too. The watchdog costs two readings of the clock per
// callback, and a goroutine that wakes up once per limit.
func WithWatchdog(limit time.Duration) Option { return func(o *options) { o.watchdog = limit } }
