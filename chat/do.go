package chat

import "context"

// Do runs work, which may block, on a goroutine, and then calls done, which may be nil, with the
// result on the channel's loop. Everything said of [Channel.Go] holds: the input waits, answers
// stay in the order of the requests, graceful ends wait, and Do returns [ErrClosed] where Go does;
// then neither is called.
//
// The context of work is the channel's. It is done when the channel is closed, whether by Close, by
// a limit, or because the peer is gone; [context.Cause] returns the reason, [ErrClosed] if there is
// none. A graceful end, which waits for work, does not end it. So a query or a request that is
// given the context ends as soon as nobody waits for its answer.
//
// If the channel is closed before work has begun, neither work nor done is called. If it is closed
// while work runs, done is called when work has returned, with what that is, usually the error of
// the context: so that done can release what work has opened. done sees by [Channel.Closed] that it
// is so. If work panics, or ends its goroutine, the channel is closed with a [*PanicError], and
// done is not called.
func Do[T any](
	c *Channel, work func(context.Context) (T, error), done func(T, error),
) error {
	ctx := c.context()
	return c.Go(func() func() {
		result, err := work(ctx)
		if done == nil {
			return nil
		}
		return func() { done(result, err) }
	})
}

// AwaitFor runs work as [Conversation.Await] does, and returns its result. The context is that of
// [Conversation.Context].
//
// If the conversation is over before work has ended, AwaitFor returns the error of the conversation
// at once, as every operation does. The context is done then; work runs to its end, and its result
// is lost. With Threaded, and over a net.Conn, work simply runs where it is called, and AwaitFor
// always returns what it does: the context says that the channel is closed, but over a net.Conn
// nobody looks whether the peer is gone.
func AwaitFor[T any](
	v *Conversation, work func(context.Context) (T, error),
) (result T, err error) {
	ctx := v.Context()
	var got T // work's alone, unless Await says that it has returned
	var failed error
	if err := v.Await(func() { got, failed = work(ctx) }); err != nil {
		return result, err
	}
	return got, failed
}
