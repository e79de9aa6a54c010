package core

import (
	"runtime/debug"
	"slices"
	"syscall"
	"time"

	"github.com/go-asynchat/asynchat/core/kernel"
	"github.com/go-asynchat/asynchat/internal/inside"
)

// dispatch makes the calls for one event.
func (l *Loop) dispatch(d *Dispatcher, r Ready) {
	defer d.contain()
	l.current = d
	if d.flags&stillPolled != 0 && r&Readable != 0 {
		d.add()
	}
	ended := r&(kernel.HangUp|kernel.Failed) != 0
	if (ended || r&Readable != 0) && d.want&Readable != 0 {
		d.handler.(ReadHandler).HandleRead()
		if len(l.deferred) > 0 {
			l.runDeferred()
		}
	}
	if (ended || r&Writable != 0) && d.want&Writable != 0 && !d.Closed() {
		d.handler.(WriteHandler).HandleWrite()
		l.runDeferred()
	}
	if r&(Priority|kernel.Failed) == Priority && d.want&Priority != 0 && !d.Closed() {
		d.handler.(ExptHandler).HandleExpt()
	}
	if d.flags&hasPredicates != 0 {
		d.Update()
	}
	if ended && d.want&(Readable|Writable) == 0 && !d.Closed() {
		d.ended(r)
		l.runDeferred()
	}
	l.current = nil
}

// ended deals with a hang-up that nobody waits for, and that the poller would report again and
// again: it is the handler's, if that has a method for it. Else an error closes at once. The end of
// the stream is left for the time when something is wanted again.
func (d *Dispatcher) ended(r Ready) {
	if r&kernel.Failed != 0 {
		d.flags |= sawFailed
	}
	if h, ok := d.handler.(HangUpHandler); ok {
		h.HandleHangUp()
		if d.want&(Readable|Writable) == 0 {
			d.remove()
		}
		return
	}
	if r&kernel.Failed != 0 {
		err := d.socketError()
		if d.flags&datagrams != 0 && r&kernel.HangUp == 0 {
			return // of one datagram, told and gone
		}
		if err != nil {
			d.CloseWith(d.opError("read", err))
			return
		}
	}
	d.remove()
}

// socketError returns the error that is pending on the descriptor, and clears it.
func (d *Dispatcher) socketError() error {
	err := d.loop.kernel.SocketError(int(d.fd))
	switch {
	case err != syscall.ENOTSOCK:
		return err
	case d.flags&sawFailed == 0:
		return nil // a pipe without a writer has ended, no more
	}
	// A pipe without a reader, or a terminal that has hung up: nothing tells which error it has.
	return syscall.EPIPE
}

// contain is deferred around every call of the handler: a panic closes this dispatcher, and no
// other.
func (d *Dispatcher) contain() {
	v := recover()
	if v == nil {
		return
	}
	d.loop.current = nil
	err, ok := v.(*PanicError) // of a coroutine, whose stack is gone by now
	if !ok {
		err = &PanicError{Value: v, Stack: debug.Stack()}
	}
	d.loop.logPanicOf(d.handler, "a handler", err)
	d.tellError(err)
	d.CloseWith(err)
}

func (d *Dispatcher) tellError(err error) {
	defer d.loop.logPanic("HandleError", d.handler)
	if h, ok := d.handler.(ErrorHandler); ok && !d.Closed() {
		h.HandleError(err)
	}
}

// Deferred reports whether a requested call of HandleDeferred is still to come.
func (d *Dispatcher) Deferred() bool { return d.flags&deferred != 0 }

// runDeferred calls HandleDeferred of those who asked for it before it began, and returns how many.
// Those who ask meanwhile wait for the next callback or turn, so that two that feed each other
// cannot hold the loop.
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

// beginNextTurn takes those who asked for this turn, before its events: in them they may ask for
// the next.
func (l *Loop) beginNextTurn() {
	for _, d := range l.nextTurn {
		d.flags &^= nextTurn
	}
	l.due = append(l.due, l.nextTurn...) // some may be left of a turn that a handler has ended
	clear(l.nextTurn)
	l.nextTurn = l.nextTurn[:0]
}

// deferDue defers those who asked for this turn.
func (l *Loop) deferDue() {
	for i, d := range l.due {
		l.due[i] = nil
		d.Defer()
	}
	l.due = l.due[:0]
}

// idleWithin is how long a loop that is never idle puts off what waits for that.
const idleWithin = 10 * time.Millisecond

// An idler is a dispatcher that waits for the loop to be idle.
type idler struct {
	d     *Dispatcher
	since int64
}

// runIdlers calls those who wait for the loop to be idle, if it is, or those who have waited for
// long enough, and returns how many.
func (l *Loop) runIdlers(idle bool, now int64) (n int) {
	for n < len(l.idlers) && (idle || now-l.idlers[n].since >= int64(idleWithin)) {
		n++
	}
	batch := append(l.idling[:0], l.idlers[:n]...)
	l.idlers = slices.Delete(l.idlers, 0, n)
	for _, i := range batch {
		i.d.flags &^= whenIdle
	}
	for _, i := range batch {
		if h, ok := i.d.handler.(inside.IdleHandler); ok && !i.d.Closed() {
			i.d.guard(h.HandleIdle)
			l.runDeferred()
		}
	}
	clear(batch)
	l.idling = batch[:0]
	return n
}

func (d *Dispatcher) callDeferred() {
	if w := d.loop.watchdog; w != nil && !w.busy { // it is asked for outside of a callback
		w.enter("HandleDeferred", d.handler)
		defer w.leave()
	}
	defer d.contain()
	caller := d.loop.current
	d.loop.current = d
	if h, ok := d.handler.(inside.DeferredHandler); ok {
		h.HandleDeferred()
	}
	d.Update()
	d.loop.current = caller
}

// A closing is a close that HandleClose has not been told of yet.
type closing struct {
	d      *Dispatcher
	reason error
}

// runCloses tells the dispatchers that were closed before it began, closes their descriptors, and
// returns how many.
func (l *Loop) runCloses() int {
	n := len(l.closings)
	for i := range n {
		e := l.closings[i]
		l.closings[i].d = nil // also if the handler ends the goroutine
		if e.d != nil {
			e.d.callClose(e.reason)
		}
	}
	l.closings = slices.Delete(l.closings, 0, n)
	return n
}

// release ends the dispatcher without closing its descriptor, and returns that. No handler is
// called.
func (d *Dispatcher) release() (fd int32) {
	d.flags |= closed
	d.remove()
	d.loop.slots.Remove(d.token)
	fd, d.fd = d.fd, -1
	return fd
}

// closeFD closes the descriptor.
func (d *Dispatcher) closeFD() {
	if d.fd >= 0 {
		d.loop.kernel.Close(int(d.fd))
		d.fd = -1
	}
	if d.flags&counted != 0 {
		d.loop.conns.Add(-1)
	}
}

func (d *Dispatcher) callClose(reason error) {
	defer d.closeFD()
	if w := d.loop.watchdog; w != nil {
		w.enter("HandleClose", d.handler)
		defer w.leave()
	}
	defer d.loop.logPanic("HandleClose", d.handler)
	if h, ok := d.handler.(CloseHandler); ok {
		h.HandleClose(reason)
	}
}
