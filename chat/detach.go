package chat

import (
	"errors"
	"fmt"
	"net"
)

// Detach gives the connection away, to a goroutine or to net/http, and ends the channel: no
// callback follows but HandleClose with [ErrDetached], when the callback in progress has returned.
// unread is the undelivered input, which the new owner must read before conn. It begins with the
// data that Lines, Messages, Reads or a conversation have gathered of an element in progress. The
// caller owns both, and closes conn. Its server does not count the connection any more, and a
// shutdown does not wait for it.
//
// Without TLS, conn is a new *net.TCPConn or *net.UnixConn, with the keep-alive of package net.
// Under TLS, conn is the *tls.Conn of the channel, which goes on in its current state.
//
// What is queued is sent first. If the system does not take all of the queue, or a producer or a
// rate waits, Detach returns an error, and may be called again, for example in HandleDrained. It
// also returns an error before HandleConnect of a dialled channel, in OnAccept, OnRefuse and
// NewHandler, in CollectIncomingData except under None, while work of [Channel.Go] is in flight,
// during a TLS handshake, and from within a producer. In a simulation, in package chattest and on
// Windows the error wraps errors.ErrUnsupported. After a close, CloseWhenDone, or another end of
// the channel, Detach returns [ErrClosed]. After a failed write, it returns the error of the write.
// A failed Detach has no effect.
func (c *Channel) Detach() (conn net.Conn, unread []byte, err error) {
	c.touch()
	if err = c.mayDetach(); err == nil {
		conn, err = c.conn.NetConn()
	}
	if err != nil {
		return nil, nil, fmt.Errorf("chat: Detach: %w", err)
	}
	c.takeBack()
	rest := c.unconsumed
	if asker, asked := c.dropAsker(); asker != nil {
		rest = append(asked, rest...)
	} else if c.input.phase != idle {
		rest = onLoopOf(c.Loop()).handing.rest()
	}
	unread = append(c.takeUnread(), rest...)
	if c.special&actsTLS != 0 {
		conn = c.ext.tls.giveTo(conn)
	}
	c.close(ErrDetached)
	return conn, unread, nil
}

func (c *Channel) mayDetach() error {
	if err := c.mayLeave(); err != nil {
		return err
	}
	switch {
	case c.life.phase < opening:
		return errors.New("the channel is not connected yet")
	case c.securing():
		return errors.New("a TLS handshake is in progress")
	case c.special&actsTasks != 0:
		return errors.New("work of Go is in flight")
	case c.outputHas(sending):
		return errors.New("called by a producer")
	case c.inputHas(terminatorPending), c.input.phase >= collecting && !c.underNone():
		return errors.New("an element has not ended: call it in FoundTerminator")
	}
	c.heedMail()
	for before := -1; !c.outputEmpty() && c.outputLen() != before; {
		before = c.outputLen()
		c.transmit()
	}
	switch {
	case c.life.out == outBroken:
		return c.closeReason()
	case !c.outputEmpty() || c.backlogged():
		return fmt.Errorf("%d bytes of output wait to be sent", c.Queued())
	}
	return nil
}
