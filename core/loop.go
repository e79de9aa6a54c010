package core

import (
	"errors"
	"iter"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-asynchat/asynchat/core/internal/heap"
)

// A Loop calls the handlers of descriptors that are ready, of timers that are due, and functions posted from other
// goroutines. It is made by [New], run by [Loop.Run] or turn by turn by [Loop.Poll], and released by [Loop.Close].
// The package comment says what belongs to which goroutine, and what a turn is.
type Loop struct {
	kernel    Kernel
	poller    Poller
	logger    *slog.Logger
	watchdog  *watchdog // nil: none
	events    []Event
	slots     heap.Slots[Dispatcher]
	start     time.Time // of the timers' clock
	now       int64     // what it says, read once a turn
	timers    heap.Timers
	deadlines heap.Deadlines
	turning   bool
	buffer    *readBuffer
	conns     atomic.Int64 // given to it by a listener and not closed

	stats       Stats
	publishers  []func()
	recent      [2]time.Duration // the longest turn since recentSince, and of the time before
	recentSince int64

	deferred, spare []*Dispatcher // asked for HandleDeferred
	later, due      []*Dispatcher // asked for it in the next turn, and in this one
	closing         []ending      // wait for HandleClose

	spinner spinner
	stopped atomic.Bool
	woken   atomic.Bool // perhaps, for who spins
	current *Dispatcher // whose handler is being called
	ending  bool        // Close is closing the dispatchers, and no new one may come

	mu         sync.Mutex
	posted     []func()
	batch      []func() // being run; nil where that is done
	spareBatch []func() // memory for the next posted
	sleeping   bool     // the poller may be waiting: a post must wake it
	closed     bool
	published  Stats // what other goroutines see
}

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

// WithPoller makes a loop use the named mechanism, one of [Pollers], instead of the one that [NewPoller] opens by default. It
// has no effect beside WithKernel.
func WithPoller(name string) Option { return func(o *options) { o.poller = name } }

// WithLogger makes a loop log to logger instead of slog.Default().
func WithLogger(logger *slog.Logger) Option { return func(o *options) { o.logger = logger } }

// New returns a loop that is ready to be set up and run. It fails if the system has no descriptor left for its poller, and
// with [ErrUnsupported] where there is no such poller.
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
	l := &Loop{kernel: o.kernel, poller: poller, logger: o.logger, start: o.kernel.Now(), spinner: spinner{limit: o.spin}}
	if o.watchdog > 0 {
		l.watchdog = &watchdog{loop: l, limit: o.watchdog}
	}
	return l, nil
}

// Kernel returns what the loop runs on.
func (l *Loop) Kernel() Kernel { return l.kernel }

// Now returns the time of the loop's kernel, which a test may have set.
func (l *Loop) Now() time.Time { return l.kernel.Now() }

// Logger returns where the loop logs.
func (l *Loop) Logger() *slog.Logger {
	if l.logger == nil {
		return slog.Default()
	}
	return l.logger
}

// loggerOf returns where to log what a handler has done.
func loggerOf(l *Loop, handler any) *slog.Logger {
	if h, ok := handler.(LoggerHandler); ok {
		if logger := h.Logger(); logger != nil {
			return logger
		}
	}
	return l.Logger()
}

// Turn returns the number of the turn in progress, or of the last one.
func (l *Loop) Turn() uint64 { return l.stats.Turns }

// Len returns the number of registered dispatchers.
func (l *Loop) Len() int { return l.slots.Len() }

// Handlers returns the handlers of the registered dispatchers. What they register meanwhile may be left out.
func (l *Loop) Handlers() iter.Seq[any] {
	return func(yield func(any) bool) {
		for d := range l.slots.Each {
			if !yield(d.handler) {
				return
			}
		}
	}
}

var errTurning = errors.New("core: Poll called from within a handler of the same loop")

// Poll makes one turn. It waits at most timeout for something to do, for ever if timeout is negative. It returns how many
// callbacks it made. It is not to be called from a handler.
func (l *Loop) Poll(timeout time.Duration) (int, error) {
	calls, _, err := l.turn(timeout, l.clock())
	return calls, err
}

// turn makes one turn that begins now and returns when it ended, which is when the next one begins if the loop runs.
func (l *Loop) turn(timeout time.Duration, now int64) (calls int, ended int64, err error) {
	if l.turning {
		return 0, now, errTurning
	}
	l.turning = true
	defer l.endTurn()

	n, err := l.wait(timeout, now)
	if err != nil {
		return 0, now, err
	}
	l.now = l.clock()
	l.stats.Turns++
	l.stats.Events += uint64(n)
	l.beginLater()
	for _, e := range l.events[:n] {
		if d := l.slots.Find(e.Token); d != nil {
			if l.watchdog == nil {
				l.dispatch(d, e.Ready)
			} else {
				l.dispatchWatched(d, e.Ready)
			}
			if len(l.deferred) > 0 {
				l.runDeferred()
			}
			calls++
		}
	}
	l.deferLater()
	if n == len(l.events) && n < maxEvents {
		l.events = make([]Event, 4*n)
	}
	calls += l.runPosted()
	calls += l.runTimers()
	calls += l.runDeadlines()
	calls += l.runDeferred()
	calls += l.runCloses()
	ended = l.clock()
	l.measure(ended)
	return calls, ended, nil
}

// An idle loop of a test should be small, a busy one should not return to the poller for every few events.
const minEvents, maxEvents = 16, 1024

func (l *Loop) wait(timeout time.Duration, now int64) (int, error) {
	if l.events == nil {
		l.events = make([]Event, minEvents)
	}
	if len(l.deferred) > 0 || len(l.later) > 0 || len(l.closing) > 0 || l.stopped.Load() {
		timeout = 0
	} else if next, ok := l.nextTime(); ok && timeout != 0 {
		if due := time.Duration(max(0, next-now)); timeout < 0 || due < timeout {
			timeout = due
		}
	}
	return l.sleep(timeout)
}

// sleep waits in the poller, unless somebody has posted something.
func (l *Loop) sleep(timeout time.Duration) (int, error) {
	l.mu.Lock()
	if len(l.posted) > 0 {
		timeout = 0
	}
	l.sleeping = timeout != 0
	l.publish()
	l.mu.Unlock()
	n, err := l.look(timeout)
	if timeout != 0 {
		l.mu.Lock()
		l.sleeping = false
		l.mu.Unlock()
	}
	return n, err
}

func (l *Loop) endTurn() {
	l.turning = false
	if l.buffer != nil {
		readBuffers.Put(l.buffer)
		l.buffer = nil
	}
}

// ReadBufferSize is the size of the buffer that ReadBuffer returns.
const ReadBufferSize = 64 << 10

type readBuffer [ReadBufferSize]byte

var readBuffers = sync.Pool{New: func() any { return new(readBuffer) }}

// ReadBuffer returns the buffer into which all dispatchers of the loop read, one after the other: it belongs to the
// caller until its callback returns. Idle connections therefore need no buffer of their own.
func (l *Loop) ReadBuffer() []byte {
	if l.buffer == nil {
		l.buffer = readBuffers.Get().(*readBuffer)
	}
	return l.buffer[:]
}

// dispatchWatched makes the calls for one event, under the eyes of the watchdog.
func (l *Loop) dispatchWatched(d *Dispatcher, r Ready) {
	l.watchdog.enter("an event", d.handler)
	defer l.watchdog.leave()
	l.dispatch(d, r)
}

// call makes one call that belongs to no dispatcher.
func (l *Loop) call(what string, f func()) {
	if l.watchdog != nil {
		l.watchdog.enter(what, f)
		defer l.watchdog.leave()
	}
	defer l.runDeferred()
	defer l.logPanic(what, nil)
	f()
}

// logPanic is deferred around a call whose panic closes nothing.
func (l *Loop) logPanic(where string, handler any) {
	if v := recover(); v != nil {
		loggerOf(l, handler).Error("panic in "+where, "panic", v, "stack", string(debug.Stack()))
	}
}

// CloseAll closes every dispatcher, as its Close does. From outside of a turn it also calls their HandleClose.
func (l *Loop) CloseAll() {
	for d := range l.slots.Each {
		d.CloseWith(nil)
	}
	if l.turning {
		return
	}
	l.turning = true
	defer l.endTurn()
	for len(l.closing) > 0 {
		l.runDeferred()
		l.runCloses()
	}
}

// Close closes every dispatcher, runs what has been posted, disarms all timers and releases the poller. The loop cannot
// be used afterwards: Post returns [ErrClosed]. It is to be called on the loop's goroutine when no turn is in progress.
func (l *Loop) Close() error {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return nil
	}
	l.closed = true
	l.mu.Unlock()
	l.runPosted()
	l.ending = true
	l.CloseAll()
	l.timers.DisarmAll()
	l.deadlines = heap.Deadlines{}
	l.mu.Lock()
	l.publish()
	l.mu.Unlock()
	return l.poller.Close()
}
