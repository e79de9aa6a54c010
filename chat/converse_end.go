package chat

import (
	"errors"
	"fmt"
	"net"
)

func (t *convHandler) HandleClose(reason error) {
	v := (*Conversation)(t)
	err := reason
	if err == nil || errors.Is(err, ErrShutdown) {
		err = net.ErrClosed
	}
	v.end(err)
}

// end ends the function, or what it has to do with a channel that it has dialled.
func (v *Conversation) end(err error) {
	v.countTaken() // if f has panicked, it did not come to the end of its turn
	v.err = err
	if v.f == nil {
		v.breakOff(err)
		v.wake(v.waits)
		return
	}
	for _, other := range v.runner.others {
		other.c.close(nil)
	}
	switch {
	case v.connected:
		v.runner.abandon(err)
	case v.always:
		v.runner.fail(err)
		v.breakOff(err)
		v.runner.start(v.f)
	}
}

var errAnother = fmt.Errorf("chat: the channel has another handler: %w", net.ErrClosed)

// giveUp and abandoned are those of an asker: the channel is somebody else's.
func (v *Conversation) giveUp() (unread []byte) {
	unread = v.takeInput()
	if v.thread != nil {
		v.thread.beCareful()
	}
	v.gone = true
	v.noteOutput()
	if v.f == nil {
		v.runner.forget(v)
	}
	return unread
}

// handBack is that of an asker.
func (v *Conversation) handBack() (unread []byte) {
	v.lock()
	defer v.unlock()
	return v.takeRest()
}

// takeInput returns what was read and not consumed, and the beginning of an element, and forgets
// it.
func (v *Conversation) takeInput() (unread []byte) {
	v.lock()
	defer v.unlock()
	if v.partial {
		unread = append(unread, v.elem.data...)
	}
	v.partial = false
	v.elem.forget()
	return append(unread, v.takeRest()...)
}

// takeRest does the same without the element. The caller has the lock.
func (v *Conversation) takeRest() (unread []byte) {
	if v.thread != nil {
		return v.thread.takeBack(v)
	}
	unread = append(unread, v.buf...)
	v.buf = nil
	return unread
}

func (v *Conversation) abandoned() { v.end(errAnother) }

// finish ends the channel when f has returned.
func (v *Conversation) finish() {
	for _, other := range v.runner.others {
		other.c.close(nil)
	}
	v.runner.err = net.ErrClosed
	if v.gone {
		return
	}
	v.c.endContext(nil)
	v.c.stopSoon(v.runner.result)
	if err := v.runner.result; err != nil && v.c.life.phase < lingering {
		v.c.setCloseReason(err) // also of what is broken
	}
}

// over returns why the conversation is over, but not that it has had no connection from the start.
func (v *Conversation) over() error {
	if v.err == errNoConnection {
		return nil
	}
	return v.err
}
