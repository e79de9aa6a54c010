package core

import "context"

// Run turns the loop until Stop is called, then it returns nil, or until ctx is done, then it returns the cause. An
// error of the poller itself ends it too. What is registered stays so, and the loop may be run again.
func (l *Loop) Run(ctx context.Context) error {
	return l.run(ctx, func() bool { return false })
}

// RunUntilEmpty is Run that also returns nil when nothing is registered any more, the rule of asyncore.loop (S26), and no posted
// function waits. Timers keep it from nothing.
func (l *Loop) RunUntilEmpty(ctx context.Context) error {
	return l.run(ctx, l.empty)
}

func (l *Loop) empty() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.slots.live == 0 && len(l.posted) == 0 && len(l.closing) == 0
}

func (l *Loop) run(ctx context.Context, done func() bool) error {
	defer context.AfterFunc(ctx, l.wake)()
	if l.watchdog != nil {
		defer l.watchdog.start()()
	}
	now := l.clock()
	for !l.stopped.Swap(false) && !done() {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		var err error
		if _, now, err = l.turn(-1, now); err != nil {
			return err
		}
	}
	return nil
}

// Stop makes Run return at the end of its turn; a Run that has not begun yet returns at once. Any goroutine may call it.
func (l *Loop) Stop() {
	l.stopped.Store(true)
	l.wake()
}
