package chat

// Go runs work, which may block, on a goroutine. work returns a function done, or nil, which then
// runs on the channel's loop. Go itself returns at once. Use it for disk reads, queries and long
// computing: a handler that blocks stops all channels of its loop.
//
// Until done has returned, the channel's input waits: nothing is delivered and nothing read, and
// the input clocks stand still. A reset is still noticed, once no earlier input is left. So answers
// stay in the order of the requests. A second Go waits until the first is done. Work of other
// channels goes on meanwhile; [Server.MaxWorkers] bounds how much runs at a time. Peer addresses
// take turns when waiting work is started, so that one address with many connections does not delay
// others. Channels without a server share one bound of 64.
//
// Pushes during work wait until the answer comes or the loop has nothing else to do. So the answers
// to pipelined requests leave in one write.
//
// work must not touch the channel, except by [Channel.Post], nor anything that the handler uses on
// the loop. done runs on the loop like every callback, and usually pushes the result. If work or
// done panics, the channel is closed with a [*PanicError].
//
// No answer is lost by closing gracefully: CloseWhenDone, CloseWrite, the end of the peer and
// [Server.Shutdown] take effect after all work in flight is done. Until then only done may push,
// and call Go. Close and other immediate ends do not wait. Work that has not begun is dropped,
// together with its done. Work that has begun runs to its end, and then done is called, with the
// channel closed, so that it can release resources. A shutdown waits for this too, until its
// deadline. If the loop itself is closed before work ends, done is never called.
//
// Go returns [ErrClosed] after Close, and after CloseWhenDone except within done. Then work does
// not run.
func (c *Channel) Go(work func() (done func())) error {
	c.touch()
	if !c.life.mayWork(c.answering()) || c.outputHas(outFailed) {
		return ErrClosed
	}
	x := c.extension()
	if t, ok := x.tasks.(*tasks); ok {
		t.waiting = append(t.waiting, work)
		return nil
	}
	t, ok := onLoopOf(c.Loop()).tasks.get().(*tasks)
	if !ok {
		t = &tasks{}
	}
	t.setUp(c, t, &c.crew().work)
	x.tasks = t
	c.special |= actsTasks
	c.hold(holdWork)
	t.next(work)
	return nil
}

// workWaits reports whether there is work that has not begun.
func (c *Channel) workWaits() bool {
	if c.special&actsTasks == 0 {
		return false
	}
	t, ok := c.ext.tasks.(*tasks)
	return ok && len(t.waiting) > 0
}

// tasks is the work of one channel, from the first Go until nothing is left to do. One is in flight
// at a time: with the workers, or done and on its way back to the loop.
type tasks struct {
	errand
	waiting []func() (done func())

	// Of the one in flight. They belong to the worker until it is back.
	work func() (done func())
	done func()
}

func (t *tasks) next(work func() (done func())) {
	t.work = work
	t.begin()
}

func (t *tasks) do() { t.done = t.work() }

// back is called on the loop when work has returned.
func (t *tasks) back(fault *PanicError) {
	c, answer := t.c, t.done
	t.work, t.done = nil, nil
	c.extension().answering = true
	if fault != nil {
		panic(fault) // as one of a callback
	}
	if len(t.waiting) == 0 && c.life.phase != closed {
		c.ext.tasks = nil
		c.special &^= actsTasks
		c.setHold(holdWork, false) // for an end that answer calls for
	}
	if answer != nil {
		answer()
	}
	c.ext.answering = false
	c.heedPosts()
	switch {
	case c.life.phase == closed:
	case len(t.waiting) > 0:
		work := t.waiting[0]
		t.waiting = t.waiting[1:]
		t.next(work)
		return
	case !c.holds(holdWork):
		c.workDone()
	}
	t.c, t.waiting = nil, nil
	onLoopOf(c.Loop()).tasks.put(t)
}

func (t *tasks) lost() {}
