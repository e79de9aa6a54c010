package core

import (
	"time"

	"github.com/go-asynchat/asynchat/core/kernel"
)

// A Dispatcher is a descriptor registered with a loop, and the handler of its events. [Conn] and
// [Listener] are built on Dispatcher. For any other descriptor that can be polled, use a Dispatcher
// itself. When a Dispatcher has been closed, its methods do nothing, and methods that return an
// error return [ErrClosed]. Functions of Post and After still run.
type Dispatcher struct {
	loop     *Loop
	handler  any
	token    uint64
	deadline int64 // on the loop's clock; 0: none
	peer     peer  // if it is known; else the kernel is asked
	armed    int64 // where it is in the heap of deadlines, no later than the deadline; 0: nowhere
	fd       int32
	want     Ready
	able     Ready // what the handler has methods for
	flags    dispatcherFlags
}

type dispatcherFlags uint16

const (
	registered dispatcherFlags = 1 << iota // has a slot
	added                                  // added to the poller
	deferred                               // on the loop's deferred list
	closed
	hasPredicates // its handler has predicates
	datagrams     // an error pending on the socket is no end of it
	connecting    // its handler is a keeper
	counted       // is one of the loop's connections
	nextTurn      // on the loop's list for the next turn
	sawEOF        // its handler has seen the end of the stream
	sawFailed     // the poller has reported an error
	dialled       // this end has asked for the connection
	whenIdle      // on the loop's list of those who wait for it to be idle
	stillPolled   // the poller reports Readable, though that is not wanted
)

// NewDispatcher registers fd with l and calls handler when fd is ready for an event in want. fd
// must be non-blocking. NewDispatcher takes ownership of fd, even if it fails.
func NewDispatcher(l *Loop, fd int, handler any, want Ready) (*Dispatcher, error) {
	d := &Dispatcher{loop: l, fd: int32(fd)}
	if err := d.Attach(handler, want); err != nil {
		return nil, err
	}
	return d, nil
}

// Loop returns the loop that calls the dispatcher's handler.
func (d *Dispatcher) Loop() *Loop { return d.loop }

// Closed reports whether the dispatcher has been closed, by either side; HandleClose may still be
// to come.
func (d *Dispatcher) Closed() bool { return d.flags&closed != 0 }

// Attach sets the handler, and the wanted events. Events for which the handler has no method are
// ignored. If Attach fails, the dispatcher is closed, and the handler gets HandleClose as usual.
// During a dial, the handler and the events apply once the connection is made.
func (d *Dispatcher) Attach(handler any, want Ready) error {
	if d.Closed() {
		return ErrClosed
	}
	if d.flags&connecting != 0 {
		return d.handler.(keeper).keep(handler, want)
	}
	d.setHandler(handler)
	if err := byValue(handler); err != nil {
		d.CloseWith(err)
		return err
	}
	d.want = want & d.able
	if d.loop.closing {
		d.CloseWith(ErrClosed)
		return ErrClosed
	}
	d.register()
	if d.flags&hasPredicates != 0 {
		if d.want = d.asked(); d.Closed() {
			return ErrClosed
		}
	}
	return d.add()
}

// setHandler sets the handler, and finds out what it can do: an event that it has no method for
// would be reported again and again.
func (d *Dispatcher) setHandler(handler any) {
	d.handler, d.able = handler, 0
	d.flags &^= hasPredicates | sawEOF
	if _, ok := handler.(ReadHandler); ok {
		d.able |= Readable
	}
	if _, ok := handler.(WriteHandler); ok {
		d.able |= Writable
	}
	if _, ok := handler.(ExptHandler); ok {
		d.able |= Priority
	}
	if _, ok := handler.(ReadPredicate); ok {
		d.flags |= hasPredicates
	}
	if _, ok := handler.(WritePredicate); ok {
		d.flags |= hasPredicates
	}
}

// Update calls the predicates of the handler, [ReadPredicate] and [WritePredicate], and sets the
// wanted events accordingly. Without predicates it does nothing.
func (d *Dispatcher) Update() {
	if d.flags&(hasPredicates|closed) == hasPredicates {
		d.SetWant(d.asked())
	}
}

// asked returns what is wanted by the word of the predicates. One that panics closes its
// dispatcher, whoever asks (S14, B7, B29).
func (d *Dispatcher) asked() (want Ready) {
	defer d.contain()
	want = d.want
	if h, ok := d.handler.(ReadPredicate); ok {
		want &^= Readable
		if h.Readable() && d.flags&sawEOF == 0 {
			want |= Readable
		}
	}
	if h, ok := d.handler.(WritePredicate); ok {
		want &^= Writable
		if h.Writable() {
			want |= Writable
		}
	}
	return want & d.able
}

func (d *Dispatcher) register() {
	if d.flags&registered == 0 {
		d.token = d.loop.slots.Add(d)
		d.flags |= registered
		d.SetDeadline(time.Duration(d.deadline)) // it may have been set before
	}
}

// Want returns the events that are wanted.
func (d *Dispatcher) Want() Ready { return d.want }

// SetWant sets the events that are wanted. It costs a system call only if they differ from the
// previous ones. On a closed dispatcher it does nothing. During a dial, the events apply once the
// connection is made. If the handler has a predicate, its next call overrides SetWant.
func (d *Dispatcher) SetWant(want Ready) {
	if d.flags&connecting != 0 {
		d.handler.(keeper).keepWant(want)
		return
	}
	want &= d.able
	if want == d.want || d.Closed() {
		return
	}
	polled := d.want
	if d.flags&stillPolled != 0 {
		polled |= Readable
	}
	d.want = want
	if want == polled {
		d.flags &^= stillPolled
	} else if d.flags&registered != 0 {
		d.add()
	}
}

// SetWantLazily works as SetWant, for a handler that does not want Readable now, but will soon want
// it again. It costs a system call only if input comes meanwhile.
func (d *Dispatcher) SetWantLazily(want Ready) {
	if d.want&^want == Readable && want&^d.want == 0 && d.flags&(added|connecting|closed) == added {
		d.want = want
		d.flags |= stillPolled
		return
	}
	d.SetWant(want)
}

// add tells the poller what is wanted. Without a descriptor there is nothing to tell.
func (d *Dispatcher) add() error {
	if d.fd < 0 {
		return nil
	}
	var err error
	d.flags &^= stillPolled
	if d.flags&added != 0 {
		err = d.loop.poller.Modify(int(d.fd), d.token, d.want)
	} else if err = d.loop.poller.Add(int(d.fd), d.token, d.want); err == nil {
		d.flags |= added
	}
	if err != nil {
		err = kernel.OpError("poll", d.loop.poller.Name(), "", nil, err)
		d.CloseWith(err)
	}
	return err
}

// remove makes the poller silent about the descriptor until something is wanted again.
func (d *Dispatcher) remove() {
	if d.flags&added != 0 {
		d.flags &^= added | stillPolled
		d.loop.poller.Remove(int(d.fd))
	}
}

// Defer requests one call of HandleDeferred as soon as the callback in progress has ended, or,
// outside of a callback, in the next turn. Within HandleDeferred a handler can safely react to
// calls of its methods.
func (d *Dispatcher) Defer() {
	if d.flags&(deferred|closed) == 0 {
		d.flags |= deferred
		d.loop.deferred = append(d.loop.deferred, d)
	}
}

// NextTurn requests one call of HandleDeferred in the next turn, after its events: for a handler
// that has too much work for one turn.
func (d *Dispatcher) NextTurn() {
	if d.flags&(nextTurn|closed) == 0 {
		d.flags |= nextTurn
		d.loop.nextTurn = append(d.loop.nextTurn, d)
	}
}

// WhenIdle requests one call of the handler's HandleIdle method as soon as the loop has nothing
// else to do, before it sleeps, or after ten milliseconds if the loop stays busy. Use it for work
// that other events may make unnecessary, or that is cheaper in batches.
func (d *Dispatcher) WhenIdle() {
	if d.flags&(whenIdle|closed) == 0 {
		d.flags |= whenIdle
		d.loop.idlers = append(d.loop.idlers, idler{d, d.loop.now})
	}
}

// Post runs f as [Loop.Post] does. If f panics, the dispatcher is closed. f runs even if the
// dispatcher has been closed meanwhile.
func (d *Dispatcher) Post(f func()) error {
	return d.loop.Post(func() { d.guard(f) })
}

// Call calls f at once, and closes the dispatcher if f panics. Use it in a function that is passed
// to [Loop.Post] again and again.
func (d *Dispatcher) Call(f func()) { d.guard(f) }

// After calls f later, as [Loop.After] does. If f panics, the dispatcher is closed. The timer is
// not stopped by a close.
func (d *Dispatcher) After(delay time.Duration, f func()) *Timer {
	return d.loop.After(delay, func() { d.guard(f) })
}

// Every calls f again and again, as [Loop.Every] does. If f panics, the dispatcher is closed.
func (d *Dispatcher) Every(interval time.Duration, f func()) *Timer {
	return d.loop.Every(interval, func() { d.guard(f) })
}

// Timeout calls f as [Loop.Timeout] does. If f panics, the dispatcher is closed.
func (d *Dispatcher) Timeout(delay time.Duration, f func()) (stop func()) {
	return d.loop.Timeout(delay, func() { d.guard(f) })
}

// guard calls what belongs to the dispatcher.
func (d *Dispatcher) guard(f func()) {
	d.loop.watchdog.belongsTo(d.handler)
	defer d.contain()
	caller := d.loop.current
	d.loop.current = d
	f()
	d.Update()
	d.loop.current = caller
}

// Close closes the dispatcher: its next and last call is HandleClose(nil), at the end of the turn.
// It always returns nil.
func (d *Dispatcher) Close() error {
	d.CloseWith(nil)
	return nil
}

// CloseWith closes the dispatcher as Close does, with a reason for HandleClose. Only the first
// close counts.
func (d *Dispatcher) CloseWith(reason error) {
	if d.Closed() {
		return
	}
	d.flags |= closed
	d.remove()
	if d.flags&registered != 0 {
		d.loop.slots.Remove(d.token)
	}
	d.loop.closings = append(d.loop.closings, closing{d, reason})
}
