package chat

import (
	"os"
	"time"

	"github.com/go-asynchat/asynchat/terminator"
)

// The side of the loop.

// wasCalled is what a goroutine posts. The rest is for the safe point behind it.
func (t *thread) wasCalled(v *Conversation) {
	t.mu.Lock()
	t.called = false
	t.mu.Unlock()
	v.c.deferSettle()
	t.readOn(v)
}

// saidMore is that of an asker.
func (v *Conversation) saidMore() {
	if v.thread != nil {
		v.pushWords(v.thread.takeWords(v.c))
	}
}

// takeWords takes what was written. The caller has the lock, or takes it.
func (t *thread) takeWords(c *Channel) []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.wordsNow(c)
}

func (t *thread) wordsNow(c *Channel) (words []byte) {
	if len(t.out) > 0 {
		c.shared.And(^hasWords)
		words, t.out = t.out, nil
	}
	return words
}

// pushWords pushes what was taken. If that fails, the next write finds out.
func (v *Conversation) pushWords(words []byte) {
	if words == nil {
		return
	}
	if v.c.admitNow() == nil {
		v.c.queue.Push(words)
	}
	giveBuffer(words)
	v.noteOutput()
}

// noteOutput lets writes go the long way, or no longer.
func (v *Conversation) noteOutput() {
	if t := v.thread; t != nil {
		t.long.Store(v.gone || v.c.special&actsEnd != 0 || v.c.outputHas(outFailed) ||
			v.c.outputLen() > v.c.highWater())
	}
}

// A progressReport is what a goroutine has done with its input.
type progressReport struct {
	found int  // elements
	bytes int  // of the one that it is in
	mid   bool // it is in one
	term  terminator.Terminator
	asks  bool // it waits for input
	until time.Time
}

// settling is that of an asker.
func (v *Conversation) settling() {
	t := v.thread
	if t == nil {
		return
	}
	t.mu.Lock()
	words := t.wordsNow(v.c)
	found := t.found + t.taken.elements()
	r := progressReport{found: found - t.told, mid: v.partial || len(t.rest(v)) > 0,
		term: t.matcher.Terminator(), asks: t.asks && !t.waits, until: t.until}
	t.told = found
	if v.partial {
		r.bytes = len(v.elem.data)
	}
	t.mu.Unlock()
	v.pushWords(words)
	v.noteOutput()
	v.noteProgress(r)
	if r.asks && v.c.life.phase != closed {
		v.awaitFor(r.until)
	}
}

// noteProgress moves the clocks, and keeps the books of the channel.
func (v *Conversation) noteProgress(r progressReport) {
	t, c := v.thread, v.c
	c.matcher.Set(r.term)
	t.mid = r.mid
	if r.found > 0 {
		c.countElements(r.found)
		t.bytes = 0
		v.tookInput()
	}
	c.addToElement(r.bytes - t.bytes)
	t.bytes = r.bytes
}

// awaitFor lets input come for a goroutine that waits for it.
func (v *Conversation) awaitFor(until time.Time) {
	t, c := v.thread, v.c
	t.expect(c, false)
	t.waits, v.waits = true, forInput
	if v.ending && !v.begun() {
		c.stopSoon(ErrShutdown)
	}
	if !until.IsZero() {
		v.limitWait(until)
	}
	c.setHold(holdUnasked, false)
	c.clearInput(asksSoon)
	if len(c.unconsumed) > 0 || c.special&(actsTLS|actsUnread|actsEnd) != 0 {
		c.setInput(rescan) // something may be held
	}
}

// limitWait ends the wait at a deadline. Before that is believed, what can be read is.
func (v *Conversation) limitWait(until time.Time) {
	over := false
	stop := v.c.conn.Timeout(until.Sub(v.c.Loop().Now()), func() {
		v.lastLook(forInput, &over)
		if !over {
			v.answer(os.ErrDeadlineExceeded)
		}
	})
	v.thread.stopWait = func() {
		over = true
		stop()
	}
}

// limit bounds elements as the channel does.
func (t *thread) limit(c *Channel) { t.matcher.SetLimit(c.matcher.Limit(), c.matcher.Skips()) }

// answer lets the goroutine go on that waits for input: there is some, its end, or err.
func (v *Conversation) answer(err error) {
	t := v.thread
	t.stopWaiting(v)
	v.c.setInput(asksSoon)
	if v.c.input.phase == idle {
		v.want()
	} else if v.c.setHold(holdUnasked, true) { // who delivers does the rest
		v.c.updateWant()
	}
	t.fed = true
	v.watch()
	t.expect(v.c, true)
	t.mu.Lock()
	t.asks, t.failed, t.heeded = false, err, true
	t.mu.Unlock()
	t.wake <- struct{}{}
}

func (t *thread) stopWaiting(v *Conversation) {
	t.waits, v.waits = false, nothing
	if stop := t.stopWait; stop != nil {
		t.stopWait = nil
		stop()
	}
}

// watch has the loop look by itself, soon, what the goroutine has written.
func (v *Conversation) watch() {
	if t := v.thread; !t.watched {
		t.watched = true
		l := v.c.Loop()
		onLoopOf(l).lookouts.add(l, v)
	}
}

// expect says whether the goroutine is likely to come back before the loop would sleep.
func (t *thread) expect(c *Channel, yes bool) {
	if t.expected != yes {
		t.expected = yes
		if yes {
			c.Loop().Expect(1)
		} else {
			c.Loop().Expect(-1)
		}
	}
}

// look is that of a lookedAfter. A goroutine that was given nothing since the last look is not
// expected any longer. (With one that was just given something, the loop would sleep at once, on
// the processor that the goroutine needs.) One that waits keeps the memory of its input only while
// there is input for it time and again.
func (v *Conversation) look() (again bool) {
	t := v.thread
	if !t.fed {
		t.expect(v.c, false)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	switch ended := t.over != nil || v.gone; {
	case len(t.out) > 0 && !ended:
		again = true
		v.c.deferSettle()
	case t.fed && !ended:
		again = true
	default:
		t.heeded = false
		if t.asks && len(v.buf) == 0 {
			t.giveStore(v)
		}
		v.c.deferSettle() // it may hold less
	}
	t.fed, t.watched = false, again
	return again
}

// breakOff ends the conversation for its goroutine, also if that waits.
func (v *Conversation) breakOff(err error) {
	t := v.thread
	if t == nil {
		return
	}
	t.expect(v.c, false)
	if t.waits {
		t.stopWaiting(v)
	}
	t.mu.Lock()
	asks := t.asks
	t.over, t.failed, t.asks = err, err, false
	t.mustHeed()
	t.mu.Unlock()
	if asks {
		t.wake <- struct{}{}
	}
}

// beCareful lets reads go the long way.
func (t *thread) beCareful() {
	t.mu.Lock()
	t.mustHeed()
	t.mu.Unlock()
}

func (t *thread) mustHeed() {
	t.careful = true
	t.taken.Or(shut)
}

// midElement is that of an asker. Under None every byte is an element.
func (v *Conversation) midElement() bool {
	return v.thread != nil && v.thread.mid && !v.c.underNone()
}

func (v *Conversation) hasInput() bool {
	return v.thread != nil && len(v.input()) > 0
}

func (t *thread) held(v *Conversation) (n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.mid {
		n = parkedHeld
	}
	return n + cap(t.store) + cap(t.out)
}
