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

// A Backoff says when [Dialer.Retry] tries again. All times are on the loop's clock. The zero value
// is good for most clients.
type Backoff struct {
	// First is the wait before the second attempt. Each further one in a row is twice as long, up to
	// Most. 0 means 100 ms and 30 s.
	First, Most time.Duration
	// Held is how long after its attempt a connection has to end to be no failure: the waits begin
	// anew with First then. A server that lets clients in and throws them out again is not to be
	// beleaguered. 0 means Most.
	Held time.Duration
	// Failures is how many failures in a row are the last; 0 is no limit.
	Failures int
	// Jitter returns the wait that is made of d. nil takes a random one from d/2 to d, so that the
	// clients of a server which was restarted do not come all at once.
	Jitter func(d time.Duration) time.Duration
	// GaveUp, if it is not nil, is called once, on the loop, when no attempt follows: with the reason
	// of the last failure, or the cause of the context. It is not called after Stop, nor when the loop
	// is closed.
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

// Retry connects as Dial does, and again after each connection or attempt that has ended, for
// whatever reason. newHandler is called for each attempt, and its handler gets what that of Dial
// gets: HandleClose after each. Retry returns the error that the first Dial has returned at once,
// and makes no further attempt then.
//
// When ctx is done, no attempt follows, and one in progress ends with the cause; a connection that
// has been made stays. The same is true of [Redial.Stop]. Attempts end with the loop.
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

// Channel returns the channel of the connection, or of the attempt in progress; nil between two.
func (r *Redial) Channel() *Channel { return r.channel }

// Stop ends the attempts. A connection that has been made stays.
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
