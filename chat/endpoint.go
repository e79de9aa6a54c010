package chat

// endpoint is the channel as core sees it, and so where a byte comes in: the loop calls these
// methods, and everything else follows from them. It is a type of its own so that Channel has no
// methods of these names.
//
//	HandleRead      receive.go → deliver.go → the handler, which pushes (push.go)
//	HandleWrite     the system takes output again: settle.go → flush.go
//	HandleHangUp    the connection is broken, and nothing is wanted
//	HandleDeferred  what a method has set off is done: settle.go
//	HandleIdle      what has waited for an answer is sent: settle.go
//	HandleDeadline  a clock may be due: clock.go
//	HandleClose     end.go
type endpoint Channel

func (e *endpoint) HandleConnect() {
	c := (*Channel)(e)
	c.life.phase = opening
	c.setRates()
	c.settle()
	c.checkInvariants(atSettle)
}

// HandleRead makes one read and delivers what it brought. One read an event is what keeps a loop
// fair.
func (e *endpoint) HandleRead() {
	c := (*Channel)(e)
	if c.life.phase == proxied {
		c.ext.header.read(c)
		return
	}
	if c.life.phase == opening && !c.securing() {
		c.settle() // HandleConnect comes before what an adopted connection had already
	}
	if c.inputHas(postWait) && !c.life.drops() {
		return // that lasts no longer than the turn, if nothing posts again
	}
	c.event |= inRead
	if c.special&actsTLS != 0 && (!c.life.drops() || c.securing()) {
		c.ext.tls.receive()
	} else {
		c.receivePlain()
	}
	if c.life.in == inEnded && c.life.phase != closed {
		c.deliverUnconsumed()
	}
	settles := c.event&settleQueued != 0
	c.event &^= inRead | settleQueued
	if settles {
		c.settle()
		c.checkInvariants(atSettle)
	}
	if c.life.phase == closed || settles && c.life.phase >= open { // settle has done the rest
		return
	}
	if c.inputHas(rateWait) {
		c.updateWant()
	}
	c.updateClock()
	if !c.mayTransmit() || c.output.wait == waitKernel {
		c.accountOrRelieve() // else what was pushed is offered to the system first
	}
	c.checkInvariants(atRead)
}

func (e *endpoint) HandleWrite() {
	c := (*Channel)(e)
	if c.output.wait == waitKernel {
		c.outputWaits(waitNothing)
	}
	c.clearOutput(inputBefore) // which has had its chance
	c.settle()
	c.checkInvariants(atSettle)
}

// HandleHangUp is called when the connection is broken and nothing is wanted, since something holds
// the input. What lies before the break is delivered when that ends; if nothing does, there is
// nothing to wait for.
func (e *endpoint) HandleHangUp() {
	c := (*Channel)(e)
	if err := c.conn.Err(); err != nil {
		c.breakOutput(err)
	}
	if c.life.out != outBroken {
		return // both directions have ended, which is told when reading is resumed
	}
	if !c.readAll() && !c.inputWaits() {
		e.HandleRead()
	}
	if c.readAll() && !c.inputWaits() {
		c.close(c.closeReason())
	}
}

// inputWaits reports whether there is input that was read and will be delivered, or work that has
// not begun, to which it has led.
func (c *Channel) inputWaits() bool {
	if c.life.stop == stopNow {
		return c.workWaits()
	}
	if c.special&actsTLS != 0 && (len(c.ext.tls.held) > 0 || !c.ext.tls.dry) {
		return true
	}
	return len(c.unconsumed) > 0 || c.special&actsUnread != 0 ||
		c.inputHas(terminatorPending) || c.workWaits() ||
		c.special&actsAsker != 0 && c.ext.asker.hasInput()
}

func (e *endpoint) HandleDeferred() {
	c := (*Channel)(e)
	c.settle()
	c.checkInvariants(atSettle)
}

func (e *endpoint) HandleIdle() {
	c := (*Channel)(e)
	c.endGather()
	c.checkInvariants(atSettle)
}

func (e *endpoint) HandleDeadline() {
	c := (*Channel)(e)
	c.ring()
	c.checkInvariants(atRing)
}

// HandleError is called when a callback has panicked, which may have been in a delivery.
func (e *endpoint) HandleError(err error) {
	c := (*Channel)(e)
	outboxOf(c.Loop()).EmptyLeft()
	c.tellError(err)
}

func (e *endpoint) HandleClose(err error) { (*Channel)(e).closed(err) }
