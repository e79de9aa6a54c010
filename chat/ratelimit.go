package chat

import (
	"os"
	"time"

	"github.com/go-asynchat/asynchat/chat/internal/rate"
	"github.com/go-asynchat/asynchat/fifo"
)

// setRates makes the limiters that the settings ask for. A bucket is full at first, but not for
// being asked for again.
func (c *Channel) setRates() {
	s := c.settings
	var read, write *rate.Waiters
	if s.perLoop != nil {
		read, write = s.perLoop.read, s.perLoop.write
	}
	var old rateLimit
	if c.special&actsRate != 0 {
		old = *c.ext.rate
	} else if read == nil && write == nil && s.ReadRate.PerSecond <= 0 && s.WriteRate.PerSecond <= 0 {
		return
	}
	now, arm := c.now(), c.arm
	p := &rateLimit{
		read:  rate.NewLimiter(old.read, rate.Rate(s.ReadRate), read, now, arm),
		write: rate.NewLimiter(old.write, rate.Rate(s.WriteRate), write, now, arm),
	}
	if p.read == old.read && p.write == old.write {
		return
	}
	c.dropRates()
	c.extension().rate = p
	c.special |= actsRate
	c.deferSettle()
}

// dropRates ends all waiting for a rate.
func (c *Channel) dropRates() {
	if c.special&actsRate == 0 {
		return
	}
	c.endReadWait()
	c.endWriteWait()
	c.writeLimit().Leave()
	c.ext.rate = nil
	c.special &^= actsRate
}

func (c *Channel) endWriteWait() {
	if c.output.wait == waitRate {
		c.outputWaits(waitNothing)
	}
}

// readLimit returns the limiter of the input, nil if there is none.
func (c *Channel) readLimit() *rate.Limiter {
	if c.special&actsRate == 0 {
		return nil
	}
	return c.ext.rate.read
}

func (c *Channel) writeLimit() *rate.Limiter {
	if c.special&actsRate == 0 {
		return nil
	}
	return c.ext.rate.write
}

// recv is Recv as far as the rate allows. It returns 0 and no error if it does not now.
func (c *Channel) recv(p []byte) (int, error) {
	if m := c.readLimit(); m != nil {
		return c.recvLimited(m, p)
	}
	return c.conn.Recv(p)
}

func (c *Channel) recvLimited(m *rate.Limiter, p []byte) (int, error) {
	room := m.Take(c.now(), len(p), rate.MaxQuantum)
	if room == 0 {
		c.readSlowly()
		return 0, nil
	}
	n, err := c.conn.Recv(p[:room])
	m.Refund(room - n)
	if n == room && m.MustWait(c.now(), rate.MaxQuantum) {
		c.readSlowly()
	}
	return n, err
}

// readSlowly stops the reading, and the input clocks: it is not the peer who is slow.
func (c *Channel) readSlowly() { c.setInput(rateWait) }

// readOn ends that.
func (c *Channel) readOn() { c.clearInput(rateWait) }

// endReadWait ends the waiting: what still comes is dropped, and that is not bounded.
func (c *Channel) endReadWait() {
	c.readOn()
	c.readLimit().Leave()
}

// rateDue goes on with what has waited for a rate, if that is due, and reports whether it was.
func (c *Channel) rateDue(now time.Duration) bool {
	read, write := c.readLimit().IsDue(now), c.writeLimit().IsDue(now)
	if read {
		c.readAgain()
	}
	if write && c.life.phase != closed {
		c.writeAgain()
	}
	return read || write
}

// readAgain reads when there is enough in the bucket again.
func (c *Channel) readAgain() {
	if c.securing() || c.mayReadOn() {
		c.readOn()
		(*endpoint)(c).HandleRead()
	} else {
		c.endReadWait() // it waits for something else
	}
	if c.life.phase != closed {
		c.updateWant()
		c.updateClock()
	}
}

// mayReadOn reports whether nothing but the rate stops the reading.
func (c *Channel) mayReadOn() bool {
	return c.life.delivers() && c.life.in == inOpen && c.input.holds == 0 &&
		!c.inputHas(rescan|postWait)
}

func (c *Channel) writeAgain() {
	c.endWriteWait()
	if !c.mayTransmit() || c.output.wait == waitKernel {
		c.writeLimit().Leave()
	}
	c.settle()
	c.arm()
}

// sendRoom returns how much may be sent now.
func (c *Channel) sendRoom(m *rate.Limiter, queue *fifo.FIFO) int {
	if queue.Empty() || queue.Waiting() {
		return 0
	}
	room := m.Take(c.now(), maxSend, sendNeed(queue))
	if room == 0 {
		c.writeSlowly()
	}
	return room
}

// sendNeed returns how much is worth waiting for: no more than what is queued, if that is known.
func sendNeed(queue *fifo.FIFO) int {
	if n := queue.Len(); n > 0 {
		return min(n, rate.MaxQuantum)
	}
	return rate.MaxQuantum
}

// writeSlowly stops the writing, and the output clock: it is not the peer who takes nothing.
func (c *Channel) writeSlowly() {
	c.outputWaits(waitRate)
	c.endStall()
}

// maxSend is as much as one transmit sends.
const maxSend = 256 << 10

// drainLimited sends as much as the rate allows.
func (c *Channel) drainLimited(m *rate.Limiter, queue *fifo.FIFO) error {
	room := c.sendRoom(m, queue)
	if room == 0 {
		return nil
	}
	c.ext.rate.room = room
	sent, err := queue.DrainTo((*limitedSink)(c))
	m.Refund(room - sent)
	if err == nil && sent == room && c.output.wait != waitKernel && !queue.Empty() &&
		!queue.Waiting() && m.MustWait(c.now(), sendNeed(queue)) {
		c.writeSlowly()
	}
	return err
}

// A limitedSink is a connSink that takes no more than there is room for in the bucket.
type limitedSink Channel

func (o *limitedSink) Send(v [][]byte) (int, error) {
	p, whole, size := o.ext.rate, 0, 0
	for whole < len(v) && size+len(v[whole]) <= p.room {
		size += len(v[whole])
		whole++
	}
	sent, err := 0, error(nil)
	if whole > 0 {
		sent, err = (*connSink)(o).Send(v[:whole])
	}
	if p.room -= sent; whole == len(v) || p.room == 0 || sent < size || err != nil {
		return sent, err
	}
	p.piece[0] = v[whole][:p.room]
	n, err := (*connSink)(o).Send(p.piece[:])
	p.piece[0] = nil
	p.room -= n
	return sent + n, err
}

func (o *limitedSink) SendFile(file *os.File, off int64, size int) (int, error) {
	p := o.ext.rate
	if p.room == 0 {
		return 0, nil
	}
	n, err := (*connSink)(o).SendFile(file, off, min(size, p.room))
	p.room -= n
	return n, err
}
