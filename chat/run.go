package chat

import (
	"context"
	"errors"
	"net"

	"github.com/go-asynchat/asynchat/core"
)

// errNoConnection is returned by what needs a connection of the conversation that Run has made.
var errNoConnection = errors.New("chat: the conversation of Run has no connection: see Dial")

// errDone is the cause with which Run leaves its loop.
var errDone = errors.New("chat: the function has returned")

// Run runs f, a client in straight-line code, on a loop and returns the error of f. The
// conversation that f gets is without a peer. Its methods Dial and DialWith make other
// conversations, which end with it. Sleep, Await and Select work as usual. Operations on a
// connection fail.
//
// Run runs the loop meanwhile. If another goroutine runs the loop, Run waits, and runs the loop
// when that goroutine stops. When ctx is done, or the loop is stopped or closed, the current
// operation of f fails, with the cause or with net.ErrClosed, and Run returns when f does. A panic
// of f is returned as a [*PanicError]. Run must not be called on the goroutine of the loop.
//
// On a loop of package chattest the time passes by itself while f waits.
func Run(ctx context.Context, loop *core.Loop, f func(*Conversation) error) error {
	r := &root{f: f, ctx: ctx}
	running, over := context.WithCancelCause(context.Background())
	r.over = func() { over(errDone) }
	if err := loop.Post(func() { r.begin(loop) }); err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { loop.Post(func() { r.end(context.Cause(ctx)) }) })()
	turn := loop.Join
	if k, ok := loop.Kernel().(turner); ok {
		turn = k.Turn
	}
	err := turn(running)
	if running.Err() == nil { // the loop is stopped, or fails
		why := err
		if why == nil {
			why = net.ErrClosed
		}
		if loop.Post(func() { r.end(why) }) != nil {
			return why
		}
		if again := turn(running); running.Err() == nil {
			return errors.Join(err, again)
		}
	}
	return r.result
}

// A root is the function of a Run. Its channel has no descriptor.
type root struct {
	*convHandler
	f      func(*Conversation) error
	ctx    context.Context
	over   func()
	result error // of f, when that is over
}

// begin is called on the loop.
func (r *root) begin(loop *core.Loop) {
	c := &Channel{}
	c.attach(core.NewConn(loop, -1), dialDefaults)
	c.begin(func(c *Channel) Handler {
		v := newConversation(c)
		v.f, v.always, v.err = r.f, true, errNoConnection
		v.runner = &runner{conv: v}
		c.contextWithin(r.ctx)
		r.convHandler = (*convHandler)(v)
		return r
	})
}

// end ends the function, whatever it waits for.
func (r *root) end(reason error) { r.c.close(reason) }

// HandleClose is called when f has returned, or cannot any more.
func (r *root) HandleClose(reason error) {
	defer r.over()
	defer func() {
		var panicked *PanicError
		if v := recover(); v != nil {
			r.result, _ = v.(error) // of the coroutine, a *PanicError
			panic(v)
		} else if r.result = r.runner.result; r.result == nil && errors.As(reason, &panicked) {
			r.result = panicked
		}
	}()
	r.convHandler.HandleClose(reason)
}

func (v *Conversation) isRoot() bool {
	if v.c == nil {
		return false
	}
	_, ok := v.c.handler.(*root)
	return ok
}
