package chat

// Where the operations of a conversation begin and end.

// direct reports whether an operation may be done at once: on the loop, and before any end. It
// needs no enter and no leave then, which do nothing.
func (v *Conversation) direct() bool {
	return v.own == nil && v.runner.err == nil && v.err == nil
}

// enter begins an operation.
func (v *Conversation) enter() error {
	if v.plain != nil {
		return nil
	}
	if err := v.runner.enter(); err != nil {
		return err
	}
	return v.proceed(v.err) // of a channel that was dialled, and is closed
}

// enterAlone begins one that needs no connection.
func (v *Conversation) enterAlone() error {
	if err := v.runner.enter(); err != nil {
		return err
	}
	return v.proceed(v.over())
}

// proceed goes on with an operation unless there is a fault, at which it ends.
func (v *Conversation) proceed(fault error) error {
	if fault != nil {
		v.leave()
		return v.runner.refuse(fault)
	}
	return nil
}

func (v *Conversation) leave() {
	if v.plain == nil {
		v.runner.leave()
	}
}

// beginRead begins an operation that needs only what has been read, or more of it.
func (v *Conversation) beginRead() error {
	if v.thread != nil {
		return v.thread.begin(v)
	}
	return v.enter()
}

// endRead ends it.
func (v *Conversation) endRead() {
	if v.thread != nil {
		v.thread.unlock(v)
		return
	}
	v.leave()
}

// lock keeps the goroutine, or the loop, away from what both use.
func (v *Conversation) lock() {
	if v.thread != nil {
		v.thread.mu.Lock()
	}
}

func (v *Conversation) unlock() {
	if v.thread != nil {
		v.thread.mu.Unlock()
	}
}
