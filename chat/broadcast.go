package chat

import (
	"bytes"
	"sync"

	"github.com/go-asynchat/asynchat/core"
)

// Broadcast pushes one message to many channels, of whatever loops and servers. Any goroutine may
// call it, also a handler. The bytes are copied once, not for each channel; both slices are the
// caller's again when it returns. Channels that are closed or closing are skipped.
//
// A channel gets the message when its loop comes to that, in this turn or the next: behind all that
// was pushed in the callback in progress. Every channel gets the broadcasts of one goroutine in
// their order.
//
// While more than HighWater bytes are queued for a channel, its broadcasts wait, whole and in
// order, and pushes, which are the replies to what this peer asks, go first. If they wait in vain,
// Limits.Slow decides: it may drop whole broadcasts, never one that has begun to be sent, and never
// what was pushed otherwise. CloseWhenDone and CloseWrite send those that wait, too, but not one to
// which the loop has not come yet: a last word to the own channel is pushed, or the end posted
// behind the broadcast.
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
		c.pushShared(d.message)
	}
	d.release()
}
