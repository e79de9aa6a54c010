package core

import (
	"context"
	"errors"
	"slices"
)

// Run runs the loop until Stop is called or ctx is done. After Stop it returns nil, otherwise the
// cause of ctx. An error of the poller itself ends Run too. Dispatchers stay registered, and the
// loop may be run again. The handlers are called on a goroutine that Run starts. Run returns
// [ErrClosed] after Close, and [ErrRunning] while another goroutine runs the loop.
func (l *Loop) Run(ctx context.Context) error {
	return l.run(ctx, func() bool { return false })
}

// RunUntilEmpty runs the loop as Run does. Like asyncore.loop, it also returns, with nil, when no
// dispatcher is registered any more and no posted function waits. Timers do not keep it running.
func (l *Loop) RunUntilEmpty(ctx context.Context) error {
	return l.run(ctx, l.empty)
}

func (l *Loop) empty() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.slots.Len() == 0 && len(l.posted) == 0 && len(l.closings) == 0
}

// run turns the loop on a goroutine of its own. A handler may end that, by runtime.Goexit, as
// t.FailNow does: then another one goes on.
func (l *Loop) run(ctx context.Context, done func() bool) error {
	r, err := l.claim()
	if err != nil {
		return err
	}
	defer l.disclaim()
	defer context.AfterFunc(ctx, l.wake)()
	for {
		ended := make(chan error, 1)
		go func() {
			defer close(ended)
			ended <- l.turns(ctx, done, r)
		}()
		if err, ok := <-ended; ok {
			return err
		}
		l.goOn()
	}
}

func (l *Loop) turns(ctx context.Context, done func() bool, r *running) error {
	if l.closing {
		return ErrClosed
	}
	if l.watchdog != nil {
		defer l.watchdog.start()()
	}
	now := l.clock()
	for {
		if l.stopped.Swap(false) {
			r.stopped = true
			return nil
		}
		if done() {
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		var err error
		if _, now, err = l.turn(-1, now); err != nil {
			return err
		}
	}
}

var errGoexit = errors.New("the handler ended its goroutine (runtime.Goexit)")

// goOn picks up what a turn has left that did not come to its end, and closes the dispatcher whose
// handler is to blame.
func (l *Loop) goOn() {
	l.Logger().Error("a handler ended the loop's goroutine; the loop goes on with another")
	if d := l.current; d != nil {
		l.current = nil
		d.CloseWith(&PanicError{Value: errGoexit})
	}
	for d := range l.slots.Each {
		if d.flags&deferred != 0 && !slices.Contains(l.deferred, d) {
			l.deferred = append(l.deferred, d)
		}
	}
	l.mu.Lock()
	l.posted = append(slices.DeleteFunc(l.batch, func(f func()) bool { return f == nil }), l.posted...)
	l.batch = nil
	l.mu.Unlock()
}

// Stop makes Run return at the end of its turn; a Run that has not begun yet returns at once. Any
// goroutine may call it.
func (l *Loop) Stop() {
	l.stopped.Store(true)
	l.wake()
}
