package chat

import "github.com/go-asynchat/asynchat/core"

// updateWant tells the loop what the channel waits for now. It costs nothing where that has not
// changed.
func (c *Channel) updateWant() {
	var want core.Ready
	switch {
	case c.life.phase == connecting || c.life.phase == closed:
		return
	case c.readAll(), c.shakesElsewhere() && !c.ext.tls.listens():
	case c.life.drops() || !c.inputHas(rateWait) &&
		(c.securing() || c.input.holds == 0 && !c.inputHas(rescan)):
		want = core.Readable
	}
	if c.life.phase >= opening && c.life.phase < lingering && c.wantsWrite() {
		want |= core.Writable
	}
	if c.holds(holdWork) || c.inputHas(asksSoon) {
		c.conn.SetWantLazily(want) // who holds the input may be back before anything comes
		return
	}
	c.conn.SetWant(want)
}

func (c *Channel) wantsWrite() bool {
	return c.output.wait == waitKernel || c.outputHas(inputBefore) || c.mayTransmit()
}

// mayTransmit reports whether there is output that the system can be offered.
func (c *Channel) mayTransmit() bool { return c.output.wait != waitRate && c.hasOutput() }
