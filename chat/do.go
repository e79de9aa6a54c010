package chat

import "context"

// Do runs work, which may block, on a goroutine, and then calls done, which may be nil, with the
// result on the channel's loop. Do behaves as [Channel.Go]: the input waits, answers stay in the
// order of the requests, graceful ends wait, and after a close Do returns [ErrClosed] and calls
// neither function.
//
// The context of work is the channel's. It is done when the channel is closed, whether by Close, by
// a limit, or because the peer is gone; [context.Cause] returns the reason, [ErrClosed] if there is
// none. A graceful end waits for work, and does not end the context. So a query that uses the
// context ends as soon as its answer is not needed any more.
//
// If the channel is closed before work has begun, neither work nor done is called. If the channel
// is closed while work runs, done is still called with the result of work, usually the error of the
// context. So done can release resources that work has opened; [Channel.Closed] reports this case.
// If work panics, or ends its goroutine, the channel is closed with a [*PanicError], and done is
// not called.
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
// is lost. With Threaded, and over a net.Conn, work runs on the calling goroutine, and AwaitFor
// always returns its result. The context is done when the channel is closed; over a net.Conn, an
// end by the peer is not noticed while work runs.
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
