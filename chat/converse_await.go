package chat

import "time"

// awaiting is the work of Await, of which there is one at a time.
type awaiting struct {
	work func()
	done bool                 // it has returned, and Await has not
	runs func() (back func()) // what Go is given, made once
}

// Await runs work, which may block, on another goroutine, while the loop goes on, and returns when
// work has ended. If the channel is closed meanwhile, Await returns the error at once, and work
// runs to its end. A panic of work closes the channel. With Threaded, and over a net.Conn, work
// runs on the calling goroutine.
func (v *Conversation) Await(work func()) error {
	if v.own != nil {
		work()
		return nil
	}
	if err := v.enterAlone(); err != nil {
		return err
	}
	defer v.leave()
	if v.awaits == nil {
		v.startAwaiting()
	}
	a := v.awaits
	a.work, a.done = work, false
	err := v.c.Go(a.runs)
	for err == nil && !a.done {
		err = v.wait(forTime, time.Time{})
	}
	if err == nil { // else the work may still run
		a.work, a.done = nil, false
	}
	return err
}

func (v *Conversation) startAwaiting() {
	a := &awaiting{}
	back := v.awaited
	a.runs = func() func() {
		a.work()
		return back
	}
	v.awaits = a
}

// awaited lets the function go on behind its work, with the input that is there: it need not come
// again to ask for that.
func (v *Conversation) awaited() {
	c, a := v.c, v.awaits
	a.done = true
	if len(c.unconsumed) > 0 && !c.outputHigh() && !c.yielded() && !c.heedPosts() {
		c.setHold(holdUnasked, false)
		c.redeliver()
	}
	if a.done {
		v.wake(forTime)
	}
}

// goesOn reports whether the function is to be resumed behind its work.
func (v *Conversation) goesOn() bool { return v.awaits != nil && v.awaits.done }
