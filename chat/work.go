package chat

import (
	"runtime/debug"

	"github.com/go-asynchat/asynchat/chat/internal/workers"
)

// DefaultMaxWorkers is the number of [Channel.Go] that run at a time. It is for work that waits for
// others; what computes gains nothing from more than there are processors.
const DefaultMaxWorkers = 64

// Go runs work, which may block, on a goroutine, and then done, which work returns and which may be
// nil, on the channel's loop. It returns at once. What is read from a disk, asked of a database or
// computed for long goes there: a handler that blocks stops all channels of its loop.
//
// Until done has returned, the channel's input waits: nothing is delivered and nothing read, and
// the input clocks stand still. A peer that breaks the connection is noticed all the same, once no
// input is left that came before. So answers stay in the order of the requests. A second Go before
// the first is done begins when that is. Work of other channels goes on meanwhile; how much at a
// time is bounded by [Server.MaxWorkers]. What is more waits, and the addresses that wait take
// turns, so that one with many connections does not hold up the others. Channels without a server
// share one bound of DefaultMaxWorkers.
//
// work must not touch the channel, nor what the handler uses on the loop, but for [Channel.Post].
// done may, as every callback: usually it pushes what work has found. If one of them panics, the
// channel is closed with a [*PanicError].
//
// No answer is lost by closing gracefully: CloseWhenDone, CloseWrite, the end of the peer and
// [Server.Shutdown] take effect when all work in flight is done, as if they came behind it. Until
// then only done may push, and call Go. Close and all that ends a channel at once do not wait: work
// that has not begun is dropped, together with its done; what has begun runs to its end, and done
// is called then, with the channel closed, so that it can release what work has opened. A shutdown
// waits for that too, until its deadline. If the loop itself has been closed before work ends,
// nobody is left to call done.
//
// Go returns [ErrClosed] after Close, and, except within done, after CloseWhenDone; then work does
// not run.
func (c *Channel) Go(work func() (done func())) error {
	if !c.life.mayWork(c.answering()) || c.outputHas(outFailed) {
		return ErrClosed
	}
	x := c.extension()
	if t, ok := x.tasks.(*tasks); ok {
		t.waiting = append(t.waiting, work)
		return nil
	}
	t := newTasks(c)
	x.tasks = t
	c.special |= actsTasks
	c.hold(holdWork)
	t.begin(work)
	return nil
}

// workWaits reports whether there is work that has not begun.
func (c *Channel) workWaits() bool {
	if c.special&actsTasks == 0 {
		return false
	}
	t, ok := c.ext.tasks.(*tasks)
	return ok && len(t.waiting) > 0
}

// ownWorkers are for the channels without a server.
var ownWorkers = workers.New(DefaultMaxWorkers)

// tasks is the work of one channel, from the first Go until nothing is left to do. One is in flight
// at a time: with the workers, or done and on its way back to the loop.
type tasks struct {
	c       *Channel
	workers *workers.Pool
	entry   workers.Entry // in the queue of workers
	waiting []func() (done func())

	// Of the one in flight. They belong to the worker until it has posted finish.
	work  func() (done func())
	done  func()
	fault *PanicError
}

func newTasks(c *Channel) *tasks {
	t := &tasks{c: c, workers: ownWorkers}
	if o := c.settings.owner; o != nil {
		t.workers = o.workers()
	}
	t.entry.Work, t.entry.Peer = t, networkOf(c.peer())
	return t
}

// begin is called on the loop.
func (t *tasks) begin(work func() (done func())) {
	t.work = work
	if o := t.c.settings.owner; o != nil {
		o.workBegun()
	}
	t.workers.Submit(&t.entry)
}

// ended is called once for each begin.
func (t *tasks) ended() {
	if o := t.c.settings.owner; o != nil {
		o.workEnded()
	}
}

// Start gives the work to a goroutine, or to what the kernel of a test has instead.
func (t *tasks) Start() { t.c.conn.Loop().Kernel().Background(t.run) }

// run is called by the kernel, on any goroutine.
func (t *tasks) run() {
	returned := false
	defer func() {
		if !returned {
			t.fault = &PanicError{Value: recover(), Stack: debug.Stack()}
			if t.fault.Value == nil {
				t.fault.Value = "runtime.Goexit was called"
			}
		}
		if t.c.conn.Post(t.finish) != nil {
			t.ended() // there is no loop any more
		}
		t.workers.Done()
	}()
	t.done = t.work()
	returned = true
}

// finish is called on the loop when work has returned.
func (t *tasks) finish() {
	defer t.ended()
	c, answer, fault := t.c, t.done, t.fault
	t.work, t.done = nil, nil
	c.extension().answering = true
	if fault != nil {
		panic(fault) // as one of a callback
	}
	if len(t.waiting) == 0 && c.life.phase != closed {
		c.ext.tasks = nil
		c.special &^= actsTasks
		c.setHold(holdWork, false) // for an end that answer calls for
	}
	if answer != nil {
		answer()
	}
	c.ext.answering = false
	c.heedPosts()
	switch {
	case c.life.phase == closed:
	case len(t.waiting) > 0:
		work := t.waiting[0]
		t.waiting = t.waiting[1:]
		t.begin(work)
	case !c.holds(holdWork):
		c.workDone()
	}
}

// drop is called when the channel is closed: what has not begun never does.
func (t *tasks) drop() {
	if t.workers.Cancel(&t.entry) {
		t.ended()
	}
}
