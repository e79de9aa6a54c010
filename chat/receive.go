package chat

import (
	"io"

	"github.com/go-asynchat/asynchat/terminator"
)

// smallHeld is how much of the input may be held and still be copied in front of the next read. More is appended to
// instead, or a long terminator that arrives byte by byte would cost its length each time.
const smallHeld = 512

// HandleRead makes one read and delivers what it brought. One read an event is what keeps a loop fair.
func (e *endpoint) HandleRead() {
	c := (*Channel)(e)
	if c.state == proxied {
		c.readHeader()
		return
	}
	if c.state == opening && !c.has(securing) {
		c.settle() // HandleConnect comes before what an adopted connection had already
	}
	c.flags |= receiving
	if s := c.tls(); s != nil && (c.state < draining || c.has(securing)) {
		s.receive()
	} else {
		c.receivePlain()
	}
	if c.has(eof) && !c.has(eofTold) && c.state != closed {
		c.lookAtHeld()
	}
	settles := c.has(due)
	c.flags &^= receiving | due
	if settles {
		c.settle()
	}
	if c.state == closed || settles && c.state >= open { // settle has done the rest
		return
	}
	if c.has(slowRead) {
		c.updateWant()
	}
	c.updateClock()
	if !c.mayTransmit() || c.has(blocked) {
		c.account() // else what was pushed is offered to the system first
	}
}

func (c *Channel) receivePlain() {
	buf := c.conn.Loop().ReadBuffer()
	if c.state >= draining {
		c.drop(buf)
		return
	}
	front := c.heldFront(buf)
	if c.element < shortRead || !c.out.Empty() { // what is read of a peer that does not take its replies has to be held
		buf = buf[:front+shortRead]
	}
	var (
		n   int
		err error
	)
	if m := c.readMeter(); m == nil {
		n, err = c.conn.Recv(buf[front:])
	} else {
		n, err = c.recvSlowly(m, buf[front:])
	}
	c.countRead(n)
	c.passed(Received, buf[front:front+n])
	switch {
	case err == io.EOF:
		c.flags |= eof
		c.passedEnd(Received)
		c.matcher.EOF()
		c.updateWant()
	case err != nil:
		c.close(err)
	case n > 0:
		c.flags |= came
		c.take(buf[:front+n], front)
	}
}

// heldFront copies what is held to the beginning of buf, if it is little, and returns how much that was.
func (c *Channel) heldFront(buf []byte) int {
	if len(c.held) > smallHeld {
		return 0
	}
	return copy(buf, c.held)
}

// take delivers input that was read behind front bytes of what was held.
func (c *Channel) take(buf []byte, front int) {
	if front == len(c.held) {
		c.held = c.held[:0]
		c.deliver(buf, false)
		return
	}
	held := append(c.held, buf...)
	c.held = nil
	c.deliver(held, true)
}

// drop reads what comes in after CloseWhenDone, so that it cannot reset the connection and take our last bytes
// with it.
func (c *Channel) drop(buf []byte) {
	n, err := c.conn.Recv(buf)
	c.countRead(n)
	c.passed(Received, buf[:n])
	if err == io.EOF {
		c.passedEnd(Received)
	}
	switch {
	case err == nil:
	case c.state == lingering:
		c.close(c.reason) // whether the peer closed or reset: everything was sent
	case err == io.EOF:
		c.flags |= eof
		c.updateWant()
	default:
		c.close(err)
	}
}

func (c *Channel) lookAgain() {
	if c.state != closed {
		c.flags |= look
		c.settleSoon()
	}
}

// lookAtHeld delivers what is held as far as that is possible, and tells the end of the input once all is delivered.
func (c *Channel) lookAtHeld() {
	c.flags &^= look
	c.deliverHeld()
	if s := c.tls(); s != nil && !c.has(securing) {
		before := c.flags & eof
		s.decrypt()
		if c.flags&eof != before {
			c.deliverHeld() // no longer as the beginning of a delimiter
		}
	}
	if c.has(eof) && !c.has(eofTold|look) && c.mayDeliver() {
		c.peerEnded()
	}
}

func (c *Channel) deliverHeld() {
	held := c.held
	c.held = nil
	c.deliver(held, true)
}

// partial reports whether an element has begun and not ended.
func (c *Channel) partial() bool {
	return c.matcher.Partial() || c.has(unfinished) || len(c.held) > 0 || c.extra != nil && len(c.extra.unread) > 0
}

func (c *Channel) mayDeliver() bool { return c.isOpen() && !c.has(waits|discarded) }

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
		var whole []byte // an element that m need not gather
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
			if !complete || !m.takesWhole(c, data) {
				c.collect(data, complete)
				continue
			}
			whole = data
		}
		c.foundTerminator(m, whole)
		if left--; left == 0 {
			c.giveWay()
			break
		}
		if c.out.Len() > flushAt || c.has(blocked) {
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
	if c.out.Len() > flushAt || c.has(blocked) {
		c.relieve()
	}
}

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

// foundTerminator tells the handler that an element has ended: m, which was not given any of it, gets it whole.
func (c *Channel) foundTerminator(m *messages, whole []byte) {
	c.flags &^= found | first | unfinished
	c.countElement()
	if x := c.extra; x != nil {
		if x.next != nil {
			c.matcher.Set(*x.next)
			x.next = nil
		}
		c.countDown(x)
	}
	if whole != nil {
		m.f(c, whole)
	} else {
		c.handler.FoundTerminator()
	}
	if !c.has(newcomer | unfinished | lastElement) {
		c.elementEnded()
		return
	}
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
