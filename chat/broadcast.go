package chat

import (
	"bytes"
	"sync"

	"github.com/go-asynchat/asynchat/chat/internal/outbox"
	"github.com/go-asynchat/asynchat/core"
)

// Broadcast pushes one message to many channels, which may belong to any loops and servers. It is
// for other goroutines; a callback of a channel has [Channel.Broadcast], which costs less. The
// bytes are copied once, not for each channel. When Broadcast has returned, the caller may reuse
// both slices. Channels that are closed or closing are skipped.
//
// A channel gets the message in this turn of its loop or the next. It gets the message before later
// pushes of the caller, and before an end of the channel. Each channel gets the broadcasts of one
// goroutine in their order. If the callers hold a lock around each broadcast, all channels get all
// broadcasts in the same order.
//
// While more than HighWater bytes are queued for a channel, its broadcasts wait, whole and in
// order, and pushes go first, since they are replies to this peer. If too much waits, Limits.Slow
// decides: it may drop whole broadcasts, but never a partly sent one, and never a push.
// CloseWhenDone and CloseWrite also send waiting broadcasts.
func Broadcast(channels []*Channel, message []byte) {
	if len(message) == 0 {
		return
	}
	var few [8]*delivery // most programs have no more loops than that
	deliveries := few[:0]
	for _, c := range channels {
		if c.shared.Or(hasMail)&isGone == 0 {
			deliveries, _ = address(deliveries, c)
		}
	}
	mail(deliveries, bytes.Clone(message), nil)
}

// Broadcast pushes one message to many channels, in a callback of c or of another channel of its
// loop. Channels of this loop get the message before later pushes, and when the input of this event
// is delivered at the latest. Channels of other loops get it when their loops handle it. If c is
// among the channels, it gets the message as a push: in order with other pushes, and never dropped.
// c may be closed, so HandleClose may broadcast too.
func (c *Channel) Broadcast(to []*Channel, message []byte) {
	c.touch()
	if len(message) == 0 {
		return
	}
	l := c.letter(message)
	if c.joins(to, l) {
		return
	}
	var few [8]*delivery
	deliveries := few[:0]
	for _, r := range to {
		if !r.shared.gone() {
			deliveries, _ = address(deliveries, r)
		}
	}
	here := onlyOf(deliveries, c) // before other loops have their deliveries
	mail(deliveries, l, c)
	c.handOut(here)
}

// BroadcastEach broadcasts a message that begins differently for each channel, such as with the
// number of a subscription: head returns the bytes before body for one channel. Both parts are one
// message, which is sent, waits or is dropped as a whole. body is copied once, not for each
// channel. head is called before BroadcastEach returns, once for each open channel. Its result is
// copied at once, so head may use the same buffer each time. head must not broadcast.
func (c *Channel) BroadcastEach(to []*Channel, head func(to *Channel) []byte, body []byte) {
	c.touch()
	var few [8]*delivery
	deliveries := few[:0]
	for _, r := range to {
		if !r.shared.gone() {
			var d *delivery
			deliveries, d = address(deliveries, r)
			d.heads = append(d.heads, c.letter(head(r)))
		}
	}
	mail(deliveries, c.letter(body), c)
	outboxOf(c.Loop()).Empty()
}

// address adds c to the delivery of its loop, which it returns too.
func address(deliveries []*delivery, c *Channel) ([]*delivery, *delivery) {
	l := c.Loop()
	for i := len(deliveries) - 1; i >= 0; i-- {
		if d := deliveries[i]; d.loop == l {
			d.channels = append(d.channels, c)
			return deliveries, d
		}
	}
	d := newDelivery(l)
	d.channels = append(d.channels, c)
	return append(deliveries, d), d
}

// mail puts deliveries into the outboxes of their loops. Where from is, if that is not nil, they
// wait for no post: the caller empties that outbox.
func mail(deliveries []*delivery, message []byte, from *Channel) {
	for _, d := range deliveries {
		d.message, d.from = message, from
		var poster outbox.Loop
		if from == nil || d.loop != from.Loop() {
			poster = d.loop
		}
		outboxOf(d.loop).Add(d.item, poster)
	}
}

// A delivery is a broadcast on one loop, or several to the same channels.
type delivery struct {
	loop     *core.Loop
	item     *outbox.Item
	from     *Channel // who broadcasts; nil: another goroutine
	message  []byte
	ends     []int // where each message ends, if they are several
	channels []*Channel
	heads    [][]byte // what each of them gets before the message; none: nothing
}

var deliveries sync.Pool

func newDelivery(l *core.Loop) *delivery {
	d, ok := deliveries.Get().(*delivery)
	if !ok {
		d = &delivery{}
		d.item = outbox.New(d)
	}
	d.loop = l
	return d
}

// Release is that of an outbox.Mail.
func (d *delivery) Release() {
	clear(d.channels)
	clear(d.heads)
	*d = delivery{item: d.item, ends: d.ends[:0], channels: d.channels[:0], heads: d.heads[:0]}
	deliveries.Put(d)
}

// Deliver is that of an outbox.Mail.
func (d *delivery) Deliver() {
	l := letter{body: d.message}
	for i, c := range d.channels {
		c.shared.collectMail()
		c.heedWords()
		switch {
		case len(d.ends) > 0 && (c == d.from || !c.hasRoomFor(len(d.message))):
			d.deliverEach(c)
			continue
		case len(d.heads) > 0:
			l.head = d.heads[i]
		}
		d.push(c, l)
	}
}

func (d *delivery) push(c *Channel, l letter) {
	if c == d.from {
		c.pushOwn(l)
	} else {
		c.pushShared(l)
	}
}
