package chat

import "github.com/go-asynchat/asynchat/terminator"

// deliver is the one input loop. It hands buf to the handler step by step, looking before each step whether it still may,
// and keeps what is left. own says that buf is ours to keep; otherwise it is the loop's buffer.
func (c *Channel) deliver(buf []byte, own bool) {
	c.flags = c.flags&^discarded | delivering
	if v := c.conversation(); v != nil {
		c.deliverTo(v, buf, own)
		return
	}
	m, _ := c.handler.(*messages)
	for left := c.settings.ElementsPerTurn; c.mayDeliver(); {
		if m != nil {
			if buf, left = m.take(c, buf, left); !c.mayDeliver() {
				break
			}
		}
		if !c.has(found) {
			if x := c.extra; x != nil && len(x.unread) > 0 {
				buf, own = append(x.unread, buf...), true
				x.unread = nil
			}
			collect, skip, complete := c.matcher.Next(buf)
			if collect == 0 && skip == 0 && !complete {
				if err := c.matcher.Err(); err != nil && c.fault(err) {
					continue
				}
				break
			}
			data := c.matcher.Data()
			if data == nil {
				data = buf[:collect:collect] // or a handler that appends to it writes over the input behind
			}
			buf = buf[collect+skip:]
			c.element += int64(collect + skip)
			c.collect(data, complete)
			continue
		}
		c.foundTerminator()
		if left--; left == 0 {
			c.giveWay()
			break
		}
		if c.pressed() {
			c.relieve()
		}
	}
	c.flags &^= delivering
	c.keep(buf, own)
}

// collect hands over a part of an element, or what an element has before its end.
func (c *Channel) collect(data []byte, complete bool) {
	if complete {
		c.flags |= found
	}
	if len(data) > 0 {
		c.flags |= collecting
		c.handler.CollectIncomingData(data)
		c.flags &^= collecting
	}
	if c.matcher.TooLong() {
		c.tellTooLong()
	}
	if c.pressed() {
		c.relieve()
	}
}

// pressed reports whether output waits that delivery has to look at.
func (c *Channel) pressed() bool { return c.out.Len() > flushAt || c.has(blocked) }

// relieve sends when much is queued, and stops the delivery if that does not help.
func (c *Channel) relieve() {
	if c.out.Len() > flushAt {
		c.transmit()
	}
	c.throttle()
}

// deliverTo offers buf to a conversation.
func (c *Channel) deliverTo(v *Conversation, buf []byte, own bool) {
	if c.mayDeliver() {
		if x := c.extra; len(x.unread) > 0 {
			buf, own = append(x.unread, buf...), true
			x.unread = nil
		}
		buf = v.offer(buf)
	}
	c.flags &^= delivering
	c.keep(buf, own)
}

// giveWay leaves what is still to be delivered for the next turn: others first.
func (c *Channel) giveWay() {
	c.flags |= look
	c.more().turn = c.conn.Loop().Turn()
	c.updateWant()
	c.conn.NextTurn()
}

func (c *Channel) gaveWay() bool { return c.extra != nil && c.extra.turn == c.conn.Loop().Turn() }

// foundTerminator tells the handler that an element has ended.
func (c *Channel) foundTerminator() {
	c.flags &^= found | first | unfinished
	c.countElement()
	if x := c.extra; x != nil {
		if x.next != nil {
			c.matcher.Set(*x.next)
			x.next = nil
		}
		c.countDown(x)
	}
	c.handler.FoundTerminator()
	if c.has(newcomer) {
		c.shutdownNewcomer()
	}
	if c.has(unfinished) {
		return
	}
	c.elementEnded()
	if c.has(lastElement) {
		c.drain(ErrShutdown)
	}
}

func (c *Channel) elementEnded() {
	c.flags = c.flags&^first | ended
	c.element = 0
}

// conversation returns who asks for the input, nil if it is handed to the handler.
func (c *Channel) conversation() *Conversation {
	if c.extra == nil {
		return nil
	}
	return c.extra.conv
}

// keep holds what the input loop has left. The usual rest, a few bytes of a terminator, stays in the memory of
// the one before.
func (c *Channel) keep(rest []byte, own bool) {
	switch {
	case c.has(discarded) || c.state == closed:
		c.flags &^= discarded
		c.held = nil
	case len(rest) == 0:
		if cap(c.held) > smallHeld {
			c.held = nil
		}
		c.held = c.held[:0]
	case own && len(rest) > smallHeld:
		c.held = rest
	default:
		c.held = append(c.held, rest...)
	}
	if limit := c.settings.MaxBuffered; limit > 0 && len(c.held) > limit {
		c.close(ErrBuffered)
	}
}

// fault deals with a stop of the matcher and reports whether the handler has got it going again.
func (c *Channel) fault(err error) (goOn bool) {
	if err == terminator.ErrTooLong {
		c.tellTooLong()
	}
	if c.matcher.Err() == nil {
		return true
	}
	c.drain(err)
	return false
}

func (c *Channel) tellTooLong() {
	if h, ok := as[TooLongHandler](c.handler); ok && c.mayDeliver() {
		h.HandleTooLong()
	}
}
