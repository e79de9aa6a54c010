package core

import (
	"iter"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-asynchat/asynchat/core/internal/heap"
	"github.com/go-asynchat/asynchat/core/kernel"
	"github.com/go-asynchat/asynchat/internal/inside"
)

// A Loop calls the handlers of ready descriptors, the functions of due timers, and functions that
// other goroutines have posted. It is made by [New], run by [Loop.Run] or turn by turn by
// [Loop.Poll], and released by [Loop.Close]. The package comment describes turns, and the rules for
// goroutines.
type Loop struct {
	kernel    Kernel
	poller    Poller
	parker    kernel.Parker // the poller too; nil: it is none
	logger    *slog.Logger
	seldom    seldom    // what was logged
	watchdog  *watchdog // nil: none
	events    []kernel.Event
	slots     heap.Slots[Dispatcher]
	start     time.Time // of the timers' clock
	now       int64     // what it says, read once a turn
	seen      int64     // what was ready then has been reported
	round     int64     // when the first of the full batches began, of which reported is the sum
	reported  int
	held      int64 // for how long the loop was held up
	timers    heap.Timers
	deadlines heap.Deadlines
	rung      []heap.Deadline // in runDeadlines
	turning   bool
	ready     int // events of the turn in progress
	buffer    borrowed
	conns     atomic.Int64 // given to it by a listener and not closed

	stats      Stats
	publishers []func()
	recent     recentTurns

	deferred, spare []*Dispatcher // asked for HandleDeferred
	nextTurn, due   []*Dispatcher // asked for it in the next turn, and in this one
	idlers, idling  []idler       // asked for HandleIdle, and those for which it is time
	closings        []closing     // wait for HandleClose

	spinner spinner
	awaiter awaiter
	yielder yielder
	stopped atomic.Bool
	woken   atomic.Bool // perhaps, for who spins
	current *Dispatcher // whose handler is being called
	closing bool        // Close has begun: no new dispatcher may come, and no turn

	mu         sync.Mutex
	posted     []func()
	batch      []func() // being run; nil where that is done
	spareBatch []func() // memory for the next posted
	sleeping   bool     // the poller may be waiting: a post must wake it
	parked     bool     // and it is parked
	closed     bool
	running    *running            // nil: nobody runs it
	published  Stats               // what other goroutines see
	local      atomic.Pointer[any] // of who uses the loop
}

// running is one Run of a loop.
type running struct {
	over    chan struct{} // closed at its end
	stopped bool          // by Stop
}

// New returns a new loop, which does not run yet. It fails if the system has no descriptor left for
// its poller, and with [ErrUnsupported] where there is no such poller.
func New(opts ...Option) (*Loop, error) {
	var o options
	for _, set := range opts {
		set(&o)
	}
	if o.kernel == nil {
		k, err := System(o.poller)
		if err != nil {
			return nil, err
		}
		o.kernel = k
	}
	poller, err := o.kernel.OpenPoller()
	if err != nil {
		return nil, err
	}
	l := &Loop{kernel: o.kernel, poller: poller, logger: o.logger, start: o.kernel.Now(),
		spinner: spinner{limit: o.spin}, awaiter: awaiter{soon: spinner{limit: awaitFor}}}
	l.parker, _ = poller.(kernel.Parker)
	if o.watchdog > 0 {
		l.watchdog = &watchdog{kernel: l.kernel, limit: o.watchdog, logger: l.loggerOf}
	}
	return l, nil
}

// Kernel returns the kernel of the loop.
func (l *Loop) Kernel() Kernel { return l.kernel }

// Now returns the time of the loop's kernel, which a test may set. On a nil Loop it returns the
// system's time.
func (l *Loop) Now() time.Time {
	if l == nil {
		return time.Now()
	}
	return l.kernel.Now()
}

// Logger returns the logger of the loop.
func (l *Loop) Logger() *slog.Logger {
	if l.logger == nil {
		return slog.Default()
	}
	return l.logger
}

// loggerOf returns where to log what a handler has done.
func (l *Loop) loggerOf(handler any) *slog.Logger {
	if h, ok := handler.(inside.LoggerHandler); ok {
		if logger := h.Logger(); logger != nil {
			return logger
		}
	}
	return l.Logger()
}

// ReadBuffer returns the buffer into which all dispatchers of the loop read, one after the other:
// it belongs to the caller until its callback returns. Idle connections therefore need no buffer of
// their own.
func (l *Loop) ReadBuffer() []byte { return l.buffer.get() }

// Turn returns the number of the turn in progress, or of the last one.
func (l *Loop) Turn() uint64 { return l.stats.Turns }

// Ready returns the number of events in the turn in progress. If there is only one, its handler may
// do more work at once.
func (l *Loop) Ready() int { return l.ready }

// Len returns the number of registered dispatchers.
func (l *Loop) Len() int { return l.slots.Len() }

// Handlers returns the handlers of the registered dispatchers. Handlers that are registered
// meanwhile may be left out.
func (l *Loop) Handlers() iter.Seq[any] {
	return func(yield func(any) bool) {
		for d := range l.slots.Each {
			if !yield(d.handler) {
				return
			}
		}
	}
}

// CloseAll closes every dispatcher, as its Close does. From outside of a turn it also calls their
// HandleClose.
func (l *Loop) CloseAll() {
	for d := range l.slots.Each {
		d.CloseWith(nil)
	}
	if l.turning {
		return
	}
	l.turning = true
	defer l.endTurn()
	for len(l.closings) > 0 {
		l.runDeferred()
		l.runCloses()
	}
}

// Close closes every dispatcher, runs what has been posted, disarms all timers and releases the
// poller. The loop cannot be used afterwards: Post, Run and Poll return [ErrClosed]. Call it on the
// loop's goroutine when no turn is in progress.
func (l *Loop) Close() error {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return nil
	}
	l.closed = true
	l.mu.Unlock()
	l.runPosted()
	l.closing = true
	l.CloseAll()
	l.timers.DisarmAll()
	l.deadlines = heap.Deadlines{}
	l.mu.Lock()
	l.publish()
	l.mu.Unlock()
	return l.poller.Close()
}
