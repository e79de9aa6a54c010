package chat

import (
	"fmt"
	"time"
)

// A CutError is returned by [Server.Shutdown] when its context was done before all channels had
// ended by themselves.
type CutError struct {
	Channels int   // how many channels Shutdown has closed itself
	Err      error // the cause of the context
}

func (e *CutError) Error() string {
	return fmt.Sprintf("chat: shutdown closed %d channels that had not ended: %v", e.Channels, e.Err)
}

func (e *CutError) Unwrap() error { return e.Err }

// shutdownLinger is how long a server that is being shut down lets peers that do not close hold it
// up.
const shutdownLinger = time.Second

// shutdownFirst is how long a server that is being shut down waits for the first element of those
// who have sent nothing yet.
const shutdownFirst = 500 * time.Millisecond

// shutdownNewcomer is the shutdown of a channel that has had its moment, and used it or not.
func (c *Channel) shutdownGrace() {
	c.clearLifeBits(firstGrace)
	c.pastFirst()
	c.shutdown()
	if c.life.phase != closed {
		c.updateClock()
	}
}

// shutdown asks the channel to end soon. One that has sent nothing at all gets a moment: it may
// have just come, and what it asks may be on its way; the request of a client that was let in
// should not fail. One that is idle lingers: its peer may not have read the last answer yet, and is
// perhaps sending the next request, which would reset a connection that is just closed. Under TLS
// it is told the end.
func (c *Channel) shutdown() {
	h, ok := as[ShutdownHandler](c.handler)
	switch {
	case c.life.phase == closed:
	case c.life.phase == proxied:
		c.close(ErrShutdown)
	case c.life.out == outBroken && c.input.holds != 0 && !c.holds(holdWork):
		c.close(c.closeReason()) // nobody is to wait for an answer that cannot be sent
	case c.progress.has(firstElement) && c.life.bits&firstGrace == 0 &&
		c.life.stop != stopNow && !c.partial():
		c.setLifeBits(firstGrace)
		// Or a peer that never ends its handshake would have no clock; its moment begins behind it.
		if !c.securing() {
			c.startClock(firstClock)
		}
	case c.life.phase == lingering:
		c.startClock(lingerClock)
	case c.life.stop == stopNow:
	case ok && c.life.delivers():
		h.HandleShutdown()
	case c.midRequest():
		c.life.stop = stopElement
		c.noteLife()
	default:
		c.stopSoon(ErrShutdown)
	}
}
