package chat

import (
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// A thread is what a conversation on a goroutine of its own has in common with the loop. The
// goroutine frames what the loop has given to it, and writes into a buffer that the loop sends. It
// comes to the loop to ask for more, which is a post and a wait. For all that is neither a read nor
// a small write it borrows the loop: see runner.
//
//	what was read   under the lock, except whole elements: see consumed. The loop gives
//	                input only to a goroutine that asks, and takes it back for StartTLS, and for
//	                the next owner of the channel
//	what is written under the lock. The loop takes it before anybody else pushes to the channel,
//	                before an end, and at each safe point
//	clocks, limits  the loop's. It is told of elements when the goroutine asks; of one that does
//	                not, it holds the input: only while it asks, time is the peer's
type thread struct {
	mu sync.Mutex // for what follows, and for buf, elem, partial and torn of the conversation
	ownInput
	taken   consumed
	lost    bool   // the input was taken back
	told    int    // of the elements that were found
	store   []byte // what buf is in
	out     []byte // what is written, and not pushed yet
	asks    bool   // the goroutine waits for input
	until   time.Time
	failed  error // why it has waited in vain
	over    error // why there is no more conversation
	careful bool  // reads go the long way: there is something to heed, as over
	heeded  bool  // the loop looks by itself, soon
	called  bool  // it was posted to

	long atomic.Bool   // writes go the long way: the output is too long, has ended, or is broken
	wake chan struct{} // the loop has answered
	call func()        // what is posted

	// The loop's.
	waits    bool   // for input: v.waits, without the loop
	mid      bool   // in an element, when it last asked
	bytes    int    // of that
	watched  bool   // it is among those after whom the loop looks
	expected bool   // to come back at once: Loop.Expect
	fed      bool   // it was given input since the loop has looked
	stopWait func() // the timer of the wait
}

const (
	wroteEnough  = 4 << 10  // from here on the loop is called
	wroteTooMuch = 16 << 10 // and from here on awaited
)

// newThread lets v, which has a channel, read and write on a goroutine of its own.
func newThread(v *Conversation) {
	t := &thread{wake: make(chan struct{}, 1)}
	t.source = t
	t.call = func() { t.wasCalled(v) }
	t.matcher.Set(lineEnd)
	t.limit(v.c)
	v.thread, v.own = t, &t.ownInput
}

// begin locks what was read, for an operation. What was posted to the channel goes first, and what
// ends the conversation.
func (t *thread) begin(v *Conversation) error {
	t.lock(v)
	if t.calm(v) {
		return nil
	}
	t.mu.Unlock()
	if err := v.enter(); err != nil {
		return err
	}
	err := v.heedShutdown()
	v.leave()
	if err == nil {
		t.lock(v)
	}
	return err
}

// calm reports whether there is nothing to heed before the next element.
func (t *thread) calm(v *Conversation) bool { return !t.careful && !v.c.shared.hurries() }

// heedShutdown ends the input where the server is being shut down, between two elements.
func (v *Conversation) heedShutdown() error {
	if !v.ending || v.partial || len(v.input()) == 0 {
		return nil
	}
	v.c.stopSoon(ErrShutdown)
	return v.wait(forInput, v.read)
}

// fill is that of a source. It is called with the lock, which it gives up while it waits.
func (t *thread) fill(v *Conversation) error {
	switch {
	case t.over != nil:
		return v.runner.refuse(t.over)
	case v.read.Equal(expired):
		return os.ErrDeadlineExceeded
	}
	if len(v.buf) == 0 && !t.heeded { // else the loop sees to it, if nothing comes soon
		t.giveStore(v)
	}
	t.asks, t.until = true, v.read
	t.post(v)
	t.mu.Unlock()
	<-t.wake
	t.lock(v)
	if len(v.buf) == 0 {
		t.giveStore(v)
	}
	return t.failed
}

// write queues p for the loop, and reports whether it has: else it is to be pushed on the loop.
func write[T []byte | string](v *Conversation, p T) bool {
	t := v.thread
	if t == nil {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.over != nil || t.long.Load() || v.c.shared.hurriesOutput() ||
		len(t.out)+len(p) > wroteTooMuch {
		return false
	}
	if len(p) == 0 {
		return true
	}
	if len(t.out) == 0 {
		v.c.shared.Or(hasWords)
	}
	t.out = append(roomFor(t.out, len(p)), p...)
	if !t.heeded || len(t.out) >= wroteEnough {
		t.post(v)
	}
	return true
}

// post calls the loop, once until it comes.
func (t *thread) post(v *Conversation) {
	if !t.called {
		t.called = true
		v.c.Loop().Post(t.call) // a loop that is closed tells the end of each channel
	}
}
