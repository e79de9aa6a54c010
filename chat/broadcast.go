package chat

import (
	"bytes"
	"sync"

	"github.com/go-asynchat/asynchat/core"
)

// SlowPolicy says what becomes of a broadcast for a peer that takes its output too slowly: one for which more than MaxOutput waits.
type SlowPolicy uint8

const (
	CloseSlow  SlowPolicy = iota // the channel is closed with ErrSlowReader, as by Push
	DropNewest                   // it is not sent
	DropOldest                   // those that have waited longest are not
)

// Broadcast pushes one message to many channels, of whatever loops and servers. Any goroutine may call it, also a handler. The bytes are
// copied once, not for each channel; both slices are the caller's again when it returns. Channels that are closed or closing are skipped.
//
// A channel gets the message when its loop comes to that, in this turn or the next: behind all that was pushed in the callback in progress.
// Every channel gets the broadcasts of one goroutine in their order.
//
// While more than HighWater bytes are queued for a channel, its broadcasts wait, whole and in order, and pushes, which are the replies to
// what this peer asks, go first. If they wait in vain, Limits.Slow decides: it may drop whole broadcasts, never one that has
// begun to be sent, and never what was pushed otherwise. CloseWhenDone and CloseWrite send those that wait, too, but not one to which the loop
// has not come yet: a last word to the own channel is pushed, or the end posted behind the broadcast.
func Broadcast(channels []*Channel, message []byte) {
	if len(message) == 0 {
		return
	}
	var few [8]*delivery // most programs have no more loops than that
	deliveries := few[:0]
	var last *delivery
	for _, c := range channels {
		if c.gone.Load() {
			continue
		}
		if l := c.Loop(); last == nil || last.loop != l {
			if last = find(deliveries, l); last == nil {
				last = newDelivery(l)
				deliveries = append(deliveries, last)
			}
		}
		last.channels = append(last.channels, c)
	}
	if len(deliveries) == 0 {
		return
	}
	message = bytes.Clone(message)
	for _, d := range deliveries {
		d.message = message
		if d.loop.Post(d.run) != nil { // its channels are closed
			d.release()
		}
	}
}

// A delivery is a broadcast on one loop.
type delivery struct {
	loop     *core.Loop
	message  []byte
	channels []*Channel
	run      func() // deliver, bound once
}

var deliveries sync.Pool

func newDelivery(l *core.Loop) *delivery {
	d, ok := deliveries.Get().(*delivery)
	if !ok {
		d = &delivery{}
		d.run = d.deliver
	}
	d.loop = l
	return d
}

func (d *delivery) release() {
	clear(d.channels)
	d.loop, d.message, d.channels = nil, nil, d.channels[:0]
	deliveries.Put(d)
}

func find(deliveries []*delivery, l *core.Loop) *delivery {
	for _, d := range deliveries {
		if d.loop == l {
			return d
		}
	}
	return nil
}

func (d *delivery) deliver() {
	for _, c := range d.channels {
		c.share(d.message)
	}
	d.release()
}

// share queues a message that others have too. It is sent in the next turn, in one write with others that come in this one.
func (c *Channel) share(message []byte) {
	if c.mayPush() != nil {
		return
	}
	c.flags |= undrained
	c.conn.NextTurn()
	if c.crowded() {
		c.transmit() // it may be no more than a burst
	}
	if c.backlogged() || c.crowded() {
		c.wait(message)
	} else {
		c.out.PushShared(message)
	}
}

// crowded reports whether broadcasts have to wait.
func (c *Channel) crowded() bool {
	if c.settings.HighWater < 0 {
		return c.out.Len() > DefaultHighWater
	}
	return c.out.High()
}

func (c *Channel) backlogged() bool { return c.extra != nil && c.extra.backlog.count > 0 }

// wait keeps a message for later, if the policy lets it. The limit is looked at before the message is added, as for a push.
func (c *Channel) wait(message []byte) {
	x := c.more()
	over := func() bool { return c.settings.MaxOutput > 0 && c.out.Len()+x.backlog.cost() > c.settings.MaxOutput }
	switch c.settings.Slow {
	case DropNewest:
		if over() {
			x.dropped++
			return
		}
	case DropOldest:
		for x.backlog.count > 0 && over() {
			x.backlog.pop()
			x.dropped++
		}
	default:
		if over() {
			c.close(ErrSlowReader)
			return
		}
	}
	x.backlog.push(message)
}

// feed sends messages that have waited, as far as there is room.
func (c *Channel) feed() {
	for c.backlogged() && !c.crowded() {
		for c.backlogged() && !c.crowded() {
			c.out.PushShared(c.extra.backlog.pop())
		}
		c.transmit()
	}
}

// sendBacklog queues what waits, before the end of the queue.
func (c *Channel) sendBacklog() {
	for c.backlogged() {
		c.out.PushShared(c.extra.backlog.pop())
	}
}

// Dropped returns how many broadcasts were not sent to this peer, because it was too slow and Limits.Slow says so.
func (c *Channel) Dropped() int {
	if c.extra == nil {
		return 0
	}
	return c.extra.dropped
}

// A backlog is the broadcasts that wait, in a ring. The zero value is empty, and an empty one owns no memory.
type backlog struct {
	ring  [][]byte // its length is a power of two
	first int
	count int
	bytes int
}

// messageCost is what a message that waits or is queued costs in memory, beside bytes that many share.
const messageCost = 96

// cost returns what counts against the limits: or a million empty lines would be free.
func (b *backlog) cost() int { return b.bytes + b.count*messageCost }

func (b *backlog) push(message []byte) {
	if b.count == len(b.ring) {
		ring := make([][]byte, max(4, 2*len(b.ring)))
		n := copy(ring, b.ring[b.first:])
		copy(ring[n:], b.ring[:b.first])
		b.ring, b.first = ring, 0
	}
	b.ring[(b.first+b.count)&(len(b.ring)-1)] = message
	b.count++
	b.bytes += len(message)
}

func (b *backlog) pop() []byte {
	message := b.ring[b.first]
	b.ring[b.first] = nil
	b.first = (b.first + 1) & (len(b.ring) - 1)
	b.count--
	b.bytes -= len(message)
	if b.count == 0 {
		*b = backlog{}
	}
	return message
}
