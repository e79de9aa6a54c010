package chat

import (
	"net/netip"
	"runtime"
	"runtime/debug"

	"github.com/go-asynchat/asynchat/chat/internal/workers"
)

// defaultMaxWorkers is the number of [Channel.Go] that run at a time. It is for work that waits for
// others; what computes gains nothing from more than there are processors.
const defaultMaxWorkers = 64

// An errand is what a channel has a worker do, one thing at a time: work of Go, or a step of a TLS
// handshake.
type errand struct {
	c     *Channel
	job   job
	pool  *workers.Pool
	entry workers.Entry // in the queue of pool
	fault *PanicError   // the worker's, until it has posted finish
	// What is handed over and what is posted, made once.
	runs, finishes func()
}

// A job is what an errand is for.
type job interface {
	do()                    // on a worker
	back(fault *PanicError) // behind it, on the loop; fault is a panic of do
	lost()                  // instead of back, on the worker: there is no loop any more
}

// A dropper has work that may never begin.
type dropper interface{ drop() bool }

func (e *errand) setUp(c *Channel, j job, pool *workers.Pool) {
	e.c, e.job, e.pool = c, j, pool
	e.entry.Work = e
	if e.runs == nil {
		e.runs = e.run
		e.finishes = func() { e.c.conn.Call(e.finish) }
	}
}

// begin is called on the loop.
func (e *errand) begin() {
	if o := e.c.settings.owner; o != nil {
		o.workBegun()
	}
	e.c.conn.Loop().Expect(1)
	e.pool.Submit(&e.entry)
}

// ended is called once for each begin.
func ended(o owner) {
	if o != nil {
		o.workEnded()
	}
}

// Start gives the job to a goroutine, or to what the kernel of a test has instead.
func (e *errand) Start() { e.c.conn.Loop().Kernel().Background(e.runs) }

// Peer is who takes turns with others.
func (e *errand) Peer() netip.Addr { return networkOf(e.c.RemoteAddrPort()) }

// run is called by the kernel, on any goroutine.
func (e *errand) run() {
	returned, pool := false, e.pool
	defer func() {
		if !returned {
			e.fault = faultOf(recover())
		}
		if e.c.conn.Loop().Post(e.finishes) != nil { // else it is no longer ours
			ended(e.c.settings.owner)
			e.job.lost()
		}
		pool.Done()
	}()
	e.job.do()
	returned = true
}

// faultOf returns the panic with which a job has ended. That of a coroutine has its stack.
func faultOf(v any) *PanicError {
	if fault, ok := v.(*PanicError); ok {
		return fault
	}
	if v == nil {
		v = "runtime.Goexit was called"
	}
	return &PanicError{Value: v, Stack: debug.Stack()}
}

// finish is called on the loop when the job is done.
func (e *errand) finish() {
	defer ended(e.c.settings.owner) // back may give e to another channel
	e.c.conn.Loop().Expect(-1)
	fault := e.fault
	e.fault = nil
	e.job.back(fault)
}

// drop has a job that has not begun never begin, and reports whether that is so.
func (e *errand) drop() bool {
	if !e.pool.Cancel(&e.entry) {
		return false
	}
	e.c.conn.Loop().Expect(-1)
	ended(e.c.settings.owner)
	return true
}

// A crew is who works off the loops. Handshakes have workers of their own, so that neither they nor
// work of Go hold up the others. Those that only compute leave a processor to the loops, but are
// not fewer than these, which would have computed as much by themselves.
type crew struct {
	work      workers.Pool // of Go
	waiting   workers.Pool // of handshakes that may wait for somebody
	computing workers.Pool // of those that do not
}

// setMax bounds those that may wait, and those that compute for some loops.
func (w *crew) setMax(waiting, loops int) {
	w.work.SetMax(waiting)
	w.waiting.SetMax(waiting)
	w.computing.SetMax(max(loops, runtime.GOMAXPROCS(0)-1))
}

// ownCrew is that of the channels without a server.
var ownCrew = func() *crew {
	w := &crew{}
	w.setMax(defaultMaxWorkers, defaultMaxWorkers)
	return w
}()

func (c *Channel) crew() *crew {
	if o := c.settings.owner; o != nil {
		return o.crew()
	}
	return ownCrew
}
