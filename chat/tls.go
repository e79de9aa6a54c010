package chat

import (
	"context"
	"io"
)

// begin starts the handshake, at a safe point.
func (s *secure) begin() {
	c := s.c
	var in []byte
	if c.special&actsAsker != 0 {
		in = c.ext.asker.handBack()
	}
	in = append(append(in, c.takeUnread()...), c.unconsumed...)
	c.forgetInput()
	c.clearInput(rescan)
	c.startClock(handshakeClock)
	h := &handshake{taken: &s.taken, shake: s.conn.HandshakeContext, ctx: context.Background()}
	if s.burden != light {
		h.errand = &errand{}
		h.local, h.peer = c.LocalAddr(), c.RemoteAddr()
		h.ctx, h.cancel = context.WithCancel(h.ctx)
		pool := &c.crew().waiting
		if s.burden == computes {
			pool = &c.crew().computing
		}
		h.setUp(c, s, pool)
	}
	s.shake = h
	s.step(in)
}

// step lets the handshake go on with what has come.
func (s *secure) step(in []byte) {
	h := s.shake
	h.eof = s.eof
	switch {
	case s.c.life.phase == closed:
	case h.errand == nil:
		h.in = in
		h.do()
		s.stepped()
	case h.co != nil || s.client || h.eof || len(in) > 0: // a server has nothing to say before
		h.give(in)
		s.c.updateWant() // or the loop would turn for what comes next, and nobody takes now
	}
}

// do is a step on a worker.
func (s *secure) do() { s.shake.do() }

// back goes on behind it, on the loop.
func (s *secure) back(fault *PanicError) {
	c, h := s.c, s.shake
	h.away = false
	switch {
	case h.abandoned:
		h.abandon()
		return
	case c.life.phase == closed:
		return
	case fault != nil:
		panic(fault) // as one of a callback of the handler
	}
	s.say(h.out)
	h.out = nil
	c.deferSettle()
	s.stepped()
	if s.shake != nil && c.life.phase != closed && len(s.held) > 0 { // it has come meanwhile
		in := s.held
		s.held = nil
		s.step(in)
	}
}

func (s *secure) lost() { s.shake.lost() }

// listen reads while a worker has the handshake.
func (s *secure) listen() {
	c := s.c
	if !s.listens() {
		return
	}
	n, err := c.recv(c.conn.Loop().ReadBuffer()[:maxHello])
	c.countRead(n)
	s.held = append(s.held, c.conn.Loop().ReadBuffer()[:n]...)
	switch {
	case err == io.EOF:
		c.close(&HandshakeError{Err: errBareEnd})
	case err != nil:
		c.close(c.whyBroken(err))
	default:
		c.updateWant()
	}
}

// stepped goes on behind a step.
func (s *secure) stepped() {
	c, h := s.c, s.shake
	if len(h.in) > 0 {
		s.held = append(append([]byte(nil), h.in...), s.held...)
	}
	h.in = nil
	if !h.ended {
		return
	}
	s.shake = nil
	c.transmitWire() // an alert, if it failed
	if h.err != nil {
		c.close(&HandshakeError{Err: h.err})
		return
	}
	s.established()
}

// discard drops what is to go to the peer, when the channel is closed.
func (s *secure) discard() {
	s.wire.Discard()
	if s.shake != nil {
		s.shake.discard()
	}
}

// abandon ends a handshake in progress when the channel has been closed.
func (s *secure) abandon() {
	if s.shake != nil {
		s.shake.abandon()
	}
}

// established starts afresh: nothing of what was said in plain text counts any more.
func (s *secure) established() {
	c := s.c
	s.state = s.conn.ConnectionState()
	s.securing = false
	s.taken.settle()
	c.clearInput(terminatorPending | skippedEnd | dropped)
	c.awaitFirst()
	c.matcher.Set(c.Terminator())
	c.takeTerminator()
	c.startClock(noClock)
	if h, ok := inner(c.handler).(gatherer); ok {
		h.forget()
	}
	if c.special&actsAsker != 0 {
		c.ext.asker.secured()
	}
	if s.opens {
		c.opened()
	}
	if c.holds(holdUse) {
		c.ext.next.begin(c)
	}
	if h, ok := as[SecuredHandler](c.handler); ok && c.life.delivers() {
		h.HandleSecured(s.state)
		c.heedPosts()
	}
	c.scheduleRescan() // of what came behind the handshake
}
