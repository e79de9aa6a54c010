package core

import (
	"runtime/debug"
	"slices"
	"time"
)

// The events of a [Dispatcher]. A handler has those of these methods that it is interested in; there is one interface
// for each. They are called on the loop's goroutine, one at a time.
type (
	// ReadHandler is called when there is something to read: data, or the end of the stream.
	ReadHandler interface{ HandleRead() }
	// WriteHandler is called when there is room for output.
	WriteHandler interface{ HandleWrite() }
	// ExptHandler is called when out-of-band data has arrived.
	ExptHandler interface{ HandleExpt() }
	// ConnectHandler is called once, when a connection begun with Dial is made.
	ConnectHandler interface{ HandleConnect() }
	// AcceptHandler is called with each connection that a listener accepted. It owns the connection.
	AcceptHandler interface{ HandleAccepted(*Conn) }
	// DeferredHandler is called when the callback in progress has ended, after Defer.
	DeferredHandler interface{ HandleDeferred() }
	// ErrorHandler is called when a callback panicked, with a [*PanicError]. The dispatcher is closed afterwards.
	ErrorHandler interface{ HandleError(err error) }
	// CloseHandler is called once, as the last of all, with the reason: nil after Close.
	CloseHandler interface{ HandleClose(err error) }
)

// A Dispatcher is a descriptor registered with a loop, and the handler of its events. [Conn] and [Listener] are built on it;
// by itself it serves any other descriptor that can be polled.
type Dispatcher struct {
	loop    *Loop
	handler any
	err     error // why it was closed
	token   uint64
	fd      int32
	want    Ready
	flags   dispatcherFlags
}

type dispatcherFlags uint8

const (
	registered dispatcherFlags = 1 << iota // has a slot
	watched                                // added to the poller
	deferred                               // on the loop's deferred list
	closed
)

// NewDispatcher registers fd with l and calls handler when it is ready for what is in want. fd must be non-blocking. The
// dispatcher owns it from now on, also if it fails.
func NewDispatcher(l *Loop, fd int, handler any, want Ready) (*Dispatcher, error) {
	d := &Dispatcher{loop: l, fd: int32(fd)}
	if err := d.Attach(handler, want); err != nil {
		return nil, err
	}
	return d, nil
}

// Loop returns the loop that calls the dispatcher's handler.
func (d *Dispatcher) Loop() *Loop { return d.loop }

// Closed reports whether the dispatcher has been closed, by whatever side; HandleClose may still be to come.
func (d *Dispatcher) Closed() bool { return d.flags&closed != 0 }

// Attach sets the handler, and the events that are wanted. If it fails, the dispatcher is closed, which the handler is
// told in the usual way.
func (d *Dispatcher) Attach(handler any, want Ready) error {
	if d.Closed() {
		return ErrClosed
	}
	d.handler, d.want = handler, want
	if d.loop.ending {
		d.CloseWith(ErrClosed)
		return ErrClosed
	}
	d.register()
	return d.watch()
}

func (d *Dispatcher) register() {
	if d.flags&registered == 0 {
		d.token = d.loop.slots.add(d)
		d.flags |= registered
	}
}

// Want returns the events that are wanted.
func (d *Dispatcher) Want() Ready { return d.want }

// SetWant sets the events that are wanted. It costs a system call if they differ from those wanted before, else nothing.
// On a closed dispatcher it does nothing. While a connection is being made, it sets what is wanted afterwards.
func (d *Dispatcher) SetWant(want Ready) {
	if dial, ok := d.handler.(*dialing); ok {
		dial.want = want
		return
	}
	if want == d.want || d.Closed() {
		return
	}
	d.want = want
	if d.flags&registered != 0 {
		d.watch()
	}
}

// watch tells the poller what is wanted.
func (d *Dispatcher) watch() error {
	var err error
	if d.flags&watched != 0 {
		err = d.loop.poller.Modify(int(d.fd), d.token, d.want)
	} else if err = d.loop.poller.Add(int(d.fd), d.token, d.want); err == nil {
		d.flags |= watched
	}
	if err != nil {
		err = opError("poll", d.loop.poller.Name(), "", nil, err)
		d.CloseWith(err)
	}
	return err
}

// unwatch makes the poller silent about the descriptor until something is wanted again.
func (d *Dispatcher) unwatch() {
	if d.flags&watched != 0 {
		d.flags &^= watched
		d.loop.poller.Remove(int(d.fd))
	}
}

// Defer asks for one call of HandleDeferred as soon as the callback in progress has ended; outside of one, in the next turn. It is the
// safe point at which a handler can act on what others did to it.
func (d *Dispatcher) Defer() {
	if d.flags&(deferred|closed) == 0 {
		d.flags |= deferred
		d.loop.deferred = append(d.loop.deferred, d)
	}
}

// Post is [Loop.Post] for a function that belongs to the dispatcher: if f panics, the dispatcher is closed. f runs even if the
// dispatcher has been closed meanwhile.
func (d *Dispatcher) Post(f func()) error {
	return d.loop.Post(func() {
		defer d.contain()
		f()
	})
}

// After is [Loop.After] for a function that belongs to the dispatcher: if f panics, the dispatcher is closed. The timer is
// not stopped by a close.
func (d *Dispatcher) After(delay time.Duration, f func()) *Timer {
	return d.loop.After(delay, func() {
		defer d.contain()
		f()
	})
}

// Close closes the dispatcher: HandleClose(nil) is called at the end of the turn, and nothing before it. It always
// returns nil.
func (d *Dispatcher) Close() error {
	d.CloseWith(nil)
	return nil
}

// CloseWith is Close with a reason for HandleClose. Only the first close counts.
func (d *Dispatcher) CloseWith(reason error) {
	if d.Closed() {
		return
	}
	d.flags |= closed
	d.err = reason
	d.unwatch()
	if d.flags&registered != 0 {
		d.loop.slots.remove(d.token)
	}
	d.loop.closing = append(d.loop.closing, d)
}

// dispatch makes the calls for one event.
func (l *Loop) dispatch(d *Dispatcher, r Ready) {
	defer l.runDeferred()
	defer d.contain()
	ended := r&(HangUp|Failed) != 0
	if (ended || r&Readable != 0) && d.want&Readable != 0 {
		if h, ok := d.handler.(ReadHandler); ok {
			h.HandleRead()
			l.runDeferred()
		}
	}
	if (ended || r&Writable != 0) && d.want&Writable != 0 && !d.Closed() {
		if h, ok := d.handler.(WriteHandler); ok {
			h.HandleWrite()
			l.runDeferred()
		}
	}
	if r&Priority != 0 && d.want&Priority != 0 && !d.Closed() {
		if h, ok := d.handler.(ExptHandler); ok {
			h.HandleExpt()
		}
	}
	if ended && d.want&(Readable|Writable) == 0 && !d.Closed() {
		d.ended(r)
	}
}

// ended deals with a hang-up that nobody waits for, and that the poller would report again and again: an error closes
// at once, the end of the stream is left for the time when something is wanted again.
func (d *Dispatcher) ended(r Ready) {
	if r&Failed != 0 {
		if err := d.loop.kernel.SocketError(int(d.fd)); err != nil {
			d.CloseWith(opError("poll", "poll", "", nil, err))
			return
		}
	}
	d.unwatch()
}

// contain is deferred around every call of the handler: a panic closes this dispatcher, and no other.
func (d *Dispatcher) contain() {
	v := recover()
	if v == nil {
		return
	}
	err := &PanicError{Value: v, Stack: debug.Stack()}
	d.loop.Logger().Error("panic in a handler", "panic", v, "stack", string(err.Stack))
	d.tellError(err)
	d.CloseWith(err)
}

func (d *Dispatcher) tellError(err error) {
	defer d.loop.logPanic("HandleError")
	if h, ok := d.handler.(ErrorHandler); ok && !d.Closed() {
		h.HandleError(err)
	}
}

// runDeferred calls HandleDeferred of those who asked for it before it began, and returns how many. Those who ask
// meanwhile wait for the next callback or turn, so that two that feed each other cannot hold the loop.
func (l *Loop) runDeferred() int {
	if len(l.deferred) == 0 {
		return 0
	}
	batch := l.deferred
	l.deferred, l.spare = l.spare[:0], nil
	for i, d := range batch {
		batch[i] = nil
		d.flags &^= deferred
		if !d.Closed() {
			d.callDeferred()
		}
	}
	l.spare = batch[:0]
	return len(batch)
}

func (d *Dispatcher) callDeferred() {
	defer d.contain()
	if h, ok := d.handler.(DeferredHandler); ok {
		h.HandleDeferred()
	}
}

// runCloses tells the dispatchers that were closed before it began, closes their descriptors, and returns how many.
func (l *Loop) runCloses() int {
	n := len(l.closing)
	for i := range n {
		d := l.closing[i]
		d.callClose()
		if d.fd >= 0 {
			l.kernel.Close(int(d.fd))
			d.fd = -1
		}
	}
	l.closing = slices.Delete(l.closing, 0, n)
	return n
}

func (d *Dispatcher) callClose() {
	defer d.loop.logPanic("HandleClose")
	if h, ok := d.handler.(CloseHandler); ok {
		h.HandleClose(d.err)
	}
}
