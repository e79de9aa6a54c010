package chat

import (
	"os"
	"time"
)

// wait parks the runner until what it waits for has come. It fails when the channel is closed
// meanwhile, and at the deadline, if there is one.
func (v *Conversation) wait(what waiting, deadline time.Time) error {
	if !deadline.IsZero() {
		// A function of its own, since what its timer looks at is on the heap.
		return v.waitUntil(what, deadline)
	}
	return v.park(what)
}

func (v *Conversation) waitUntil(what waiting, deadline time.Time) error {
	if deadline.Equal(expired) {
		return os.ErrDeadlineExceeded
	}
	late, over := false, false
	stop := v.c.conn.Timeout(deadline.Sub(v.c.Loop().Now()), func() {
		v.lastLook(what, &over)
		if !over {
			late = true
			v.wake(what)
		}
	})
	err := v.park(what)
	over = true
	stop()
	if err == nil && late {
		err = os.ErrDeadlineExceeded
	}
	return err
}

// lastLook reads or sends what can be, before a deadline is believed: the wait may be over then.
func (v *Conversation) lastLook(what waiting, over *bool) {
	switch what {
	case forInput:
		v.c.hear(func() bool { return !*over })
	case forRoom, forFlush:
		if v.c.life.phase != closed {
			(*endpoint)(v.c).HandleWrite()
		}
	}
}

// park waits, and returns why there is nothing more to wait for.
func (v *Conversation) park(what waiting) error {
	v.waits = what
	v.runner.park()
	v.waits = nothing
	if err := v.runner.err; err != nil {
		return err
	}
	return v.over()
}

// parkWhole waits for input, for a read that looks by itself at what has come of it. What is wrong
// then, the long way of the read finds.
func (v *Conversation) parkWhole() {
	v.elem.reset()
	v.torn, v.waits = false, forInput
	v.runner.co.Park()
	v.waits = nothing
}

// Sleep waits for d, while the loop goes on. It returns early, with an error, when the channel is
// closed.
func (v *Conversation) Sleep(d time.Duration) error {
	if v.plain != nil {
		return v.plain.sleep(d)
	}
	if err := v.enterAlone(); err != nil {
		return err
	}
	defer v.leave()
	timer := v.c.conn.After(d, func() { v.wake(forTime) })
	err := v.wait(forTime, time.Time{})
	timer.Stop()
	return err
}

// SetDeadline sets the time, on the loop's clock, after which reads and writes fail with
// os.ErrDeadlineExceeded instead of waiting. The zero value means no deadline. The timeouts of the
// channel apply in addition.
func (v *Conversation) SetDeadline(t time.Time) error {
	v.SetReadDeadline(t)
	return v.SetWriteDeadline(t)
}

// SetTimeout sets both deadlines to the time d from now, on the same clock. It works with Converse,
// Threaded and Talk, and in a test. If d is not positive, there is no deadline.
func (v *Conversation) SetTimeout(d time.Duration) {
	if d <= 0 {
		v.SetDeadline(time.Time{})
		return
	}
	v.SetDeadline(v.Now().Add(d))
}

// expired is every deadline that had passed when it was set. Like in package net, operations fail
// at once then, while a later deadline is looked at once more when it comes.
var expired = time.Unix(1, 0)

func (v *Conversation) asDeadline(t time.Time) time.Time {
	if !t.IsZero() && !t.After(v.c.Loop().Now()) {
		return expired
	}
	return t
}

// SetReadDeadline sets the deadline of reads.
func (v *Conversation) SetReadDeadline(t time.Time) error {
	if v.plain != nil {
		return v.plain.conn.SetReadDeadline(t)
	}
	v.read = v.asDeadline(t)
	return nil
}

// SetWriteDeadline sets the deadline of writes.
func (v *Conversation) SetWriteDeadline(t time.Time) error {
	if v.plain != nil {
		return v.plain.conn.SetWriteDeadline(t)
	}
	v.write = v.asDeadline(t)
	return nil
}
