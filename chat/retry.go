package chat

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/go-asynchat/asynchat/core"
)

// The defaults of a [Backoff].
const (
	defaultBackoffFirst = 100 * time.Millisecond
	defaultBackoffMost  = 30 * time.Second
)

// A Backoff decides when [Dialer.Retry] tries again. All times are on the loop's clock. The zero
// value is good for most clients.
type Backoff struct {
	// First is the wait before the second attempt. After each further failure in a row the wait is
	// twice as long, up to Most. 0 means 100 ms for First and 30 s for Most.
	First, Most time.Duration
	// Held is how long a connection must last so that it does not count as a failure: the waits then
	// begin with First again. So a client does not hammer a server that accepts and disconnects it at
	// once. 0 means Most.
	Held time.Duration
	// Failures is the number of failures in a row after which Retry gives up; 0 means no limit.
	Failures int
	// Jitter returns the actual wait for a computed wait d. nil means a random wait from d/2 to d, so
	// that after a restart the clients of a server do not come all at once.
	Jitter func(d time.Duration) time.Duration
	// GaveUp, if it is not nil, is called once, on the loop, when Retry gives up: with the reason of
	// the last failure, or the cause of the context. It is not called after Stop, nor when the loop is
	// closed.
	GaveUp func(err error)
}

func (b Backoff) resolved() Backoff {
	orDefault(&b.First, defaultBackoffFirst)
	orDefault(&b.Most, max(b.First, defaultBackoffMost))
	orDefault(&b.Held, b.Most)
	if b.Jitter == nil {
		b.Jitter = func(d time.Duration) time.Duration { return d - rand.N(d/2+1) }
	}
	return b
}

// A Redial is a client that connects again whenever its connection ends. It is made by
// [Dialer.Retry], and used on the goroutine of its loop.
type Redial struct {
	dialer     Dialer
	settings   *settings
	ctx        context.Context
	cancel     context.CancelFunc
	loop       *core.Loop
	network    string
	addr       string
	newHandler NewHandler
	backoff    Backoff

	channel  *Channel      // nil: it waits, or is over
	began    time.Duration // its attempt
	wait     time.Duration // before the next one
	failures int           // in a row
	timer    *core.Timer   // of a wait
	forget   func() bool   // ends the watch of ctx during a wait
	over     bool
}

// Retry connects as Dial does, and again after each end of a connection or attempt. newHandler is
// called for each attempt, and its handler gets the same calls as with Dial, including HandleClose.
// If the first Dial returns an error at once, Retry returns this error, and makes no further
// attempt.
//
// When ctx is done, no attempt follows, and an attempt in progress ends with the cause; an existing
// connection stays. The same is true of [Redial.Stop]. When the loop is closed, attempts end.
func (d *Dialer) Retry(
	ctx context.Context, loop *core.Loop, network, addr string, b Backoff, newHandler NewHandler,
) (*Redial, error) {
	b = b.resolved()
	r := &Redial{dialer: *d, loop: loop, network: network, addr: addr, newHandler: newHandler,
		backoff: b, wait: b.First}
	s := *d.settings()
	s.ended = r.ended
	r.settings = &s
	r.ctx, r.cancel = context.WithCancel(ctx)
	if err := r.dial(); err != nil {
		r.cancel()
		return nil, err
	}
	return r, nil
}

// Channel returns the channel of the connection or of the attempt in progress; between two attempts
// it returns nil.
func (r *Redial) Channel() *Channel { return r.channel }

// Stop ends the attempts. An existing connection stays.
func (r *Redial) Stop() {
	if !r.over {
		r.backoff.GaveUp = nil
		r.giveUp(nil)
	}
}

func (r *Redial) dial() (err error) {
	r.began = r.loop.Clock()
	r.channel, err = r.dialer.dial(r.ctx, r.loop, r.network, r.addr, r.newHandler, r.settings)
	return err
}

// ended is called after HandleClose.
func (r *Redial) ended(c *Channel, reason error) {
	if c != r.channel {
		return
	}
	r.channel = nil
	held := ReasonOf(reason) != ReasonUnconnected && r.loop.Clock()-r.began >= r.backoff.Held
	r.next(held, reason)
}

// next waits for the next attempt, unless this was the last.
func (r *Redial) next(held bool, reason error) {
	if r.failures++; held {
		r.failures, r.wait = 0, r.backoff.First
	}
	switch {
	case r.ctx.Err() != nil:
		r.giveUp(context.Cause(r.ctx))
		return
	case r.backoff.Failures > 0 && r.failures >= r.backoff.Failures:
		r.giveUp(reason)
		return
	}
	r.timer = r.loop.After(r.backoff.Jitter(r.wait), r.again)
	r.wait = min(2*r.wait, r.backoff.Most)
	r.forget = context.AfterFunc(r.ctx, func() { r.loop.Post(r.cancelled) })
}

// again is called at the end of a wait.
func (r *Redial) again() {
	r.forget()
	if err := r.dial(); err != nil {
		r.channel = nil
		r.next(false, err)
	}
}

// cancelled is called when the context was done during a wait, which may just have ended.
func (r *Redial) cancelled() {
	if r.channel == nil && !r.over {
		r.giveUp(context.Cause(r.ctx))
	}
}

func (r *Redial) giveUp(err error) {
	r.over = true
	if r.timer != nil {
		r.timer.Stop()
		r.forget()
	}
	r.cancel()
	if f := r.backoff.GaveUp; f != nil {
		f(err)
	}
}
