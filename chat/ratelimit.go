package chat

import (
	"os"
	"time"

	"github.com/go-asynchat/asynchat/chat/internal/rate"
	"github.com/go-asynchat/asynchat/fifo"
)

// A rateLimit is what a channel has whose reading or writing is bounded by a rate. While one of
// them waits for its bucket, the channel has the flag slowRead or slowWrite, and the poller is not
// asked.
type rateLimit struct {
	read, write *rate.Limiter // nil: no bound
	stopped     time.Duration // since when the input clock stands still
	room        int           // what may be sent by the transmit in progress
	piece       [1][]byte     // for it
}

// setPace makes the limiters that the settings ask for. A bucket is full at first, but not for
// being asked for again.
func (c *Channel) setPace() {
	s := c.settings
	var read, write *rate.Waiters
	if s.lane != nil {
		read, write = s.lane.read, s.lane.write
	}
	var old rateLimit
	if c.extra != nil && c.extra.pace != nil {
		old = *c.extra.pace
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
	c.losePace()
	c.more().pace = p
	c.settleSoon()
}

// losePace ends all waiting for a rate.
func (c *Channel) losePace() {
	if c.extra == nil || c.extra.pace == nil {
		return
	}
	c.readFreely()
	c.flags &^= slowWrite
	c.writeMeter().Leave()
	c.extra.pace = nil
}

// readMeter returns the limiter of the input, nil if there is none.
func (c *Channel) readMeter() *rate.Limiter {
	if c.extra == nil || c.extra.pace == nil {
		return nil
	}
	return c.extra.pace.read
}

func (c *Channel) writeMeter() *rate.Limiter {
	if c.extra == nil || c.extra.pace == nil {
		return nil
	}
	return c.extra.pace.write
}

// recv is Recv as far as the rate allows. It returns 0 and no error if it does not now.
func (c *Channel) recv(p []byte) (int, error) {
	if m := c.readMeter(); m != nil {
		return c.recvSlowly(m, p)
	}
	return c.conn.Recv(p)
}

func (c *Channel) recvSlowly(m *rate.Limiter, p []byte) (int, error) {
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

// readSlowly stops the reading, and the input clock: it is not the peer who is slow.
func (c *Channel) readSlowly() {
	if !c.has(slowRead) {
		c.flags |= slowRead
		c.extra.pace.stopped = c.now()
	}
}

// readOn ends that.
func (c *Channel) readOn() {
	if c.has(slowRead) {
		c.flags &^= slowRead
		if c.input > 0 {
			c.input += c.now() - c.extra.pace.stopped
		}
	}
}

// readFreely ends the waiting: what still comes is dropped, and that is not bounded.
func (c *Channel) readFreely() {
	c.readOn()
	c.readMeter().Leave()
}

// rateDue goes on with what has waited for a rate, if that is due, and reports whether it was.
func (c *Channel) rateDue(now time.Duration) bool {
	read, write := c.readMeter().IsDue(now), c.writeMeter().IsDue(now)
	if read {
		c.readAgain()
	}
	if write && c.state != closed {
		c.writeAgain()
	}
	return read || write
}

// readAgain reads when there is enough in the bucket again.
func (c *Channel) readAgain() {
	if c.has(securing) || c.isOpen() && !c.has(eof|look|waits) {
		c.readOn()
		(*endpoint)(c).HandleRead()
	} else {
		c.readFreely() // it waits for something else
	}
	if c.state != closed {
		c.updateWant()
		c.updateClock()
	}
}

func (c *Channel) writeAgain() {
	c.flags &^= slowWrite
	if !c.mayTransmit() || c.has(blocked) {
		c.writeMeter().Leave()
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
	c.flags |= slowWrite
	c.stall = 0
}

// maxSend is as much as one transmit sends.
const maxSend = 256 << 10

// drainSlowly sends as much as the rate allows.
func (c *Channel) drainSlowly(m *rate.Limiter, queue *fifo.FIFO) error {
	room := c.sendRoom(m, queue)
	if room == 0 {
		return nil
	}
	c.extra.pace.room = room
	sent, err := queue.DrainTo((*limitedOutlet)(c))
	m.Refund(room - sent)
	if err == nil && sent == room && !c.has(blocked) && !queue.Empty() && !queue.Waiting() &&
		m.MustWait(c.now(), sendNeed(queue)) {
		c.writeSlowly()
	}
	return err
}

// A limitedOutlet is an outlet that takes no more than there is room for in the bucket.
type limitedOutlet Channel

func (o *limitedOutlet) Send(v [][]byte) (int, error) {
	p, whole, size := o.extra.pace, 0, 0
	for whole < len(v) && size+len(v[whole]) <= p.room {
		size += len(v[whole])
		whole++
	}
	sent, err := 0, error(nil)
	if whole > 0 {
		sent, err = (*outlet)(o).Send(v[:whole])
	}
	if p.room -= sent; whole == len(v) || p.room == 0 || sent < size || err != nil {
		return sent, err
	}
	p.piece[0] = v[whole][:p.room]
	n, err := (*outlet)(o).Send(p.piece[:])
	p.piece[0] = nil
	p.room -= n
	return sent + n, err
}

func (o *limitedOutlet) SendFile(file *os.File, off int64, size int) (int, error) {
	p := o.extra.pace
	if p.room == 0 {
		return 0, nil
	}
	n, err := (*outlet)(o).SendFile(file, off, min(size, p.room))
	p.room -= n
	return n, err
}
