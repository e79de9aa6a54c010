package chat

import (
	"runtime/debug"

	"github.com/go-asynchat/asynchat/core"
)

// NewChannel makes a channel, with default limits, of a connection that has no handler yet: an
// adopted connection, or one that a core.Listener accepted. The channel owns conn. newHandler is
// called before NewChannel returns, HandleConnect afterwards.
func NewChannel(conn *core.Conn, newHandler NewHandler) *Channel {
	c := &Channel{}
	c.attach(conn, defaults)
	c.begin(newHandler)
	return c
}

// attach makes a channel of c that has no handler yet.
func (c *Channel) attach(conn *core.Conn, s *settings) error {
	c.conn, c.life.phase = conn, opening
	c.setUp(s)
	return conn.Attach((*endpoint)(c), core.Readable)
}

func (c *Channel) setUp(s *settings) {
	c.awaitFirst()
	c.ruledBy(s)
}

// begin makes the handler. What it is called with first comes when the callback in progress has
// returned.
func (c *Channel) begin(newHandler NewHandler) {
	if o := c.settings.owner; o != nil && o.tlsConfig() != nil {
		if err := c.StartTLSServer(o.tlsConfig()); err != nil { // before the handler can push anything
			c.close(err)
			return
		}
	}
	c.makeHandler(newHandler)
	c.deferSettle()
}

// makeHandler closes the channel if there is no handler. A panic is passed on, to whoever made the
// connection.
func (c *Channel) makeHandler(newHandler NewHandler) {
	c.handler = nil
	c.settings.begin()
	defer func() {
		if c.handler != nil {
			return
		}
		v := recover()
		if v == nil {
			c.close(nil)
			return
		}
		c.close(&PanicError{Value: v, Stack: debug.Stack()})
		panic(v)
	}()
	if c.setHandler(newHandler(c)); c.handler != nil {
		c.reportMisuse()
	}
}

// setHandler lets h be called from now on, and finds out what the fast ways have to know of it.
func (c *Channel) setHandler(h Handler) {
	c.handler = h
	c.traits &^= tellsDrained | borrows | rests
	if _, ok := as[DrainedHandler](c.handler); ok {
		c.traits |= tellsDrained
	}
	if _, ok := c.handler.(borrower); ok { // a wrapper has its own idea of how long data is valid
		c.traits |= borrows
	}
	if _, ok := inner(c.handler).(rester); ok {
		c.traits |= rests
	}
}
