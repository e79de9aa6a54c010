package chat

import "os"

// sendRoom returns how much may be sent now.
func (c *Channel) sendRoom(m *meter) int {
	if c.out.Empty() || c.out.Waiting() {
		return 0
	}
	room := m.take(maxSend, c.sendNeed())
	if room == 0 {
		c.writeSlowly()
	}
	return room
}

// sendNeed returns how much is worth to be waited for: no more than what is queued, if that is known.
func (c *Channel) sendNeed() int {
	if n := c.out.Len(); n > 0 {
		return min(n, maxWorth)
	}
	return maxWorth
}

// writeSlowly stops the writing, and the output clock: it is not the peer who takes nothing.
func (c *Channel) writeSlowly() {
	c.flags |= slowWrite
	c.stall = 0
}

// maxSend is as much as one transmit sends.
const maxSend = 256 << 10

// drainSlowly sends as much as the rate allows.
func (c *Channel) drainSlowly(m *meter) error {
	room := c.sendRoom(m)
	if room == 0 {
		return nil
	}
	c.extra.pace.room = room
	sent, err := c.out.DrainTo((*pacedOutlet)(c))
	m.settle(room - sent)
	if err == nil && sent == room && !c.has(blocked) && !c.out.Empty() && !c.out.Waiting() && m.mustWait(c.sendNeed()) {
		c.writeSlowly()
	}
	return err
}

// writeAgain writes when there is enough in the bucket again.
func (c *Channel) writeAgain() {
	c.flags &^= slowWrite
	if c.out.Empty() || c.out.Waiting() || c.has(blocked) {
		c.writeMeter().leave()
	}
	c.settle()
	c.arm()
}

// pacedOutlet is an outlet that takes no more than there is room for in the bucket.
type pacedOutlet Channel

func (o *pacedOutlet) Send(v [][]byte) (int, error) {
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

func (o *pacedOutlet) SendFile(file *os.File, off int64, size int) (int, error) {
	p := o.extra.pace
	if p.room == 0 {
		return 0, nil
	}
	n, err := (*outlet)(o).SendFile(file, off, min(size, p.room))
	p.room -= n
	return n, err
}
