package chat

import "slices"

// Most lines that come together go to the same channels. While the input of one event is delivered,
// the broadcasts of the channel are joined, and pushed as one message. The message waits in the
// outbox of the loop, which is emptied before anything else is pushed to one of the receivers, and
// before a receiver is closed or looked at.

// joined returns the delivery that broadcasts of c may join, nil without one, or if another
// broadcast came after it.
func (c *Channel) joined() *delivery {
	if left := outboxOf(c.Loop()).Left(); left != nil {
		if d := left.Mail.(*delivery); d.from == c {
			return d
		}
	}
	return nil
}

// joins makes a broadcast of c a part of the last one if both go to the same channels, and the
// letter follows in memory. It reports whether it did.
func (c *Channel) joins(to []*Channel, l []byte) bool {
	d := c.joined()
	if d == nil || !slices.Equal(d.channels, to) || !follows(d.message, l) {
		return false
	}
	if len(d.ends) == 0 {
		d.ends = append(d.ends, len(d.message))
	}
	d.message = d.message[:len(d.message)+len(l)]
	d.ends = append(d.ends, len(d.message))
	return true
}

// follows reports whether l begins in memory where p ends.
func follows(p, l []byte) bool {
	n := len(p)
	return cap(p)-n >= len(l) && &p[:n+1][n] == &l[0]
}

// onlyOf returns the delivery of a broadcast of c if all its channels are on the loop of c.
func onlyOf(deliveries []*delivery, c *Channel) *delivery {
	if c != nil && len(deliveries) == 1 && deliveries[0].loop == c.Loop() {
		return deliveries[0]
	}
	return nil
}

// handOut delivers the broadcast that c has just put into the outbox of its loop. If more input of
// the event is left, d waits for other broadcasts to the same channels.
func (c *Channel) handOut(d *delivery) {
	on := onLoopOf(c.Loop())
	if d == nil || c.input.phase == idle || c.life.phase == closed || on.handing.left == 0 {
		on.outbox.Empty()
		return
	}
	if d == c.joined() {
		return
	}
	for _, r := range d.channels {
		if r.shared.Or(hasMail)&hasMail != 0 { // r is a receiver twice, or has mail before this
			on.outbox.Empty()
			return
		}
	}
	on.outbox.Leave(d.item)
}

// deliverEach delivers the messages to c one by one, since limits apply to each.
func (d *delivery) deliverEach(c *Channel) {
	from := 0
	for _, end := range d.ends {
		d.push(c, letter{body: d.message[from:end]})
		from = end
	}
}
