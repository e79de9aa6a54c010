package chat

import "context"

// A lasting is the context of a connection and its handler, from when somebody asks for it.
type lasting struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
}

// within makes the context if there is none yet.
func (l *lasting) within(parent context.Context) context.Context {
	if l.ctx == nil {
		l.ctx, l.cancel = context.WithCancelCause(parent)
	}
	return l.ctx
}

// end ends the context, if there is one. The first cause counts; nil is ErrClosed.
func (l *lasting) end(cause error) {
	if cause == nil {
		cause = ErrClosed
	}
	if l.cancel != nil {
		l.cancel(cause)
	}
}

// context returns a context that is done when the channel is closed, with the reason as cause, or
// when it gets another handler. It is asked for on the loop, while the channel is open.
func (c *Channel) context() context.Context { return c.contextWithin(context.Background()) }

// contextWithin is context for the first who asks: it is a part of another one.
func (c *Channel) contextWithin(parent context.Context) context.Context {
	x := c.extension()
	if x.lasting == nil {
		x.lasting = &lasting{}
	}
	return x.lasting.within(parent)
}

// endContext ends the context of the handler that is. One that is asked for afterwards is the next
// handler's.
func (c *Channel) endContext(cause error) {
	if c.ext != nil && c.ext.lasting != nil {
		c.ext.lasting.end(cause)
		c.ext.lasting = nil
	}
}

// endedContext returns a context that has come to its end.
func endedContext(cause error) context.Context {
	var l lasting
	l.within(context.Background())
	l.end(cause)
	return l.ctx
}
