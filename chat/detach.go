package chat

import (
	"errors"
	"fmt"
	"net"
)

// Detach gives the connection away, to a goroutine or to net/http, and ends the channel: no
// callback follows but HandleClose with [ErrDetached], when the callback in progress has returned.
// Input that has not been delivered is returned as unread, which the new owner reads before conn;
// what Lines, Messages, Reads or a conversation have gathered of an element in progress is its
// beginning. Both belong to the caller, who closes conn. Its server does not count the connection
// any more, and a shutdown does not wait for it.
//
// conn is a *net.TCPConn or *net.UnixConn of its own, with the keep-alive of package net; or, if
// the channel speaks TLS, the *tls.Conn that it has had, which goes on where it is.
//
// What is queued is sent first. If the system does not take all of it, or a producer or a rate
// waits, that is an error, and Detach may be tried again, as in HandleDrained. It is an error too
// before HandleConnect of a channel that is dialled, and in OnAccept, OnRefuse and NewHandler; in
// CollectIncomingData but under None, behind which the rest of the element would be nobody's;
// while work of [Channel.Go] is in flight, a TLS handshake goes on, or from within a producer;
// and, as an errors.ErrUnsupported, for what is no connection of package net, as in a simulation,
// in package chattest and on Windows. After a close, CloseWhenDone, or whatever else ends the
// channel, it is [ErrClosed], after a failed write the error of that. No error has an effect.
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
