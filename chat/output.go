package chat

// output is what the output of a channel waits for.
type output struct {
	wait outWait
	bits outBits
}

// outWait is why what is queued is not offered to the system.
type outWait uint8

const (
	waitNothing outWait = iota
	waitKernel          // it took less than it was offered
	waitRate            // our rate lets nothing be sent now
)

type outBits uint8

const (
	sending     outBits = 1 << iota // the queue is being drained
	undrained                       // pushed since HandleDrained
	outFailed                       // a producer has failed, which is the reason of the close
	inputBefore                     // input goes before the backlog, until there is room for output
)

func (c *Channel) outputHas(b outBits) bool { return c.output.bits&b != 0 }

func (c *Channel) setOutput(b outBits) {
	c.output.bits |= b
	c.noteOutput()
}

func (c *Channel) clearOutput(b outBits) {
	c.output.bits &^= b
	c.noteOutput()
}

func (c *Channel) outputWaits(w outWait) {
	c.output.wait = w
	c.noteOutput()
}

func (c *Channel) noteOutput() {
	c.special.set(actsOutput, c.output.wait != waitNothing || c.output.bits&^undrained != 0)
}

// mayPush returns ErrClosed if nothing may be pushed any more.
func (c *Channel) mayPush() error {
	if !c.life.mayPush(c.answering()) || c.outputHas(outFailed) {
		return ErrClosed
	}
	return nil
}

// notePush says that something was pushed.
func (c *Channel) notePush() { c.output.bits |= undrained }

// noteDrained says that the handler has been told, and reports whether it is to be.
func (c *Channel) noteDrained() bool {
	pushed := c.outputHas(undrained)
	c.output.bits &^= undrained
	return pushed
}

// canSend reports whether the system may be offered output.
func (c *Channel) canSend() bool {
	return c.output.wait == waitNothing && !c.outputHas(outFailed) && c.life.out != outBroken
}

// outputEmpty reports whether nothing waits to be sent.
func (c *Channel) outputEmpty() bool {
	return c.queue.Empty() && (c.special&actsTLS == 0 || c.ext.tls.wire.Empty())
}

// hasOutput reports whether there is something to offer to the system: not what waits for more of
// a producer, or for a handshake.
func (c *Channel) hasOutput() bool {
	if c.special&actsTLS != 0 {
		if s := c.ext.tls; !s.wire.Empty() && !s.wire.Waiting() {
			return true
		}
	}
	return !c.queue.Empty() && !c.queue.Waiting() && !c.securing()
}

// pressed reports whether output waits that delivery has to look at.
func (c *Channel) pressed() bool {
	return c.queue.Len() > flushAt || c.output.wait == waitKernel
}

// outputLen returns the number of bytes that wait to be sent: also what crypto/tls has made of some
// of them, and what it says by itself.
func (c *Channel) outputLen() int {
	if c.special&actsTLS != 0 {
		return c.queue.Len() + c.ext.tls.wire.Len()
	}
	return c.queue.Len()
}

// outputHigh reports whether input has to wait, because more output does than the high-water mark.
func (c *Channel) outputHigh() bool {
	return c.queue.High() || c.special&actsTLS != 0 && c.ext.tls.wire.High()
}

// aboveHighWater reports whether broadcasts have to wait.
func (c *Channel) aboveHighWater() bool {
	if c.settings.HighWater < 0 {
		return c.outputLen() > c.highWater()
	}
	return c.outputHigh()
}

// highWater is the high-water mark where nothing else limits output: without marks, the default.
func (c *Channel) highWater() int {
	if high := c.settings.HighWater; high > 0 {
		return high
	}
	return defaultHighWater
}

// answering reports whether what work has returned is being called.
func (c *Channel) answering() bool { return c.ext != nil && c.ext.answering }

func (c *Channel) backlogged() bool { return c.special&actsBacklog != 0 }
